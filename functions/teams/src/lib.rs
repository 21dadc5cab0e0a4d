//! plat-teams
