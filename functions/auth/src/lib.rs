//! plat-auth
