//! What is counted of deals, and what is made of the counts.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::sums::{Sums, unsigned};
use super::{Field, Figure, Figures, Measure, What, Whose};
use crate::event::DealFacts;
use crate::{Currency, DealStatus, Decimal};

/// Deals that took longer to close are counted with those that took this many days. It bounds the item of closings to
/// 8 KB, and no team's median is two years.
pub const MOST_DAYS: u16 = 730;

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// Days are told to a tenth.
const DAY_DIGITS: u8 = 1;

impl Figures {
    /// Adds a deal as it stands, `by` times.
    pub fn stand_deal(&mut self, deal: &DealFacts, by: i64) {
        if deal.deleted {
            return;
        }
        let what = What::Deal(deal.status);
        let furthest = furthest(deal);
        for whose in [Whose::All, Whose::Of(deal.assigned_to)] {
            let figure = Figure::Deals(whose);
            self.add_deal(&figure, what, deal, by);
            let since = by.saturating_mul(deal.since.as_second());
            self.add_of(&figure, what, Measure::Since, since);
            let documents = by.saturating_mul(deal.documents.into());
            self.add_of(&figure, what, Measure::Documents, documents);
            self.add_of(&figure, What::Furthest(furthest), Measure::Count, by);
            match deal.status {
                DealStatus::Dead => {
                    self.add_of(&figure, What::Lost(furthest), Measure::Count, by);
                }
                DealStatus::Closed => self.close_deal(whose, deal, by),
                DealStatus::New
                | DealStatus::Negotiating
                | DealStatus::UnderContract
                | DealStatus::Assigned => {}
            }
        }
    }

    /// Nothing leads out of closed, so a closed deal has been so since it was closed.
    fn close_deal(&mut self, whose: Whose, deal: &DealFacts, by: i64) {
        let figure = Figure::Closings(whose);
        let seconds = (deal.since.as_second() - deal.created_at.as_second()).max(0);
        let days = u16::try_from(seconds / SECONDS_A_DAY).unwrap_or(u16::MAX);
        let after = What::ClosedAfter(days.min(MOST_DAYS));
        self.add_of(&figure, after, Measure::Count, by);
        let what = What::Deal(deal.status);
        self.add_of(&figure, what, Measure::Seconds, by.saturating_mul(seconds));
    }

    pub(super) fn add_deal(&mut self, figure: &Figure, what: What, deal: &DealFacts, by: i64) {
        self.add_of(figure, what, Measure::Count, by);
        if let Some(target) = deal.target_price {
            let measure = Measure::Target(target.currency());
            self.add_of(figure, what, measure, by.saturating_mul(target.minor()));
        }
        if let Some(assigned) = deal.assigned_price {
            let measure = Measure::Assigned(assigned.currency());
            self.add_of(figure, what, measure, by.saturating_mul(assigned.minor()));
        }
    }
}

/// How far along its life a deal has ever come; the dead come from somewhere.
fn furthest(deal: &DealFacts) -> DealStatus {
    let alive = |status: &&DealStatus| **status != DealStatus::Dead;
    let furthest = deal.reached.iter().rfind(alive);
    furthest.copied().unwrap_or(DealStatus::New)
}

/// Figures of deals, added together. While an event is under way, what has left one status may not have come to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DealFigures(Sums);

/// How long closed deals took from their making to their closing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosingTimes {
    /// How many they are.
    pub deals: u64,
    /// In days; half of them took so long at most. Whole days are counted, and those over [`MOST_DAYS`] as that many.
    pub median: Decimal,
    /// In days.
    pub mean: Decimal,
}

impl FromIterator<(Field, i64)> for DealFigures {
    fn from_iter<T: IntoIterator<Item = (Field, i64)>>(counts: T) -> Self {
        Self(counts.into_iter().collect())
    }
}

impl DealFigures {
    /// How many deals stand at `status`.
    pub fn count(&self, status: DealStatus) -> u64 {
        self.counted(What::Deal(status))
    }

