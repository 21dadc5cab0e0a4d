//! What stands in the place of what a function was not granted.

use crate::files::{Announced, FileVersion, Found, Part, Presigned, Upload, Written};
use crate::outgoing::{Request, Response};
use crate::vault::{Context, Sealed, Secret, VaultError};
use crate::{
    Bus, BusError, Files, FilesError, Mail, MailError, Mailer, Outgoing, OutgoingError, QueueDepth,
    QueueError, Queues, Sent, TeamMail, TeamMailer, Vault,
};
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use plat_domain::Event;
use serde_json::Value;

/// In the place of what a function was not granted: its role would refuse, so this does at once.
#[derive(Debug, Clone, Copy)]
pub struct NotGranted;

#[async_trait]
impl Mailer for NotGranted {
    async fn send(&self, _: &Mail) -> Result<Sent, MailError> {
        Err(no_mail())
    }
}

#[async_trait]
impl TeamMailer for NotGranted {
    async fn send_for_team(&self, _: &TeamMail) -> Result<Sent, MailError> {
        Err(no_mail())
    }
}

#[async_trait]
impl Bus for NotGranted {
    async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        Err(BusError {
            left: events.len(),
            reason: "this function was not granted the bus".to_owned(),
        })
    }
}

#[async_trait]
impl Queues for NotGranted {
    async fn send(&self, job: &str, _: &[Value]) -> Result<(), QueueError> {
        Err(QueueError::Unknown(job.to_owned()))
    }

    async fn depths(&self) -> Result<Vec<QueueDepth>, QueueError> {
        Err(QueueError::Unknown("any job".to_owned()))
    }
}

#[async_trait]
impl Files for NotGranted {
    async fn presign_upload(&self, _: &Announced, _: Timestamp) -> Result<Presigned, FilesError> {
        Err(no_files())
    }

    async fn presign_download(
        &self,
        _: &FileVersion,
        _: &str,
        _: &str,
        _: Timestamp,
    ) -> Result<Presigned, FilesError> {
        Err(no_files())
    }

    async fn find(&self, _: &FileVersion) -> Result<Option<Found>, FilesError> {
        Err(no_files())
    }

    async fn part(&self, _: &FileVersion, _: u64, _: u64) -> Result<Option<Part>, FilesError> {
        Err(no_files())
    }

    async fn put(&self, _: &str, _: &str, _: Bytes) -> Result<Written, FilesError> {
        Err(no_files())
    }

    async fn begin(&self, _: &str, _: &str) -> Result<Upload, FilesError> {
        Err(no_files())
    }

    async fn send_part(&self, _: &Upload, _: u32, _: Bytes) -> Result<String, FilesError> {
        Err(no_files())
    }

    async fn complete(&self, _: &Upload, _: &[String], _: u64) -> Result<Written, FilesError> {
        Err(no_files())
    }

    async fn abandon(&self, _: &Upload) -> Result<(), FilesError> {
        Err(no_files())
    }

    async fn remove(&self, _: &[FileVersion]) -> Result<(), FilesError> {
        Err(no_files())
    }
}

#[async_trait]
impl Outgoing for NotGranted {
    async fn send(&self, _: Request) -> Result<Response, OutgoingError> {
        Err(OutgoingError::Malformed(
            "this function was not granted third parties",
        ))
    }
}

#[async_trait]
impl Vault for NotGranted {
    async fn seal(&self, _: &Context, _: &Secret) -> Result<Sealed, VaultError> {
        Err(no_secrets())
    }

    async fn open(&self, _: &Context, _: &Sealed) -> Result<Secret, VaultError> {
        Err(no_secrets())
    }
}

fn no_mail() -> MailError {
    MailError::Refused("this function was not granted mail".to_owned())
}

fn no_files() -> FilesError {
    FilesError::Refused("this function was not granted files".to_owned())
}

fn no_secrets() -> VaultError {
    VaultError::Refused("this function was not granted secrets".to_owned())
}
