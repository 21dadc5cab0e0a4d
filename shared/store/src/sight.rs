//! Who sees a record: whether it exists, is not deleted, and is one that the asking person may see.

use crate::condition::{Condition, text};
use crate::db::Db;
use crate::error::StoreError;
use crate::keys;
use crate::record::Item;
use plat_domain::{RecordRef, SubjectKind, TeamId, UserId};
use serde::{Deserialize, Serialize};

/// Whose records a person sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Sight {
    /// Everybody's.
    All,
    /// This person's, and those of nobody.
    Own(UserId),
}

impl Sight {
    /// Whether a record with this assignee is seen.
    pub fn sees(self, assigned_to: Option<UserId>) -> bool {
        match self {
            Self::All => true,
            Self::Own(user) => assigned_to.is_none_or(|assignee| assignee == user),
        }
    }

    /// Whether nothing is seen of a list that asks for this assignee's records alone, `Some(None)` for nobody's.
    pub(crate) fn hides(self, assigned_to: Option<Option<UserId>>) -> bool {
        assigned_to.is_some_and(|wanted| !self.sees(wanted))
    }
}

/// That a record exists, is not deleted, and may be seen; as a condition on its item.
pub(crate) fn seen_condition(team: TeamId, record: RecordRef, sight: Sight) -> Condition {
    let mut all = vec![Condition::Present, Condition::Lacks("deletedAt".to_owned())];
    if let Sight::Own(user) = sight {
        let is_of = |assignee: Option<UserId>| {
            let partition = keys::records_of(team, record, assignee);
            Condition::Equals("GSI3".to_owned(), text(partition))
        };
        all.push(Condition::Any(vec![is_of(None), is_of(Some(user))]));
    }
    Condition::All(all)
}

/// The same, asked of an item that was read.
pub(crate) fn check_visible(
    item: Option<&Item>,
    kind: SubjectKind,
    sight: Sight,
) -> Result<(), StoreError> {
    let record = item
        .filter(|item| item.kind() == kind.as_str())
        .ok_or(StoreError::NotFound)?;
    let deleted = record.0.contains_key("deletedAt");
    let assignee = record.string("GSI3").and_then(keys::assignee_in);
    if !deleted && assignee.is_some_and(|assignee| sight.sees(assignee)) {
        Ok(())
    } else {
        Err(merged(record, sight)?.unwrap_or(StoreError::NotFound))
    }
}

/// Which lead took this one in, if one did and whoever asks saw this one.
fn merged(record: &Item, sight: Sight) -> Result<Option<StoreError>, StoreError> {
    if !record.0.contains_key(crate::lead::MERGED) {
        return Ok(None);
    }
    let lead = crate::lead::read(record.clone())?.value;
    let into = lead.merged_into.filter(|_| sight.sees(lead.assigned_to));
    Ok(into.map(|into| StoreError::Merged {
        lead: lead.id,
        into,
    }))
}

/// The same, by reading the record.
pub(crate) async fn visible(
    db: &Db,
    team: TeamId,
    record: RecordRef,
    sight: Sight,
) -> Result<(), StoreError> {
    let item = db.get(&keys::record(team, record), false).await?;
    check_visible(item.as_ref(), record.kind(), sight)
}
