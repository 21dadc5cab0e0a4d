//! Files: where the bytes of documents are kept, and the addresses at which others put and get them.
//!
//! A client never sends bytes through Plat. It is given an address that is good for one file and a few minutes, and
//! speaks to the store itself. Here belongs what a store of files can do, its form in S3, and what S3 and GuardDuty tell of
//! files. Not here: which files somebody may have, what their keys look like, and what is in them.

mod disposition;
mod notices;
mod s3;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use thiserror::Error;

pub use disposition::attachment;
pub use notices::{Scanned, Uploaded, Verdict, scanned, uploaded};
pub use s3::{Bucket, S3};

/// How long a file can be put once that was asked for: long enough for a large one over a slow line to begin.
pub const UPLOAD_LIFE: SignedDuration = SignedDuration::from_mins(15);

/// How long a file can be got once that was asked for: whoever is sent there goes at once.
pub const DOWNLOAD_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// How much of either end of a file is looked at to find out what it is.
pub const LOOKED_AT: u64 = 64 * 1024;

/// What will be put. The address is good for exactly this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// Where.
    pub key: String,
    /// Its media type.
    pub content_type: String,
    /// Bytes.
    pub size: u64,
    /// The SHA-256 of its bytes: 64 hexadecimal digits in lower case.
    pub sha256: String,
}

/// A request that somebody else can make, without being anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presigned {
    /// Its method.
    pub method: &'static str,
    /// Its address, which holds the signature.
    pub url: String,
    /// Its headers, to be sent exactly so. A browser leaves it to nobody to set `Content-Length`, but sets the same.
    pub headers: BTreeMap<String, String>,
    /// From then on it is refused.
    pub expires_at: Timestamp,
}

/// A file as it was when it was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileVersion {
    /// Where it is.
    pub key: String,
    /// Which of those that were put there; none for the last, and where the store keeps no other.
    pub version: Option<String>,
}

/// What is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Bytes.
    pub size: u64,
    /// Its SHA-256 in hexadecimal digits, if the store vouches for it.
    pub sha256: Option<String>,
    /// The media type that it was put with.
    pub content_type: Option<String>,
    /// Which version was found.
    pub version: Option<String>,
    /// Its first [`LOOKED_AT`] bytes.
    pub head: Bytes,
    /// Its last [`LOOKED_AT`] bytes.
    pub tail: Bytes,
}

/// Why the store did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FilesError {
    /// Trying again may help.
    #[error("the store of files did not answer: {0}")]
    Unavailable(String),
    /// Trying again will not help.
    #[error("the store of files refused: {0}")]
    Refused(String),
}

/// Keeps files.
#[async_trait]
pub trait Files: Send + Sync {
    /// The request by which somebody can put what was announced, and nothing else, within [`UPLOAD_LIFE`].
    async fn presign_upload(
        &self,
        announced: &Announced,
        now: Timestamp,
    ) -> Result<Presigned, FilesError>;

    /// The request by which somebody can get a file within [`DOWNLOAD_LIFE`], as one to be kept under `file_name`.
    async fn presign_download(
        &self,
        file: &FileVersion,
        file_name: &str,
        content_type: &str,
        now: Timestamp,
    ) -> Result<Presigned, FilesError>;

    /// What is there, and how it begins and ends; none if nothing is.
    async fn find(&self, file: &FileVersion) -> Result<Option<Found>, FilesError>;

    /// The SHA-256 of a file in hexadecimal digits, for a store that does not vouch for it. All of it is read.
    async fn sha256(&self, file: &FileVersion) -> Result<String, FilesError>;

    /// Removes files for good. It does no harm if some are gone already.
    async fn remove(&self, files: &[FileVersion]) -> Result<(), FilesError>;
}
