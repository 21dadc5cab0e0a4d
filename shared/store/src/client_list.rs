//! Lists of clients: their filters and orders, and which index serves them.

use crate::client::{Clients, ListedClient, listed};
use crate::deal_index::reference_facet;
use crate::entries::word_facet;
use crate::error::StoreError;
use crate::key::Key;
use crate::keys;
use crate::lead_index::{CONTACT, NAME, WORD};
use crate::listing::{Driver, Filter, List, Listed, Plan, all_places, beginning_with, created_in};
use crate::page::{Page, PageRequest};
use crate::record::Item;
use crate::sight::Sight;
use plat_domain::{
    Client, ClientId, ClientStage, LeadId, PropertyType, Query, RecordRef, Span, TeamId, UserId,
    kind, person_words,
};
use std::collections::BTreeSet;
use std::mem::take;

/// Which clients are wanted. An empty filter wants all.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientFilter {
    /// Any of these; empty for every stage.
    pub stages: BTreeSet<ClientStage>,
    /// This assignee; `Some(None)` for clients that nobody has.
    pub assigned_to: Option<Option<UserId>>,
    /// With a property of this kind.
    pub property_type: Option<PropertyType>,
    /// Made of this lead.
    pub lead: Option<LeadId>,
    /// Created in this time.
    pub created: Span,
    /// Found by these words.
    pub query: Option<Query>,
    /// What the asking person may see.
    pub sight: Sight,
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientSort {
    /// By creation, latest first.
    Newest,
    /// By creation, earliest first.
    Oldest,
    /// By last contact.
    LastContacted {
        /// Latest first.
        descending: bool,
    },
    /// By name.
    Name {
        /// From Z.
        descending: bool,
    },
}

impl ClientFilter {
    /// Everything that `sight` sees.
    pub fn everything(sight: Sight) -> Self {
        Self {
            stages: BTreeSet::new(),
            assigned_to: None,
            property_type: None,
            lead: None,
            created: Span::default(),
            query: None,
            sight,
        }
    }
}

