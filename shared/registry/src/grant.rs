//! What functions may do. The stacks make roles of it; the local host holds functions to it in their place.

use crate::{AccessRule, Function};
use http::Method;
use std::collections::BTreeSet;

/// What a function may do beyond answering; becomes its role's policy and nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grant {
    /// Get, batch-get and query the table.
    ReadTable,
    /// Put, update, delete and check items.
    WriteTable,
    /// Sign access tokens, and make and read the tokens that are refreshed or mailed.
    SignTokens,
    /// Make and read the tokens that are refreshed or mailed.
    MailTokens,
    /// Send mail.
    SendMail,
    /// See whether mail can be sent.
    InspectMail,
    /// Put events on the bus.
    PublishEvents,
    /// Put messages into the queue of this job.
    SendTo(&'static str),
    /// See how full every queue is.
    InspectQueues,
    /// Put files whose keys begin so, or have others put them.
    UploadFiles(&'static str),
    /// Read files whose keys begin so, or have others read them.
    ReadFiles(&'static str),
    /// Remove files whose keys begin so.
    RemoveFiles(&'static str),
}

impl Grant {
    /// Whether it is about files.
    pub fn concerns_files(&self) -> bool {
        match self {
            Self::UploadFiles(_) | Self::ReadFiles(_) | Self::RemoveFiles(_) => true,
            Self::ReadTable
            | Self::WriteTable
            | Self::SignTokens
            | Self::MailTokens
            | Self::SendMail
            | Self::InspectMail
            | Self::PublishEvents
            | Self::SendTo(_)
            | Self::InspectQueues => false,
        }
    }
}

impl Function {
    /// The actions on the table that it may do, as IAM names them without their prefix: those of its grants, and those
    /// that follow from how it is declared.
    pub fn table_actions(&self) -> BTreeSet<&'static str> {
        let mut actions = BTreeSet::new();
        if let Self::Endpoint(endpoint) = self {
            if endpoint.access != AccessRule::Open {
                // The gate and the limits count.
                actions.insert("UpdateItem");
                if endpoint.methods().any(|method| *method == Method::POST) {
                    // The reply is kept for whoever repeats the request.
                    actions.insert("PutItem");
                }
            }
            if endpoint.access.needs_token() {
                // The public keys.
                actions.insert("GetItem");
            }
        }
        for grant in self.grants() {
            match grant {
                Grant::ReadTable => actions.extend(["BatchGetItem", "GetItem", "Query"]),
                Grant::WriteTable => actions.extend([
                    "BatchWriteItem",
                    "ConditionCheckItem",
                    "DeleteItem",
                    "PutItem",
                    "UpdateItem",
                ]),
                // The public key is made known before the first token.
                Grant::SignTokens => actions.extend(["GetItem", "PutItem", "UpdateItem"]),
                Grant::MailTokens
                | Grant::SendMail
                | Grant::InspectMail
                | Grant::PublishEvents
                | Grant::SendTo(_)
                | Grant::InspectQueues
                | Grant::UploadFiles(_)
                | Grant::ReadFiles(_)
                | Grant::RemoveFiles(_) => {}
            }
        }
        actions
    }
}
