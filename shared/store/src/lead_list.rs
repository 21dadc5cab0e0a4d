//! Lists of leads: their filters and orders, and which index serves them.

use crate::entries::word_facet;
use crate::error::StoreError;
use crate::key::Key;
use crate::keys;
use crate::lead::{Leads, Row};
use crate::lead_index::{self, pair_facet, score_value, source_facet, tag_facet};
use crate::listing::{Driver, Filter, List, Listed, Plan, all_places, beginning_with, created_in};
use crate::page::{Page, PageRequest, Position};
use crate::record::{Item, Stored, read_time};
use crate::sight::Sight;
use jiff::Timestamp;
use plat_domain::{
    Email, FieldFilter, Lead, LeadId, LeadStatus, Line, Money, Name, Phone, Query, Score, Source,
    Span, TagId, TeamId, UserId, kind,
};
use std::collections::BTreeSet;

/// The places behind this are of leads that a pair of words did not lead to. No word begins with it.
const ELSEWHERE: &str = "+";

/// Which leads are wanted. An empty filter wants all.
#[derive(Debug, Clone, PartialEq)]
pub struct LeadFilter {
    /// Any of these; empty for every status.
    pub statuses: BTreeSet<LeadStatus>,
    /// This assignee; `Some(None)` for leads that nobody has.
    pub assigned_to: Option<Option<UserId>>,
    /// This source, whatever the case.
    pub source: Option<Source>,
    /// Wearing this tag.
    pub tag: Option<TagId>,
    /// At least this score.
    pub min_score: Option<Score>,
    /// Created in this time.
    pub created: Span,
    /// Found by these words.
    pub query: Option<Query>,
    /// With these values of the team's own fields.
    pub fields: Vec<FieldFilter>,
    /// What the asking person may see.
    pub sight: Sight,
}

impl LeadFilter {
    /// Everything that `sight` sees.
    pub fn everything(sight: Sight) -> Self {
        Self {
            statuses: BTreeSet::new(),
            assigned_to: None,
            source: None,
            tag: None,
            min_score: None,
            created: Span::default(),
            query: None,
            fields: Vec::new(),
            sight,
        }
    }
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeadSort {
    /// By creation, latest first.
    Newest,
    /// By creation, earliest first.
    Oldest,
    /// By score.
    Score {
        /// Best first.
        descending: bool,
    },
    /// By last contact.
    LastContact {
        /// Latest first.
        descending: bool,
    },
    /// By name.
    Name {
        /// From Z.
        descending: bool,
    },
}

/// What a list shows of a lead.
#[derive(Debug, Clone, PartialEq)]
pub struct LeadSummary {
    /// Which.
    pub id: LeadId,
    /// Their name.
    pub name: Name,
    /// Their address.
    pub email: Option<Email>,
    /// Their number.
    pub phone: Option<Phone>,
    /// Where they work.
    pub company: Option<Line>,
    /// Where they stand.
    pub status: LeadStatus,
    /// How promising they are.
    pub score: Option<Score>,
    /// Where they came from.
    pub source: Option<Source>,
    /// What they are worth.
    pub value: Option<Money>,
    /// The team's own word for where they stand.
    pub stage: Option<Line>,
    /// Who works them.
    pub assigned_to: Option<UserId>,
    /// When they were last talked to.
    pub last_contact_at: Option<Timestamp>,
    /// The tags they wear.
    pub tags: BTreeSet<TagId>,
}

/// A row of a list: what it shows of the lead and of its envelope.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedLead {
    /// The lead.
    pub lead: LeadSummary,
    /// One more with each change.
    pub version: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Leads {
    /// A page of the leads that `filter` wants. With words and no order, the order is that of the matching word.
    pub async fn list(
        &self,
        filter: &LeadFilter,
        sort: Option<LeadSort>,
        page: &PageRequest,
    ) -> Result<Page<ListedLead>, StoreError> {
        if filter.sight.hides(filter.assigned_to) {
            return Ok(Page::empty());
        }
        let pair = filter.query.as_ref().and_then(Query::pair);
        match pair.filter(|_| sort.is_none()) {
            Some((first, other)) => self.list_by_pair(filter, &first, other, page).await,
            None => {
                self.list_by(filter, plan(self.team, filter.clone(), sort), page)
                    .await
            }
        }
    }

    async fn list_by<F: Filter<Record = Lead>>(
        &self,
        filter: &F,
        plan: Plan,
        page: &PageRequest,
    ) -> Result<Page<ListedLead>, StoreError> {
        let list = List {
            db: &self.db,
            team: self.team,
            filter,
            plan,
        };
        list.page(page).await
    }

    /// A page of what two words find together, then of what else a search for all of them finds.
    ///
    /// In a large team each word alone may be thousands of leads, of which hardly one is wanted, and the two together lead to
    /// those that are. Only what has them in other places (one in the name, one in the town) takes the long way, so a page
    /// ends where that begins, unless nothing was found before.
    async fn list_by_pair(
        &self,
        filter: &LeadFilter,
        first: &str,
        other: &str,
        page: &PageRequest,
    ) -> Result<Page<ListedLead>, StoreError> {
        let elsewhere = |at: &Position| at.0.strip_prefix(ELSEWHERE).map(str::to_owned);
        let begun = page.after.as_ref().and_then(elsewhere);
        if begun.is_none() {
            let (from, to) = beginning_with(other);
            let plan = Plan {
                driver: Driver::Entries {
                    facets: vec![pair_facet(first)],
                },
                from,
                to,
                descending: false,
                close: false,
            };
            let mut found = self.list_by(filter, plan, page).await?;
            if found.next.is_some() {
                return Ok(found);
            }
            if !found.items.is_empty() || page.after.is_some() || page.skip > 0 {
                found.next = Some(Position(ELSEWHERE.to_owned()));
                return Ok(found);
            }
        }
        let behind = begun.filter(|behind| !behind.is_empty());
        let page = PageRequest {
            after: behind.map(Position),
            ..page.clone()
        };
        let apart = Elsewhere {
            filter,
            first,
            other,
        };
        let plan = plan(self.team, filter.clone(), None);
        let mut found = self.list_by(&apart, plan, &page).await?;
        found.next = found
            .next
            .map(|Position(at)| Position(format!("{ELSEWHERE}{at}")));
        Ok(found)
    }
}

/// Leads that a filter wants, but for those that a pair of words leads to.
struct Elsewhere<'a> {
    filter: &'a LeadFilter,
    first: &'a str,
    other: &'a str,
}

