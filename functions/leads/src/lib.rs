//! plat-leads
