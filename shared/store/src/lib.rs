//! plat-store