impl Clients {
    /// A page of the clients that `filter` wants. With words and no order, the order is that of the matching word.
    pub async fn list(
        &self,
        filter: &ClientFilter,
        sort: Option<ClientSort>,
        page: &PageRequest,
    ) -> Result<Page<ListedClient>, StoreError> {
        if filter.sight.hides(filter.assigned_to) {
            return Ok(Page::empty());
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
fn plan(team: TeamId, mut left: ClientFilter, sort: Option<ClientSort>) -> Plan {
    // An index of all is read at once, where one of each stage would be merged.
    if left.stages.len() == ClientStage::ALL.len() {
        left.stages.clear();
    }
    // The clients of one lead are so few that no order is worth an index of its own, but only entries lead to them.
    let by_word = if sort.is_none() && left.lead.is_none() {
        left.query.take()
    } else {
        None
    };
    let entries = |facet: String| Driver::Entries {
        facets: vec![facet],
    };
    let (driver, (from, to), descending) = match (by_word, sort.unwrap_or(ClientSort::Newest)) {
        (Some(query), _) => {
            let word = query.driver();
            let driver = entries(word_facet(WORD, word));
            let places = beginning_with(word);
            left.query = Some(query).filter(|query| !query.is_single());
            (driver, places, false)
        }
        (None, order @ (ClientSort::Newest | ClientSort::Oldest)) => {
            let (driver, places) = by_creation(team, &mut left);
            (driver, places, order == ClientSort::Newest)
        }
        (None, ClientSort::LastContacted { descending }) => {
            (entries(CONTACT.to_owned()), all_places(), descending)
        }
        (None, ClientSort::Name { descending }) => {
            (entries(NAME.to_owned()), all_places(), descending)
        }
    };
    Plan {
        driver,
        from,
        to,
        descending,
        close: left == ClientFilter::everything(Sight::All),
    }
}

/// What serves a list by creation, with the ids that are wanted.
fn by_creation(team: TeamId, left: &mut ClientFilter) -> (Driver, (String, String)) {
    let places = created_in::<kind::Client>(&take(&mut left.created));
    let index = |name, partitions| Driver::Index { name, partitions };
    let of = |assignee| keys::clients_of(team, assignee);
    let driver = if let Some(lead) = left.lead.take() {
        let facets = vec![reference_facet(RecordRef::Lead(lead))];
        Driver::Entries { facets }
    } else if let Some(assignee) = left.assigned_to.take() {
        left.sight = Sight::All;
        index("GSI3", vec![of(assignee)])
    } else if let Sight::Own(user) = left.sight {
        left.sight = Sight::All;
        index("GSI3", vec![of(Some(user)), of(None)])
    } else if left.stages.is_empty() {
        index("GSI1", vec![keys::clients(team)])
    } else {
        let stages = take(&mut left.stages).into_iter();
        let partitions = stages.map(|stage| keys::clients_at(team, stage));
        index("GSI2", partitions.collect())
    };
    (driver, places)
}

impl Listed for Client {
    type Row = ListedClient;

    fn key(team: TeamId, id: ClientId) -> Key {
        keys::client(team, id)
    }

    fn listed(item: &Item) -> Result<ListedClient, StoreError> {
        listed(item)
    }
}

impl Filter for ClientFilter {
    type Record = Client;

    fn wants(&self, row: &ListedClient) -> bool {
        let client = &row.client;
        (self.stages.is_empty() || self.stages.contains(&client.stage))
            && self
                .assigned_to
                .is_none_or(|wanted| wanted == client.assigned_to)
            && self
                .property_type
                .is_none_or(|wanted| wanted == client.property_type)
            && self.created.has(row.created_at)
            && self.query.as_ref().is_none_or(|query| {
                query.matches(&person_words(
                    &client.name,
                    Some(&client.email),
                    client.phone.as_ref(),
                    Some(&client.property_address),
                ))
            })
            && self.sight.sees(client.assigned_to)
    }

    fn wants_record(&self, client: &Client) -> bool {
        self.lead
            .is_none_or(|wanted| client.lead_id == Some(wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How a list is read: the index or the facets, from where to where, which way, and whether that answers all.
    fn told(filter: &ClientFilter, sort: Option<ClientSort>) -> String {
        let team = TeamId::from_bits(1);
        let plan = plan(team, filter.clone(), sort);
        let driver = match plan.driver {
            Driver::Index { name, partitions } => format!("{name} {}", partitions.join(" + ")),
            Driver::Entries { facets } => facets.join(" + "),
        };
        let way = if plan.descending { "down" } else { "up" };
        let rest = if plan.close { "" } else { ", filtered" };
        format!("{driver} {way}{rest}").replace(&format!("T#{team}#"), "")
    }

    #[test]
    fn a_list_is_read_from_the_index_that_answers_most() {
        let all = || ClientFilter::everything(Sight::All);
        let me = UserId::from_bits(2);
        let name = Some(ClientSort::Name { descending: false });
        let contact = Some(ClientSort::LastContacted { descending: true });
        let open = BTreeSet::from([ClientStage::Lead, ClientStage::Negotiating]);
        let every = ClientStage::ALL.iter().copied().collect();
        let lead = Some(LeadId::from_bits(3));
        let at = |stages| ClientFilter { stages, ..all() };
        let cases = [
            (all(), None, "GSI1 CLIENTS down"),
            (all(), Some(ClientSort::Oldest), "GSI1 CLIENTS up"),
            (
                at(open.clone()),
                None,
                "GSI2 CLIENTS#lead + CLIENTS#negotiating down",
            ),
            (at(every), None, "GSI1 CLIENTS down"),
            (at(open.clone()), name, "name up, filtered"),
            (all(), name, "name up"),
            (all(), contact, "contact down"),
            (
                ClientFilter {
                    assigned_to: Some(None),
                    stages: open,
                    ..all()
                },
                None,
                "GSI3 CLIENTS@none down, filtered",
            ),
            (
                ClientFilter::everything(Sight::Own(me)),
                None,
                "GSI3 CLIENTS@00000000000000000000000002 + CLIENTS@none down",
            ),
            (
                ClientFilter::everything(Sight::Own(me)),
                name,
                "name up, filtered",
            ),
            (
                ClientFilter { lead, ..all() },
                None,
                "of#lead#00000000000000000000000003 down",
            ),
            (
                ClientFilter {
                    lead,
                    query: Query::parse("elm"),
                    ..all()
                },
                None,
                "of#lead#00000000000000000000000003 down, filtered",
            ),
            (
                ClientFilter {
                    query: Query::parse("ann elmira"),
                    ..all()
                },
                None,
                "word#e up, filtered",
            ),
            (
                ClientFilter {
                    query: Query::parse("elm"),
                    ..all()
                },
                None,
                "word#e up",
            ),
            (
                ClientFilter {
                    property_type: Some(PropertyType::Land),
                    ..all()
                },
                None,
                "GSI1 CLIENTS down, filtered",
            ),
        ];
        for (filter, sort, expected) in cases {
            assert_eq!(told(&filter, sort), expected);
        }
    }
}
