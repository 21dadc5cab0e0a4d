//! plat-registry
