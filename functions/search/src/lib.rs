//! plat-search
