//! What stands in the place of what a function was not granted.

use crate::files::{Announced, FileVersion, Found, Presigned};
use crate::{
    Bus, BusError, Files, FilesError, Mail, MailError, Mailer, QueueDepth, QueueError, Queues,
    Sent, TeamMail, TeamMailer,
};
use async_trait::async_trait;
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

    async fn sha256(&self, _: &FileVersion) -> Result<String, FilesError> {
        Err(no_files())
    }

    async fn remove(&self, _: &[FileVersion]) -> Result<(), FilesError> {
        Err(no_files())
    }
}

fn no_mail() -> MailError {
    MailError::Refused("this function was not granted mail".to_owned())
}

fn no_files() -> FilesError {
    FilesError::Refused("this function was not granted files".to_owned())
}
