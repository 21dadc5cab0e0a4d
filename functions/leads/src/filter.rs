//! Which leads are wanted: what lists, exports and changes of many are asked with.

use plat_domain::{
    AssignedTo, FieldFilter, Invalid, LeadStatus, Moment, Query, Score, Source, Span, TagId, UserId,
};
use plat_http::problems;
use plat_registry::Failure;
use plat_store::{LeadFilter, LeadSort, Sight, StoreError, TagSet, TeamScope};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which leads, in which order.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LeadQuery {
    /// Leads of this status; several may be given.
    #[serde(default)]
    status: BTreeSet<LeadStatus>,
    /// Leads of this member; `me` for one's own, `none` for nobody's.
    assigned_to: Option<AssignedTo>,
    /// Leads from this source.
    source: Option<Source>,
    /// Leads that wear the tag with this id.
    tag: Option<TagId>,
    /// Leads with at least this score.
    min_score: Option<Score>,
    /// Leads created at this time or later.
    created_after: Option<Moment>,
    /// Leads created before this time.
    created_before: Option<Moment>,
    /// Words that begin a word of the name, the company or the e-mail address, or a phone number in any spelling.
    q: Option<String>,
    /// Leads with this value of one of the team's own fields, as `<key>:<value>`; of numbers, amounts and days also
    /// `<key>:<from>..<to>`, of which one bound may be left out. Several may be given; all of them hold.
    #[serde(default)]
    field: BTreeSet<String>,
    /// The order; newest first unless given. With `q` and no order, the order of the words that match.
    sort: Option<Sort>,
}

/// An order; a minus sign turns it around.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Sort {
    Newest,
    Oldest,
    Score,
    #[serde(rename = "-score")]
    ScoreDescending,
    LastContact,
    #[serde(rename = "-lastContact")]
    LastContactDescending,
    Name,
    #[serde(rename = "-name")]
    NameDescending,
}

impl LeadQuery {
    /// That the team has defined the fields that are asked for, and that the values are such as they hold.
    pub(crate) async fn check_fields(&self, team: &TeamScope) -> Result<(), Failure> {
        let fields = self.fields(team).await?;
        let wrong = fields.into_iter().find_map(Result::err);
        wrong.map_or(Ok(()), |refused| {
            Err(problems::invalid_field("/field", refused.code, &refused.detail).into())
        })
    }

    /// What is asked for when `me` asks, who has this `sight`. A field that has been deleted since is nobody's.
    pub(crate) async fn filter(
        &self,
        team: &TeamScope,
        me: UserId,
        sight: Sight,
    ) -> Result<LeadFilter, StoreError> {
        let fields = self.fields(team).await?.into_iter();
        let fields = fields.map(|field| field.unwrap_or_else(|_| FieldFilter::nothing()));
        Ok(LeadFilter {
            statuses: self.status.clone(),
            assigned_to: self.assigned_to.map(|wanted| wanted.asked_by(me)),
            source: self.source.clone(),
            tag: self.tag,
            min_score: self.min_score,
            created: Span::between(self.created_after, self.created_before),
            query: self.q.as_deref().and_then(Query::parse),
            fields: fields.collect(),
            sight,
        })
    }

    /// The team's own fields that are asked for; they are read only if there are some.
    async fn fields(
        &self,
        team: &TeamScope,
    ) -> Result<Vec<Result<FieldFilter, Invalid>>, StoreError> {
        if self.field.is_empty() {
            return Ok(Vec::new());
        }
        let definitions = team.fields().get().await?.definitions;
        let read = |field: &String| FieldFilter::parse(&definitions, field);
        Ok(self.field.iter().map(read).collect())
    }

    /// The order that is asked for.
    pub(crate) fn order(&self) -> Option<LeadSort> {
        self.sort.map(|sort| match sort {
            Sort::Newest => LeadSort::Newest,
            Sort::Oldest => LeadSort::Oldest,
            Sort::Score => LeadSort::Score { descending: false },
            Sort::ScoreDescending => LeadSort::Score { descending: true },
            Sort::LastContact => LeadSort::LastContact { descending: false },
            Sort::LastContactDescending => LeadSort::LastContact { descending: true },
            Sort::Name => LeadSort::Name { descending: false },
            Sort::NameDescending => LeadSort::Name { descending: true },
        })
    }

    /// The team's tags, if one is asked for; none if it is not there. Leads keep the id of a deleted tag until they are
    /// changed; it stands for nothing.
    pub(crate) async fn tags(&self, team: &TeamScope) -> Result<Asked, StoreError> {
        let Some(tag) = self.tag else {
            return Ok(Asked::NoTag);
        };
        let set = team.tags().get().await?;
        Ok(if set.tags.contains_key(&tag) {
            Asked::Tag(set)
        } else {
            Asked::Nothing
        })
    }
}

/// What is known of the tags once it is looked whether the one that is asked for is there.
pub(crate) enum Asked {
    /// None is asked for.
    NoTag,
    /// It is there, among these.
    Tag(TagSet),
    /// It is not there, so no lead is wanted.
    Nothing,
}
