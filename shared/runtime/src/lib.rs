//! plat-runtime
