//! plat-http