impl Filter for Elsewhere<'_> {
    type Record = Lead;

    fn wants(&self, row: &ListedLead) -> bool {
        self.filter.wants(row)
    }

    fn wants_record(&self, lead: &Lead) -> bool {
        let pairs = lead.search_pairs();
        let mut pairs = pairs.iter();
        let paired =
            pairs.any(|(first, other)| first == self.first && other.starts_with(self.other));
        !paired && self.filter.wants_record(lead)
    }
}

/// How a list is read. What its driver answers is taken out of the filter; if nothing is left, every row is wanted.
fn plan(team: TeamId, mut left: LeadFilter, sort: Option<LeadSort>) -> Plan {
    let entries = |facet: &str| Driver::Entries {
        facets: vec![facet.to_owned()],
    };
    let by_word = if sort.is_none() {
        left.query.take()
    } else {
        None
    };
    let (driver, (from, to), descending) = match (by_word, sort.unwrap_or(LeadSort::Newest)) {
        (Some(query), _) => {
            let word = query.driver();
            let driver = entries(&word_facet(lead_index::WORD, word));
            let places = beginning_with(word);
            left.query = Some(query).filter(|query| !query.is_single());
            (driver, places, false)
        }
        (None, order @ (LeadSort::Newest | LeadSort::Oldest)) => {
            let (driver, places) = by_creation(team, &mut left);
            (driver, places, order == LeadSort::Newest)
        }
        (None, LeadSort::Score { descending }) => {
            let (all, to) = all_places();
            let least = left.min_score.take();
            let from = least.map_or(all, |score| score_value(Some(score)));
            (entries(lead_index::SCORE), (from, to), descending)
        }
        (None, LeadSort::LastContact { descending }) => {
            (entries(lead_index::CONTACT), all_places(), descending)
        }
        (None, LeadSort::Name { descending }) => {
            (entries(lead_index::NAME), all_places(), descending)
        }
    };
    Plan {
        driver,
        from,
        to,
        descending,
        close: left == LeadFilter::everything(Sight::All),
    }
}

