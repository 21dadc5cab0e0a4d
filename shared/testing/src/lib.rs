//! plat-testing
