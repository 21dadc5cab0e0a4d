//! plat-activities
