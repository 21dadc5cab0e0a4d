//! Claims on e-mail addresses: among the records of one kind of a team, one has an address.

use crate::command::Command;
use crate::condition::{Condition, text};
use crate::error::StoreError;
use crate::key::Key;
use crate::record::{Item, expiry};
use crate::table::EXPIRES_AT;
use crate::transaction::Transaction;
use jiff::Timestamp;
use plat_domain::{Id, TeamId};
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
    let claim = claim(key, team, holder, command);
    transaction.create(claim, StoreError::Taken("email"))
}

/// Gives an address from the record `from`, which has it, to the record `to`.
pub(crate) fn pass(
    transaction: Transaction,
    key: Key,
    team: TeamId,
    (from, to): (impl Display, impl Display),
    command: &Command,
) -> Transaction {
    let theirs = Condition::Equals(HOLDER.to_owned(), text(from));
    let claim = claim(key, team, to, command);
    transaction.put_if(claim, theirs, |_| StoreError::Taken("email"))
}

/// Takes something for the record `holder` until then, unless another has it than `gone`.
pub(crate) fn take_until(
    transaction: Transaction,
    key: Key,
    team: TeamId,
    (gone, holder): (Option<impl Display>, impl Display),
    until: Timestamp,
    command: &Command,
) -> Transaction {
    let gone = gone.map(|gone| Condition::Equals(HOLDER.to_owned(), text(gone)));
    let free = Condition::Any(std::iter::once(Condition::Absent).chain(gone).collect());
    let claim = claim(key, team, holder, command).with(EXPIRES_AT, expiry(until));
    transaction.put_if(claim, free, |_| StoreError::Taken("phone"))
}

fn claim(key: Key, team: TeamId, holder: impl Display, command: &Command) -> Item {
    Item(key.attributes())
        .with("type", text("claim"))
        .with("teamId", text(team))
        .with(HOLDER, text(holder))
        .with("commandId", text(command.id))
}

/// Whose a claim is; none if it is no claim.
pub(crate) fn holder<K>(claim: &Item) -> Option<Id<K>> {
    claim.string(HOLDER)?.parse().ok()
}

/// Lets an address go that the record `holder` has. A claim of another stays.
pub(crate) fn let_go(transaction: Transaction, key: Key, holder: impl Display) -> Transaction {
    let ours = Condition::Any(vec![
        Condition::Absent,
        Condition::Equals(HOLDER.to_owned(), text(holder)),
    ]);
    transaction.delete_if(key, ours, |_| StoreError::Contended)
}
