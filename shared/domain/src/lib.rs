//! plat-domain
