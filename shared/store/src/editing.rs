//! How a record is changed: read, decided on, and written at the version that was read, until nothing comes between.

use crate::command::Command;
use crate::condition::Condition;
use crate::error::StoreError;
use crate::keys;
use crate::note::done;
use crate::record::Stored;
use crate::sight::{Sight, seen_condition};
use crate::transaction::Transaction;
use plat_domain::{RecordRef, TeamId, UserId};
use std::future::Future;

/// What must be there for a change to happen, beside the record itself.
#[derive(Debug, Clone, Default)]
pub struct Required {
    /// Somebody who must be a member of the team.
    pub member: Option<UserId>,
    /// Records that must be there and be seen, each under the name of the field that points to it.
    pub references: Vec<(&'static str, RecordRef)>,
}

impl Required {
    /// Has the transaction happen only if all of it is there.
    pub(crate) fn by(
        self,
        mut transaction: Transaction,
        team: TeamId,
        sight: Sight,
    ) -> Transaction {
        for (field, record) in self.references {
            let seen = seen_condition(team, record, sight);
            let missing = StoreError::MissingReference(field);
            transaction = transaction.check(keys::record(team, record), seen, missing);
        }
        match self.member {
            Some(user) => transaction.check(
                keys::member(team, user),
                Condition::Present,
                StoreError::MissingReference("assignedTo"),
            ),
            None => transaction,
        }
    }
}

/// A door to records that are changed so.
pub(crate) trait Edited {
    /// The record.
    type Record: Clone + PartialEq + Send + Sync;
    /// What it is found by.
    type Id: Copy + Send;
    /// What goes with a change of it.
    type Beside: Send;

    /// The record as of the last write.
    fn find(
        &self,
        id: Self::Id,
    ) -> impl Future<Output = Result<Stored<Self::Record>, StoreError>> + Send;

    /// Replaces the record `before`, at its version, with everything that the change brings along.
    fn replace(
        &self,
        command: &Command,
        sight: Sight,
        before: &Stored<Self::Record>,
        next: &Stored<Self::Record>,
        beside: Self::Beside,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Changes a record as `decide` says: it is given the record as it stands and edits it, or refuses. What is not `there` is
/// not found.
///
/// When somebody else's change comes first, the decision is taken anew on what they left, unless the caller named the
/// version that it wants to change. A repeated command returns what its first run wrote.
pub(crate) async fn edit<D: Edited, E: From<StoreError>>(
    door: &D,
    command: &Command,
    id: D::Id,
    sight: Sight,
    if_match: Option<u64>,
    there: impl Fn(&D::Record) -> bool,
    mut decide: impl FnMut(&mut D::Record) -> Result<D::Beside, E>,
) -> Result<Stored<D::Record>, E> {
    let mut tries = 0;
    loop {
        let current = door.find(id).await?;
        if current.is_written_by(command) {
            return Ok(current);
        }
        if !there(&current.value) {
            return Err(StoreError::NotFound.into());
        }
        if if_match.is_some_and(|wanted| wanted != current.version) {
            let current = current.version;
            return Err(StoreError::Stale { current }.into());
        }
        let mut after = current.value.clone();
        let beside = decide(&mut after)?;
        if after == current.value {
            return Ok(current);
        }
        let next = current.changed(after, command);
        let written = door.replace(command, sight, &current, &next, beside).await;
        if done(written, if_match, &mut tries).await? {
            return Ok(next);
        }
    }
}
