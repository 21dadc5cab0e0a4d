//! plat-infra
