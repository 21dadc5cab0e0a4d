//! Files: where their bytes are kept, and the addresses at which others put and get them.
//!
//! A client never sends bytes through Plat. It is given an address that is good for one file and a few minutes, and
//! speaks to the store itself. Jobs read and write files too, of any size: a piece at a time, so that no file has to fit
//! into memory. Here belongs what a store of files can do, its form in S3, and what S3 and GuardDuty tell of files. Not
//! here: which files somebody may have, what their keys look like, and what is in them.

mod disposition;
mod growing;
mod notices;
mod pieces;
mod s3;

use async_trait::async_trait;
use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::fmt::Write;
use thiserror::Error;

pub use disposition::attachment;
pub use growing::Growing;
pub use notices::{Scanned, Uploaded, Verdict, scanned, uploaded};
pub use pieces::{PIECE, Pieces};
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
    /// The SHA-256 of its bytes, 64 hexadecimal digits in lower case, if that is to be vouched for: whoever puts a large
    /// file by hand need not hash it first.
    pub sha256: Option<String>,
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

/// Some of what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What was asked for, or less if the file ends before that; nothing from its end on.
    pub bytes: Bytes,
    /// Bytes of the whole file.
    pub size: u64,
    /// Which version it is of.
    pub version: Option<String>,
    /// The store's mark of these bytes. What is put there later has another, even where the store keeps no versions.
    pub etag: String,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Bytes.
    pub size: u64,
    /// Which version it made, where there are versions.
    pub version: Option<String>,
}

/// A file that is being written in parts. There is nothing to read until it is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Where it will be.
    pub key: String,
    /// What the store calls the upload.
    pub id: String,
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

    /// At most `most` bytes of a file from byte `from` on; none if there is no such file. It is all in memory: what may
    /// be large is read by [`Pieces`].
    async fn part(
        &self,
        file: &FileVersion,
        from: u64,
        most: u64,
    ) -> Result<Option<Part>, FilesError>;

    /// The SHA-256 of a file in hexadecimal digits, for a store that does not vouch for it. All of it is read.
    async fn sha256(&self, file: &FileVersion) -> Result<String, FilesError> {
        let mut hash = Context::new(&SHA256);
        let mut pieces = Pieces::of(self, file.clone());
        while let Some(piece) = pieces.next().await? {
            hash.update(&piece);
        }
        Ok(hex(hash.finish().as_ref()))
    }

    /// Writes a file that is small enough to be in memory. What may be large is written by [`Growing`].
    async fn put(&self, key: &str, content_type: &str, bytes: Bytes)
    -> Result<Written, FilesError>;

    /// Begins to write a file in parts. Whoever does has to see to its end: parts are kept, and paid for, until the upload
    /// is completed or abandoned. [`Growing`] does.
    async fn begin(&self, key: &str, content_type: &str) -> Result<Upload, FilesError>;

    /// Sends the part of this number, from 1 to 10,000; all but the last have 5 MiB or more. Returns the store's mark of
    /// it.
    async fn send_part(
        &self,
        upload: &Upload,
        number: u32,
        bytes: Bytes,
    ) -> Result<String, FilesError>;

    /// Makes a file of `size` bytes of the parts with these marks, in this order. It does no harm if that was done
    /// already.
    async fn complete(
        &self,
        upload: &Upload,
        etags: &[String],
        size: u64,
    ) -> Result<Written, FilesError>;

    /// Removes the parts of a file that will not be complete. It does no harm if they are gone already.
    async fn abandon(&self, upload: &Upload) -> Result<(), FilesError>;

    /// Removes files for good. It does no harm if some are gone already.
    async fn remove(&self, files: &[FileVersion]) -> Result<(), FilesError>;
}

fn gone() -> FilesError {
    FilesError::Unavailable("it is not there any more".to_owned())
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
