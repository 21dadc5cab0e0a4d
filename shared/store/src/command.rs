//! Who wants a change, when, and under which id.

use aws_lc_rs::digest;
use jiff::Timestamp;
use plat_domain::{Actor, CommandId, Event, Id, Origin};

/// One change that a person or a job asked for.
///
/// Every item that it writes carries its id. A write whose reply was lost finds that id on the item when it is tried
/// again and knows that it is already done.
#[derive(Debug, Clone)]
pub struct Command {
    /// The same whenever the same request is repeated under its idempotency key.
    pub id: CommandId,
    /// When the request was first made.
    pub at: Timestamp,
    /// Who asked.
    pub by: Actor,
    /// The request that they asked by; unknown for a job.
    pub origin: Origin,
    /// How many events lie between what a person did and this.
    pub depth: u8,
}

impl Command {
    /// What a job does because of `event`; `what` tells the several things apart that a job may do. The same each time
    /// the event is told.
    pub fn after(event: &Event, what: &str) -> Self {
        let input = format!("{}#{what}", event.id);
        Self {
            id: Id::from_parts(event.at, hash80(input.as_bytes())),
            at: event.at,
            by: event.actor.clone(),
            origin: Origin::default(),
            depth: event.causation.depth.saturating_add(1),
        }
    }

    /// What a job does because of something that is no event, such as the arrival of a file: `what` names it and what is
    /// done, and `by` is who set it off. The same each time the same comes at the same time.
    pub fn because(what: &str, at: Timestamp, by: &Actor) -> Self {
        Self {
            id: Id::from_parts(at, hash80(what.as_bytes())),
            at,
            by: by.clone(),
            origin: Origin::default(),
            depth: 1,
        }
    }

    /// The id of the `nth` record that this command creates: the same each time it is repeated.
    pub fn new_id<K>(&self, nth: u32) -> Id<K> {
        let mut input = self.id.to_string().into_bytes();
        input.extend_from_slice(&nth.to_be_bytes());
        Id::from_parts(self.at, hash80(&input))
    }
}

/// As many bits of a hash as an id has beside its time.
fn hash80(input: &[u8]) -> u128 {
    digest::digest(&digest::SHA256, input)
        .as_ref()
        .iter()
        .take(10)
        .fold(0, |sum, byte| (sum << 8) | u128::from(*byte))
}
