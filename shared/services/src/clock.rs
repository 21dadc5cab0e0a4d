//! The time, as something that is handed in.

use jiff::{SignedDuration, Timestamp};
use std::sync::{Mutex, PoisonError};

/// Tells the time, to the millisecond: that is as fine as the table stores it.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        whole_millis(Timestamp::now())
    }
}

/// A clock that people and tests can set ahead: the machine's with an offset, or one that stands still.
#[derive(Debug, Default)]
pub struct SetClock(Mutex<Setting>);

#[derive(Debug, Default)]
struct Setting {
    standing_at: Option<Timestamp>,
    ahead: SignedDuration,
}

impl SetClock {
    /// A clock that stands at `at` until it is advanced.
    pub fn standing_at(at: Timestamp) -> Self {
        Self(Mutex::new(Setting {
            standing_at: Some(whole_millis(at)),
            ahead: SignedDuration::ZERO,
        }))
    }

    /// Sets the clock ahead.
    pub fn advance(&self, by: SignedDuration) {
        let mut setting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        setting.ahead = setting.ahead.saturating_add(by);
    }

    /// How far the clock is ahead.
    pub fn ahead(&self) -> SignedDuration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).ahead
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        let setting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let base = setting.standing_at.unwrap_or_else(Timestamp::now);
        whole_millis(base.checked_add(setting.ahead).unwrap_or(base))
    }
}

fn whole_millis(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}
