//! What several figures are told as.

use plat_domain::{Currency, Decimal, SignedMoney};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// How often something happened, and how that compares with the days before.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Trend")]
pub(crate) struct TrendView {
    /// How often, in the days that are asked of.
    pub(crate) count: u64,
    /// How often in as many days before them.
    pub(crate) before: u64,
    /// By what part it grew: 0.5 for half as much again, negative if it shrank. Null if it did not happen before.
    pub(crate) change: Option<Decimal>,
}

impl TrendView {
    pub(crate) fn new(count: u64, before: u64) -> Self {
        let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let grown = signed(count).saturating_sub(signed(before));
        Self {
            count,
            before,
            change: Decimal::ratio(grown, signed(before), crate::RATE_DIGITS),
        }
    }
}

/// Sums as money, one of each currency.
pub(crate) fn money(sums: BTreeMap<Currency, i64>) -> Vec<SignedMoney> {
    let money = |(currency, sum)| SignedMoney::new(sum, currency);
    sums.into_iter().map(money).collect()
}