/// What serves a list by creation, with the ids that are wanted.
fn by_creation(team: TeamId, left: &mut LeadFilter) -> (Driver, (String, String)) {
    let places = created_in::<kind::Lead>(&std::mem::take(&mut left.created));
    let entries = |facet: String| Driver::Entries {
        facets: vec![facet],
    };
    let index = |name, partitions| Driver::Index { name, partitions };
    let of = |assignee| keys::leads_of(team, assignee);
    let driver = if let Some(assignee) = left.assigned_to.take() {
        left.sight = Sight::All;
        index("GSI3", vec![of(assignee)])
    } else if let Some(tag) = left.tag.take() {
        entries(tag_facet(tag))
    } else if let Some(source) = left.source.take() {
        entries(source_facet(&source.key()))
    } else if let Sight::Own(user) = left.sight {
        left.sight = Sight::All;
        index("GSI3", vec![of(Some(user)), of(None)])
    } else if left.statuses.is_empty() {
        index("GSI1", vec![keys::leads(team)])
    } else {
        let statuses = std::mem::take(&mut left.statuses).into_iter();
        let partitions = statuses.map(|status| keys::leads_with_status(team, status));
        index("GSI2", partitions.collect())
    };
    (driver, places)
}

impl Listed for Lead {
    const ROW: &'static [&'static str] = &["row", "version", "createdAt", "updatedAt"];

    type Row = ListedLead;

    fn key(team: TeamId, id: LeadId) -> Key {
        keys::lead(team, id)
    }

    fn listed(item: &Item) -> Result<ListedLead, StoreError> {
        listed(item)
    }
}

impl Filter for LeadFilter {
    type Record = Lead;

    fn wants(&self, row: &ListedLead) -> bool {
        let lead = &row.lead;
        (self.statuses.is_empty() || self.statuses.contains(&lead.status))
            && self
                .assigned_to
                .is_none_or(|wanted| wanted == lead.assigned_to)
            && self.source.as_ref().is_none_or(|wanted| {
                lead.source
                    .as_ref()
                    .is_some_and(|source| source.key() == wanted.key())
            })
            && self.tag.is_none_or(|tag| lead.tags.contains(&tag))
            && self
                .min_score
                .is_none_or(|least| lead.score.is_some_and(|score| score >= least))
            && self.created.has(row.created_at)
            && self.sight.sees(lead.assigned_to)
    }

    /// Where the property is, and what the team's own fields hold, a row does not tell.
    fn wants_record(&self, lead: &Lead) -> bool {
        let query = self.query.as_ref();
        let mut fields = self.fields.iter();
        fields.all(|field| field.wants(&lead.custom_fields))
            && query.is_none_or(|query| query.matches(&lead.search_words()))
    }

    fn asks_records(&self) -> bool {
        self.query.is_some() || !self.fields.is_empty()
    }
}

/// A row of one of the table's indexes.
fn listed(item: &Item) -> Result<ListedLead, StoreError> {
    let broken = |why: String| StoreError::Fault(format!("a listed lead does not read: {why}"));
    let id = item
        .string(crate::table::INDEX_SORT_KEY)
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| broken("it has no id".to_owned()))?;
    let row = item
        .string("row")
        .ok_or_else(|| broken("it has no row".to_owned()))?;
    let row: Row = serde_json::from_str(row).map_err(|error| broken(error.to_string()))?;
    Ok(ListedLead {
        lead: row.read(id),
        version: item.version(),
        created_at: read_time(item, "createdAt").unwrap_or_default(),
        updated_at: read_time(item, "updatedAt").unwrap_or_default(),
    })
}

impl From<Stored<Lead>> for ListedLead {
    fn from(stored: Stored<Lead>) -> Self {
        Self {
            version: stored.version,
            created_at: stored.created_at,
            updated_at: stored.updated_at,
            lead: stored.value.into(),
        }
    }
}

impl From<Lead> for LeadSummary {
    fn from(lead: Lead) -> Self {
        Self {
            id: lead.id,
            name: lead.name,
            email: lead.email,
            phone: lead.phone,
            company: lead.company,
            status: lead.status,
            score: lead.score,
            source: lead.source,
            value: lead.value,
            stage: lead.stage,
            assigned_to: lead.assigned_to,
            last_contact_at: lead.last_contact_at,
            tags: lead.tags,
        }
    }
}
