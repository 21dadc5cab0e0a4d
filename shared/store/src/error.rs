//! Why the store did not do what was asked.

use plat_domain::LeadId;
use thiserror::Error;

/// Outcomes that callers turn into replies, and faults that they cannot mend.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// No such record in this team, or none that this person may see.
    #[error("no such record")]
    NotFound,
    /// The lead was taken in by another, which is to be asked in its place.
    #[error("the lead was merged into {into}")]
    Merged {
        /// Which was asked.
        lead: LeadId,
        /// Which took it in.
        into: LeadId,
    },
    /// The record was changed since the version the caller named.
    #[error("the record is at version {current}")]
    Stale {
        /// The version it has now.
        current: u64,
    },
    /// A value that must be unique is in use; the field's name.
    #[error("{0} is already in use")]
    Taken(&'static str),
    /// A record that the write points to does not exist; the field's name.
    #[error("{0} points to nothing")]
    MissingReference(&'static str),
    /// A bound of the product was reached; its code.
    #[error("limit reached: {0}")]
    LimitReached(&'static str),
    /// Too many writers at once; trying again helps.
    #[error("too many writers of one record")]
    Contended,
    /// DynamoDB did not do it; trying again helps. The text is for the log.
    #[error("the table did not answer: {0}")]
    Unavailable(String),
    /// An item is not of the shape this version writes, or a request was wrong: a fault of ours. For the log.
    #[error("fault in the store: {0}")]
    Fault(String),
}
