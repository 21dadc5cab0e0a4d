//! plat-notes
