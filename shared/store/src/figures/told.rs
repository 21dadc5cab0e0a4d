//! What is told of figures, and of whose records.

use super::{ACTIVE, ALL_LEADS, TeamFigures, counts};
use crate::Stored;
use crate::db::Range;
use crate::error::StoreError;
use crate::keys;
use crate::page::{Page, PageRequest};
use crate::record::{Item, decode};
use crate::sight::Sight;
use crate::user::User;
use futures::future::try_join_all;
use futures::try_join;
use jiff::ToSpan;
use jiff::civil::Date;
use plat_domain::figures::Field;
use plat_domain::{
    DayFigures, DealFigures, Figure, FollowUpFigures, LeadFigures, TimeZoneName, UserId, Whose,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a dashboard shows.
#[derive(Debug, Clone)]
pub struct Dashboard {
    /// Clients, tasks and e-mails.
    pub follow_up: FollowUpFigures,
    /// What happened to them lately.
    pub days: DayFigures,
    /// Where the asking person is.
    pub zone: TimeZoneName,
}

/// What there is, and what happened to it.
#[derive(Debug, Clone)]
pub struct Overview {
    /// Leads that stand.
    pub leads: LeadFigures,
    /// Deals that stand.
    pub deals: DealFigures,
    /// Clients, tasks and e-mails.
    pub follow_up: FollowUpFigures,
    /// What happened to all of them.
    pub days: DayFigures,
}

impl TeamFigures {
    /// Who was active on each day from `from` to `to`: one query. Days on which nobody was are left out.
    pub async fn active(
        &self,
        from: Date,
        to: Date,
    ) -> Result<BTreeMap<Date, BTreeSet<UserId>>, StoreError> {
        let (from, to) = keys::figures_of_days(Whose::All, from, to);
        let range = self.all_between(from, to);
        let days = self.db.range_of(&range, &[ACTIVE]).await?;
        let active = days.iter().filter_map(|item| {
            let users = item.0.get(ACTIVE)?.as_ss().ok()?;
            let users = users.iter().filter_map(|user| user.parse().ok()).collect();
            Some((keys::figure_day(item.string("SK")?)?, users))
        });
        Ok(active.collect())
    }

    /// The figures of the deals that somebody sees; of those of one assignee or of none, if that is asked. One request.
    pub async fn deals(
        &self,
        sight: Sight,
        assigned_to: Option<Option<UserId>>,
    ) -> Result<DealFigures, StoreError> {
        let seen = seen(sight, assigned_to);
        let figures: Vec<_> = seen.into_iter().map(Figure::Deals).collect();
        self.of_deals(&figures).await
    }

    /// The same with how long the closed ones took. One request.
    pub async fn deals_and_closings(&self, sight: Sight) -> Result<DealFigures, StoreError> {
        let both = |whose| [Figure::Deals(whose), Figure::Closings(whose)];
        let figures: Vec<_> = seen(sight, None).into_iter().flat_map(both).collect();
        self.of_deals(&figures).await
    }

    /// What a dashboard shows of what somebody sees, with what happened from `from` to `to` and where they are. One request.
    pub async fn dashboard(
        &self,
        sight: Sight,
        user: UserId,
        from: Date,
        to: Date,
    ) -> Result<Dashboard, StoreError> {
        let seen = seen(sight, None);
        let days = seen.iter().flat_map(|whose| {
            let days = from.series(1.day()).take_while(|day| *day <= to);
            days.map(|day| Figure::Day(day, *whose))
        });
        let figures = seen
            .iter()
            .map(|whose| Figure::FollowUp(*whose))
            .chain(days);
        let person = keys::user(user);
        let mut keys: Vec<_> = figures
            .map(|figure| keys::figure(self.team, &figure))
            .collect();
        keys.push(person.clone());
        let mut items = self.db.get_many(&keys).await?;
        let is_person = |item: &Item| item.string("PK") == Some(person.pk.as_str());
        let place = items
            .iter()
            .position(is_person)
            .ok_or(StoreError::NotFound)?;
        let user: Stored<User> = decode(items.swap_remove(place))?;
        let (days, standing): (Vec<_>, Vec<_>) =
            items.iter().partition(|item| day_in(item).is_some());
        Ok(Dashboard {
            follow_up: standing.into_iter().flat_map(counts).collect(),
            days: days.into_iter().flat_map(counts_of_day).collect(),
            zone: user.value.timezone,
        })
    }

    /// What happened from `from` to `to` to what somebody sees of clients, tasks and e-mails. One query, or two for who sees
    /// only their own and nobody's.
    pub async fn days(&self, sight: Sight, from: Date, to: Date) -> Result<DayFigures, StoreError> {
        let reads = seen(sight, None).into_iter().map(async |whose| {
            let (from, to) = keys::figures_of_days(whose, from, to);
            self.db.range(&self.all_between(from, to)).await
        });
        let items = try_join_all(reads).await?;
        Ok(items.iter().flatten().flat_map(counts_of_day).collect())
    }

    /// Leads, deals, clients, tasks and e-mails that somebody sees, and what happened to them from `from` to `to`. One request
    /// for what stands and one query for the days, or two for who sees only their own and nobody's.
    pub async fn overview(
        &self,
        sight: Sight,
        from: Date,
        to: Date,
    ) -> Result<Overview, StoreError> {
        let figures = seen(sight, None).into_iter().flat_map(|whose| {
            [
                Figure::Leads(whose),
                Figure::Deals(whose),
                Figure::FollowUp(whose),
            ]
        });
        let keys: Vec<_> = figures
            .map(|figure| keys::figure(self.team, &figure))
            .collect();
        let (items, days) = try_join!(self.db.get_many(&keys), self.days(sight, from, to))?;
        let of = |wanted: fn(Whose) -> Figure| {
            let items = items.iter().filter(move |item| {
                let figure = item.string("SK").and_then(keys::standing_figure);
                let whose = match &figure {
                    Some(Figure::Leads(whose) | Figure::Deals(whose) | Figure::FollowUp(whose)) => {
                        *whose
                    }
                    Some(Figure::Source(..) | Figure::Closings(_) | Figure::Day(..)) | None => {
                        return false;
                    }
                };
                figure == Some(wanted(whose))
            });
            items.flat_map(counts)
        };
        Ok(Overview {
            leads: of(Figure::Leads).collect(),
            deals: of(Figure::Deals).collect(),
            follow_up: of(Figure::FollowUp).collect(),
            days,
        })
    }

    /// The leads that somebody sees, by who works on them. One request.
    pub async fn leads_by_assignee(
        &self,
        sight: Sight,
    ) -> Result<BTreeMap<Option<UserId>, LeadFigures>, StoreError> {
        let items = match sight {
            Sight::All => {
                let (from, to) = keys::figures_of_assignees();
                self.db.range(&self.all_between(from, to)).await?
            }
            Sight::Own(_) => {
                let seen = seen(sight, None).into_iter().map(Figure::Leads);
                let keys: Vec<_> = seen
                    .map(|figure| keys::figure(self.team, &figure))
                    .collect();
                self.db.get_many(&keys).await?
            }
        };
        let figures = items.iter().filter_map(|item| {
            let figure = keys::standing_figure(item.string("SK")?)?;
            match figure {
                Figure::Leads(Whose::Of(assignee)) => Some((assignee, counts(item).collect())),
                Figure::Leads(Whose::All)
                | Figure::Source(..)
                | Figure::Deals(_)
                | Figure::Closings(_)
                | Figure::FollowUp(_)
                | Figure::Day(..) => None,
            }
        });
        Ok(figures.collect())
    }

    /// A page of the leads that somebody sees, by where they came from, in the order of the sources' keys; none comes first.
    /// One query, or two for who sees only their own and nobody's.
    pub async fn sources(
        &self,
        sight: Sight,
        page: &PageRequest,
    ) -> Result<Page<(Option<String>, LeadFigures)>, StoreError> {
        let wanted = page.skip + page.limit + 1;
        let reads = seen(sight, None).into_iter().map(async |whose| {
            let (from, to) = keys::all_sources(whose);
            let from = match &page.after {
                // No source ends in a space, and nothing that it may contain sorts before one.
                Some(after) => keys::source_behind(whose, &format!("{} ", after.0)),
                None => from,
            };
            let range = Range {
                limit: wanted,
                ..self.all_between(from, to)
            };
            self.db.range(&range).await
        });
        // Each read has the first of its own, so the first of all are among them.
        let mut sources: BTreeMap<String, (Option<String>, LeadFigures)> = BTreeMap::new();
        for item in try_join_all(reads).await?.iter().flatten() {
            let Some(sk) = item.string("SK") else {
                continue;
            };
            if let (Some(Figure::Source(_, key)), Some(place)) =
                (keys::standing_figure(sk), keys::source_of(sk))
            {
                let (_, figures) = sources
                    .entry(place.to_owned())
                    .or_insert_with(|| (key, LeadFigures::default()));
                figures.extend(counts(item));
            }
        }
        let rows = sources.into_iter().skip(page.skip).collect();
        let mut page: Page<(Option<String>, LeadFigures)> = Page::cut(rows, page.limit);
        // A source is kept that every lead has left.
        page.items.retain(|(_, leads)| leads.total() > 0);
        Ok(page)
    }

    async fn of_deals(&self, figures: &[Figure]) -> Result<DealFigures, StoreError> {
        let key = |figure| keys::figure(self.team, figure);
        let items = match figures {
            [] => Vec::new(),
            [one] => self.db.get(&key(one), false).await?.into_iter().collect(),
            several => {
                let keys: Vec<_> = several.iter().map(key).collect();
                self.db.get_many(&keys).await?
            }
        };
        Ok(items.iter().flat_map(counts).collect())
    }

    /// The items of figures from one sort key to another.
    pub(super) fn all_between(&self, from: String, to: String) -> Range {
        Range {
            index: None,
            pk: keys::figure(self.team, &ALL_LEADS).pk,
            from,
            to,
            descending: false,
            limit: usize::MAX,
        }
    }
}

/// Whose figures somebody sees; those of one assignee or of none, if that is asked.
fn seen(sight: Sight, assigned_to: Option<Option<UserId>>) -> Vec<Whose> {
    match (assigned_to, sight) {
        (Some(assignee), _) => sight
            .sees(assignee)
            .then_some(Whose::Of(assignee))
            .into_iter()
            .collect(),
        (None, Sight::All) => vec![Whose::All],
        (None, Sight::Own(user)) => vec![Whose::Of(Some(user)), Whose::Of(None)],
    }
}

/// The day that an item is about, if it is about one.
fn day_in(item: &Item) -> Option<Date> {
    item.string("SK").and_then(keys::figure_day)
}

fn counts_of_day(item: &Item) -> impl Iterator<Item = (Date, Field, i64)> {
    let day = day_in(item);
    counts(item).filter_map(move |(field, count)| Some((day?, field, count)))
}
