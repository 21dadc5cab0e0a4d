//! plat-local
