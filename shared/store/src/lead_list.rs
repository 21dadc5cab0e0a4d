//! Lists of leads: the order that is asked for, read from the index that serves it, with what no index answers
//! filtered in a loop whose length is bounded.

use crate::db::Range;
use crate::error::StoreError;
use crate::keys;
use crate::lead::{Leads, Row};
use crate::lead_index::{self, lead_of, place, score_value, word_facet};
use crate::page::{Page, PageRequest, Position};
use crate::record::{Item, Stored, read_time};
use crate::sight::Sight;
use jiff::Timestamp;
use plat_domain::{
    Email, Id, Lead, LeadId, LeadStatus, Line, Money, Name, Phone, Query, Score, Source, TagId,
    UserId, kind, lead_words,
};
use std::collections::{BTreeSet, HashMap};

/// Sorts behind every word, whatever its script.
const LAST: char = char::MAX;

/// Rows read at a time while a filter throws some away.
const BATCH: usize = 100;

/// What is read of the rows of an index, beside the lead's id.
const LISTED: [&str; 4] = ["row", "version", "createdAt", "updatedAt"];

/// How many such batches one request reads at most before it answers with what it found and a cursor to go on.
const MAX_BATCHES: usize = 10;

/// Which leads are wanted. An empty filter wants all.
#[derive(Debug, Clone)]
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
    /// Created at or after.
    pub created_after: Option<Timestamp>,
    /// Created before.
    pub created_before: Option<Timestamp>,
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
            created_after: None,
            created_before: None,
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

/// The index that serves a list.
enum Driver {
    /// Partitions of one of the table's indexes, merged by creation.
    Created {
        index: &'static str,
        partitions: Vec<String>,
    },
    /// A facet of the entries that `search.index` keeps.
    Facet {
        facet: String,
        from: String,
        to: String,
    },
}

struct Plan {
    driver: Driver,
    descending: bool,
    /// Whether every row that the driver gives is wanted.
    exact: bool,
    /// Whether few or none of the driver's rows are thrown away, so that it is read no further than the page needs.
    close: bool,
    /// The prefix by which a word facet was entered; a lead counts only under the first of its words that has it.
    prefix: Option<String>,
}

