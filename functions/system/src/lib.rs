//! plat-system
