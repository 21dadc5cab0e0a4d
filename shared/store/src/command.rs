//! Who wants a change, when, and under which id.

use aws_lc_rs::digest;
use jiff::Timestamp;
use plat_domain::{Actor, CommandId, Id};

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
}

impl Command {
    /// The id of the `nth` record that this command creates: the same each time it is repeated.
    pub fn new_id<K>(&self, nth: u32) -> Id<K> {
        let mut input = self.id.to_string().into_bytes();
        input.extend_from_slice(&nth.to_be_bytes());
        let hash = digest::digest(&digest::SHA256, &input);
        let random = hash
            .as_ref()
            .iter()
            .take(10)
            .fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
        Id::from_parts(self.at, random)
    }
}