impl Leads {
    /// A page of the leads that `filter` wants.
    ///
    /// With words and no order, the order is that of the matching word. A page may be short, or even empty, and still
    /// have a cursor: then a filter left so little that the bound on one request was reached.
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
        let plan = self.plan(filter, sort);
        let mut after = page.after.clone();
        let mut skip = page.skip;
        let mut rows: Vec<(String, ListedLead)> = Vec::new();
        for round in 0..MAX_BATCHES.max(skip.div_ceil(BATCH) + 1) {
            let wanted = if plan.close {
                // Each round that leaves some wanting reads further, lest many outgrown entries become many requests.
                let left = skip + page.limit + 1 - rows.len();
                left.max(BATCH.min(page.limit << round.min(8)))
            } else {
                BATCH.max(page.limit + 1)
            };
            let mut batch = self.read(&plan, filter, after.as_ref(), wanted).await?;
            let ended = batch.len() < wanted;
            after = batch.last().map(|(sk, _)| Position(sk.clone())).or(after);
            if plan.exact {
                let passed = skip.min(batch.len());
                batch.drain(..passed);
                skip -= passed;
            }
            for (sk, row) in self.complete(&plan, batch).await? {
                if !plan.exact {
                    if !filter.wants(&row) {
                        continue;
                    }
                    if skip > 0 {
                        skip -= 1;
                        continue;
                    }
                }
                rows.push((sk, row));
            }
            if rows.len() > page.limit {
                return Ok(Page::cut(rows, page.limit));
            }
            if ended {
                return Ok(Page {
                    items: rows.into_iter().map(|(_, row)| row).collect(),
                    next: None,
                });
            }
        }
        Ok(Page {
            items: rows.into_iter().map(|(_, row)| row).collect(),
            next: after,
        })
    }

    fn plan(&self, filter: &LeadFilter, sort: Option<LeadSort>) -> Plan {
        let facet = |facet: String, from: String, to: String| Driver::Facet { facet, from, to };
        let all = |name: &str| facet(name.to_owned(), String::from(" "), String::from(LAST));
        if let (None, Some(query)) = (sort, &filter.query) {
            let word = query.driver().to_owned();
            let driver = facet(word_facet(&word), word.clone(), format!("{word}{LAST}"));
            let close = filter.query_alone() && query.is_single();
            return Plan {
                driver,
                descending: false,
                exact: false,
                close,
                prefix: Some(word),
            };
        }
        let (driver, descending) = match sort.unwrap_or(LeadSort::Newest) {
            LeadSort::Newest => (self.created(filter), true),
            LeadSort::Oldest => (self.created(filter), false),
            LeadSort::Score { descending } => {
                let least = filter
                    .min_score
                    .map_or(String::from(" "), |score| score_value(Some(score.get())));
                (
                    facet("score".to_owned(), least, String::from(LAST)),
                    descending,
                )
            }
            LeadSort::LastContact { descending } => (all("contact"), descending),
            LeadSort::Name { descending } => (all("name"), descending),
        };
        let close = filter.answered_by(&driver);
        // A facet may hold entries that their leads have outgrown, so its rows are counted only after they are read.
        let exact = close && matches!(driver, Driver::Created { .. });
        Plan {
            driver,
            descending,
            exact,
            close,
            prefix: None,
        }
    }

    fn created(&self, filter: &LeadFilter) -> Driver {
        let facet = |facet: String| {
            let (from, to) = filter.created_range();
            Driver::Facet { facet, from, to }
        };
        let of = |assignee: Option<UserId>| keys::leads_of(self.team, assignee);
        match (filter.assigned_to, &filter.tag, &filter.source) {
            (Some(assignee), _, _) => Driver::Created {
                index: "GSI3",
                partitions: vec![of(assignee)],
            },
            (None, Some(tag), _) => facet(format!("tag#{tag}")),
            (None, None, Some(source)) => facet(lead_index::source_facet(&source.key())),
            (None, None, None) => match filter.sight {
                Sight::Own(user) => Driver::Created {
                    index: "GSI3",
                    partitions: vec![of(Some(user)), of(None)],
                },
                Sight::All if filter.statuses.is_empty() => Driver::Created {
                    index: "GSI1",
                    partitions: vec![keys::leads(self.team)],
                },
                Sight::All => {
                    let partitions = filter
                        .statuses
                        .iter()
                        .map(|status| keys::leads_with_status(self.team, *status))
                        .collect();
                    Driver::Created {
                        index: "GSI2",
                        partitions,
                    }
                }
            },
        }
    }

    /// Up to `wanted` entries of the plan's driver, in order, behind `after`.
    async fn read(
        &self,
        plan: &Plan,
        filter: &LeadFilter,
        after: Option<&Position>,
        wanted: usize,
    ) -> Result<Vec<(String, Item)>, StoreError> {
        let (index, partitions, mut from, mut to) = match &plan.driver {
            Driver::Created { index, partitions } => {
                let (from, to) = filter.created_range();
                (Some(*index), partitions.clone(), from, to)
            }
            Driver::Facet { facet, from, to } => (
                None,
                vec![keys::lead_facet(self.team, facet)],
                from.clone(),
                to.clone(),
            ),
        };
        match (after, plan.descending) {
            (Some(after), true) => to = after.before(),
            (Some(after), false) => from = after.behind(),
            (None, _) => {}
        }
        if from > to {
            return Ok(Vec::new());
        }
        let reads = partitions.into_iter().map(|pk| {
            let range = Range {
                index,
                pk,
                from: from.clone(),
                to: to.clone(),
                descending: plan.descending,
                limit: wanted,
            };
            // Entries of facets are keys only.
            async move {
                match index {
                    Some(_) => self.db.range_of(&range, &LISTED).await,
                    None => self.db.range(&range).await,
                }
            }
        });
        let sort_key = if index.is_some() {
            crate::table::INDEX_SORT_KEY
        } else {
            "SK"
        };
        let mut merged: Vec<(String, Item)> = futures::future::try_join_all(reads)
            .await?
            .into_iter()
            .flatten()
            .map(|item| (item.string(sort_key).unwrap_or_default().to_owned(), item))
            .collect();
        merged.sort_by(|(a, _), (b, _)| if plan.descending { b.cmp(a) } else { a.cmp(b) });
        merged.truncate(wanted);
        Ok(merged)
    }

    /// Turns entries into rows. Entries of facets are keys only: their leads are read, and an entry that its lead has
    /// outgrown is passed over.
    async fn complete(
        &self,
        plan: &Plan,
        batch: Vec<(String, Item)>,
    ) -> Result<Vec<(String, ListedLead)>, StoreError> {
        let Driver::Facet { facet, .. } = &plan.driver else {
            return batch
                .into_iter()
                .map(|(sk, item)| Ok((sk, listed(&item)?)))
                .collect();
        };
        let leads: Vec<LeadId> = batch
            .iter()
            .filter_map(|(sk, _)| lead_of(sk))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let keys: Vec<_> = leads
            .iter()
            .map(|lead| keys::lead(self.team, *lead))
            .collect();
        let mut found: HashMap<LeadId, Stored<Lead>> = HashMap::new();
        for item in self.db.get_many(&keys).await? {
            let lead = crate::lead::read(item)?;
            found.insert(lead.value.id, lead);
        }
        let current = |sk: &str| {
            let lead = found.get(&lead_of(sk)?)?;
            let stands = match &plan.prefix {
                Some(prefix) => {
                    lead.value
                        .search_words()
                        .range(prefix.clone()..)
                        .next()
                        .map(|word| place(word, lead.value.id))
                        .as_deref()
                        == Some(sk)
                }
                None => lead_index::entries(&lead.value)
                    .iter()
                    .any(|entry| entry.facet == *facet && entry.sk == sk),
            };
            Some(lead).filter(|lead| stands && lead.value.deleted_at.is_none())
        };
        Ok(batch
            .iter()
            .filter_map(|(sk, _)| Some((sk.clone(), ListedLead::from(current(sk)?.clone()))))
            .collect())
    }
}

