//! Lists of leads: their filters and orders, and which index serves them.

use crate::entries::word_facet;
use crate::error::StoreError;
use crate::key::Key;
use crate::keys;
use crate::lead::{Leads, Row};
use crate::lead_index::{self, score_value, source_facet, tag_facet};
use crate::listing::{Driver, Filter, List, Listed, Plan, all_places, beginning_with, created_in};
use crate::page::{Page, PageRequest};
use crate::record::{Item, Stored, read_time};
use crate::sight::Sight;
use jiff::Timestamp;
use plat_domain::{
    Email, Lead, LeadId, LeadStatus, Line, Money, Name, Phone, Query, Score, Source, Span, TagId,
    TeamId, UserId, kind, person_words,
};
use std::collections::BTreeSet;

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
        if filter
            .assigned_to
            .is_some_and(|wanted| !filter.sight.sees(wanted))
        {
            return Ok(Page {
                items: Vec::new(),
                next: None,
            });
        }
        let list = List {
            db: &self.db,
            team: self.team,
            filter,
            plan: plan(self.team, filter.clone(), sort),
        };
        list.page(page).await
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
            && self.query.as_ref().is_none_or(|query| {
                query.matches(&person_words(
                    &lead.name,
                    lead.email.as_ref(),
                    lead.phone.as_ref(),
                    lead.company.as_ref(),
                ))
            })
            && self.sight.sees(lead.assigned_to)
    }

    /// A row tells everything that is asked of a lead.
    fn wants_record(&self, _: &Lead) -> bool {
        true
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
