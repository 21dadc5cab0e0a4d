//! Values as items keep them, so that reading never parses.

use plat_domain::{Currency, Money, Phone, SignedMoney};
use serde::{Deserialize, Serialize};

/// A phone number in both spellings, E.164 and as it was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredPhone(String, String);

impl StoredPhone {
    pub(crate) fn of(phone: &Phone) -> Self {
        Self(phone.e164().to_owned(), phone.as_given().to_owned())
    }

    pub(crate) fn read(self) -> Phone {
        let Self(e164, given) = self;
        Phone::from_stored(given, e164)
    }
}

/// An amount in minor units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredMoney(i64, Currency);

impl StoredMoney {
    pub(crate) fn of(amount: &Money) -> Self {
        Self(amount.minor(), amount.currency())
    }

    pub(crate) fn of_signed(amount: &SignedMoney) -> Self {
        Self(amount.minor(), amount.currency())
    }

    /// None only for an amount that today's bounds would refuse.
    pub(crate) fn read(self) -> Option<Money> {
        let Self(minor, currency) = self;
        Money::new(minor, currency).ok()
    }

    pub(crate) fn read_signed(self) -> SignedMoney {
        let Self(minor, currency) = self;
        SignedMoney::new(minor, currency)
    }
}