impl LeadFilter {
    /// Whether a row is wanted: every condition, asked of the row itself.
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
            && self
                .created_after
                .is_none_or(|after| row.created_at >= after)
            && self
                .created_before
                .is_none_or(|before| row.created_at < before)
            && self.query.as_ref().is_none_or(|query| {
                query.matches(&lead_words(
                    &lead.name,
                    lead.email.as_ref(),
                    lead.phone.as_ref(),
                    lead.company.as_ref(),
                ))
            })
            && self.sight.sees(lead.assigned_to)
    }

    /// Whether `driver` alone answers the filter.
    fn answered_by(&self, driver: &Driver) -> bool {
        let by_index = match driver {
            Driver::Created { index, .. } => Some(*index),
            Driver::Facet { .. } => None,
        };
        let by_facet = match driver {
            Driver::Facet { facet, .. } => facet.as_str(),
            Driver::Created { .. } => "",
        };
        let created_in_key =
            by_index.is_some() || by_facet.starts_with("tag#") || by_facet.starts_with("source#");
        (self.statuses.is_empty() || by_index == Some("GSI2"))
            && (self.assigned_to.is_none() || by_index == Some("GSI3"))
            && (self.sight == Sight::All
                || (by_index == Some("GSI3")
                    && self
                        .assigned_to
                        .is_none_or(|wanted| self.sight.sees(wanted))))
            && (self.source.is_none() || by_facet.starts_with("source#"))
            && (self.tag.is_none() || by_facet.starts_with("tag#"))
            && (self.min_score.is_none() || by_facet == "score")
            && ((self.created_after.is_none() && self.created_before.is_none()) || created_in_key)
            && self.query.is_none()
    }

    /// Whether words are all that is asked.
    fn query_alone(&self) -> bool {
        self.statuses.is_empty()
            && self.assigned_to.is_none()
            && self.source.is_none()
            && self.tag.is_none()
            && self.min_score.is_none()
            && self.created_after.is_none()
            && self.created_before.is_none()
            && self.sight == Sight::All
    }

    /// The ids that leads created in the wanted time have.
    fn created_range(&self) -> (String, String) {
        let from = self
            .created_after
            .map(|at| Id::<kind::Lead>::first_at(at).to_string());
        let to = self
            .created_before
            .map(|at| Position(Id::<kind::Lead>::first_at(at).to_string()).before());
        (
            from.unwrap_or_else(|| "0".to_owned()),
            to.unwrap_or_else(|| "~".to_owned()),
        )
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
