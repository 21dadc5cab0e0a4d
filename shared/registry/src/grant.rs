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
    /// Send mail of teams.
    SendTeamMail,
    /// See whether mail can be sent.
    InspectMail,
    /// Call third parties: providers of models and of mail.
    CallProviders,
    /// Ask the installation's own model to write.
    AskBedrock,
    /// Tell people where the endpoints are that other systems call.
    NameApi,
    /// Seal secrets of teams.
    SealSecrets,
    /// Open secrets of teams.
    OpenSecrets,
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
            | Self::SendTeamMail
            | Self::InspectMail
            | Self::CallProviders
            | Self::AskBedrock
            | Self::NameApi
            | Self::SealSecrets
            | Self::OpenSecrets
            | Self::PublishEvents
            | Self::SendTo(_)
            | Self::InspectQueues => false,
        }
    }

    /// Whether it is about mail that Plat's own provider delivers.
    pub fn concerns_mail(&self) -> bool {
        match self {
            Self::SendMail | Self::SendTeamMail | Self::InspectMail => true,
            Self::ReadTable
            | Self::WriteTable
            | Self::SignTokens
            | Self::MailTokens
            | Self::CallProviders
            | Self::AskBedrock
            | Self::NameApi
            | Self::SealSecrets
            | Self::OpenSecrets
            | Self::PublishEvents
            | Self::SendTo(_)
            | Self::InspectQueues
            | Self::UploadFiles(_)
            | Self::ReadFiles(_)
            | Self::RemoveFiles(_) => false,
        }
    }

    /// Whether it is about secrets of teams.
    pub fn concerns_secrets(&self) -> bool {
        match self {
            Self::SealSecrets | Self::OpenSecrets => true,
            Self::ReadTable
            | Self::WriteTable
            | Self::SignTokens
            | Self::MailTokens
            | Self::SendMail
            | Self::SendTeamMail
            | Self::InspectMail
            | Self::CallProviders
            | Self::AskBedrock
            | Self::NameApi
            | Self::PublishEvents
            | Self::SendTo(_)
            | Self::InspectQueues
            | Self::UploadFiles(_)
            | Self::ReadFiles(_)
            | Self::RemoveFiles(_) => false,
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
                | Grant::SendTeamMail
                | Grant::InspectMail
                | Grant::CallProviders
                | Grant::AskBedrock
                | Grant::NameApi
                | Grant::SealSecrets
                | Grant::OpenSecrets
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
