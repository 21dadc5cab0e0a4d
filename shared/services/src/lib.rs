//! plat-services