    /// How many deals there are.
    pub fn total(&self) -> u64 {
        DealStatus::ALL.iter().map(|each| self.count(*each)).sum()
    }

    /// The sums of their target prices, in minor units.
    pub fn target(&self, status: DealStatus) -> BTreeMap<Currency, i64> {
        self.sums(status, |measure| {
            if let Measure::Target(currency) = measure {
                Some(currency)
            } else {
                None
            }
        })
    }

    /// The sums of their assigned prices, in minor units.
    pub fn assigned(&self, status: DealStatus) -> BTreeMap<Currency, i64> {
        self.sums(status, |measure| {
            if let Measure::Assigned(currency) = measure {
                Some(currency)
            } else {
                None
            }
        })
    }

    /// For how many days the deals at `status` have been there, on average; none if there are none.
    pub fn days_in_stage(&self, status: DealStatus, now: Timestamp) -> Option<Decimal> {
        let count = signed(self.count(status));
        let since = self.sum(What::Deal(status), Measure::Since);
        let seconds = count.saturating_mul(now.as_second()).saturating_sub(since);
        Decimal::ratio(
            seconds.max(0),
            count.saturating_mul(SECONDS_A_DAY),
            DAY_DIGITS,
        )
    }

    /// How many deals have come as far as `status`, or farther, wherever they stand now. None comes to the dead this way.
    pub fn entered(&self, status: DealStatus) -> u64 {
        let alive = |each: &&DealStatus| **each >= status && **each != DealStatus::Dead;
        let furthest = |each: &DealStatus| self.counted(What::Furthest(*each));
        DealStatus::ALL.iter().filter(alive).map(furthest).sum()
    }

    /// How many dead deals had come as far as `status`, and no farther.
    pub fn lost(&self, status: DealStatus) -> u64 {
        self.counted(What::Lost(status))
    }

    /// How many available documents the deals have.
    pub fn documents(&self) -> u64 {
        let of = |each: &DealStatus| self.sum(What::Deal(*each), Measure::Documents);
        unsigned(DealStatus::ALL.iter().map(of).sum())
    }

    /// How long the closed deals took; none if there are none. Their figures are apart and must have been added.
    pub fn closing_times(&self) -> Option<ClosingTimes> {
        let after: Vec<(i64, u64)> = self.closed_after().collect();
        let deals: u64 = after.iter().map(|(_, count)| count).sum();
        let took = |nth: u64| {
            let mut below = 0;
            let reached = after.iter().find(|(_, count)| {
                below += count;
                below > nth
            });
            reached.map(|(days, _)| *days)
        };
        // Of an even number, the two in the middle.
        let middle = took(deals.checked_sub(1)? / 2)? + took(deals / 2)?;
        let seconds = self.sum(What::Deal(DealStatus::Closed), Measure::Seconds);
        let all = signed(deals).saturating_mul(SECONDS_A_DAY);
        Some(ClosingTimes {
            deals,
            median: Decimal::ratio(middle, 2, DAY_DIGITS)?,
            mean: Decimal::ratio(seconds.max(0), all, DAY_DIGITS)?,
        })
    }

    /// Numbers of days with how many deals took so many, fewest days first.
    fn closed_after(&self) -> impl Iterator<Item = (i64, u64)> {
        self.0.iter().filter_map(|(field, count)| {
            if let What::ClosedAfter(days) = field.what {
                Some((days.into(), unsigned(count)))
            } else {
                None
            }
        })
    }

    fn counted(&self, what: What) -> u64 {
        self.0.count(what)
    }

    fn sum(&self, what: What, measure: Measure) -> i64 {
        self.0.get(what, measure)
    }

    fn sums(
        &self,
        status: DealStatus,
        currency: impl Fn(Measure) -> Option<Currency>,
    ) -> BTreeMap<Currency, i64> {
        let of = self
            .0
            .iter()
            .filter(|(field, sum)| field.what == What::Deal(status) && *sum != 0);
        of.filter_map(|(field, sum)| Some((currency(field.measure)?, sum)))
            .collect()
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
