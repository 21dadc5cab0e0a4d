//! plat-tags
