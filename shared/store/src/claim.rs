//! Claims on e-mail addresses: among the records of one kind of a team, one has an address.

use crate::command::Command;
use crate::condition::{Condition, text};
use crate::error::StoreError;
use crate::key::Key;
use crate::record::Item;
use crate::transaction::Transaction;
use plat_domain::TeamId;
use std::fmt::Display;

/// The attribute that says whose a claim is.
const HOLDER: &str = "holder";

/// Takes an address for the record `holder`, unless another has it.
pub(crate) fn take(
    transaction: Transaction,
    key: Key,
    team: TeamId,
    holder: impl Display,
    command: &Command,
) -> Transaction {
    let claim = Item(key.attributes())
        .with("type", text("claim"))
        .with("teamId", text(team))
        .with(HOLDER, text(holder))
        .with("commandId", text(command.id));
    transaction.create(claim, StoreError::Taken("email"))
}

/// Lets an address go that the record `holder` has. A claim of another stays.
pub(crate) fn let_go(transaction: Transaction, key: Key, holder: impl Display) -> Transaction {
    let ours = Condition::Any(vec![
        Condition::Absent,
        Condition::Equals(HOLDER.to_owned(), text(holder)),
    ]);
    transaction.delete_if(key, ours, |_| StoreError::Contended)
}
