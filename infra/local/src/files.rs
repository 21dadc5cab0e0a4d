//! Files on this machine: what speaks like S3, over a folder, on a port of its own.
//!
//! Addresses are signed by the code that signs them in AWS, and checked by a program that is not ours. What differs: it
//! keeps no versions, one key holds what was put there last; and addresses expire by Plat's clock, which can be set.

mod granted;
mod server;
mod store;
mod uploads;

use crate::queues::{LocalQueues, QueueFileError};
use async_trait::async_trait;
use aws_credential_types::Credentials;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use plat_services::files::{
    Announced, Bucket, FileVersion, Files, FilesError, Found, Part, Presigned, S3, Upload, Written,
};
use plat_services::{Clock, Random, SystemRandom};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::net::TcpListener;

pub(crate) use granted::Granted;

/// The bucket of this machine.
pub const BUCKET: &str = "plat-files";

/// As whom Plat speaks to it. It listens to this machine only.
const KEY_ID: &str = "local";
const SECRET: &str = "local";

/// How many days files are kept whose keys begin so, as the rules of the bucket have it in AWS.
const KEPT: [(&str, u64); 3] = [("exports/", 30), ("imports/", 30), ("work/", 7)];

/// A clock that is behind by more than this was set.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

/// How long a host with a clock that is behind may run.
const RUN: SignedDuration = SignedDuration::from_hours(24);

/// A store of files in a folder.
pub struct LocalFiles {
    /// Where it listens, without a path.
    pub endpoint: String,
    s3: S3,
    /// How far ahead of Plat's clock signatures are dated.
    ahead: SignedDuration,
    clock: Arc<dyn Clock>,
    queues: Arc<LocalQueues>,
    folder: Folder,
    server: tokio::task::JoinHandle<()>,
}

/// Where files are kept. A temporary one goes with the host.
struct Folder {
    path: PathBuf,
    temporary: bool,
}

impl LocalFiles {
    /// Serves the files in `data`, or in a folder that is removed at the end, through `listener`, or on any port. Jobs are
    /// told of uploads through `queues`; `origins` are those whose pages may put and get files.
    pub(crate) async fn start(
        data: Option<&Path>,
        listener: Option<TcpListener>,
        clock: Arc<dyn Clock>,
        queues: Arc<LocalQueues>,
        origins: Vec<String>,
    ) -> std::io::Result<Self> {
        let folder = Folder::open(data)?;
        let listener = match listener {
            Some(listener) => listener,
            None => TcpListener::bind(("127.0.0.1", 0)).await?,
        };
        let endpoint = format!("http://{}", listener.local_addr()?);
        let ahead = ahead(Timestamp::now(), clock.now());
        let store = store::Store::open(&folder.path, clock.clone(), queues.clone())?;
        let front = server::Front::new(store, clock.clone(), ahead, origins);
        let bucket = Bucket {
            name: BUCKET.to_owned(),
            region: "local".to_owned(),
            endpoint: Some(endpoint.clone()),
        };
        let credentials = Credentials::new(KEY_ID, SECRET, None, None, "local");
        let http = aws_smithy_http_client::Builder::new().build_http();
        let dated = Arc::new(Ahead {
            of: clock.clone(),
            by: ahead,
        });
        let files = Self {
            endpoint,
            s3: S3::new(&bucket, credentials, http, dated),
            ahead,
            clock,
            queues,
            folder,
            server: tokio::spawn(front.serve(listener)),
        };
        files.expire().await?;
        Ok(files)
    }

    /// Removes what has been kept long enough, once at each start.
    async fn expire(&self) -> std::io::Result<()> {
        let root = self.folder.path.join(BUCKET);
        let is_old = |key: &str| {
            let kept = KEPT.iter().find(|(prefix, _)| key.starts_with(prefix));
            let modified = std::fs::metadata(root.join(key)).and_then(|file| file.modified());
            let age = modified.ok().and_then(|at| at.elapsed().ok());
            kept.zip(age)
                .is_some_and(|((_, days), age)| age.as_secs() > days * 24 * 60 * 60)
        };
        let old: Vec<FileVersion> = self
            .list()?
            .into_iter()
            .filter(|(key, _)| is_old(key))
            .map(|(key, _)| FileVersion { key, version: None })
            .collect();
        self.s3.remove(&old).await.map_err(std::io::Error::other)
    }

    /// The keys of all files and their sizes in bytes, in order.
    pub fn list(&self) -> std::io::Result<Vec<(String, u64)>> {
        let mut files = Vec::new();
        let root = self.folder.path.join(BUCKET);
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let entry = entry?;
                let about = entry.metadata()?;
                if about.is_dir() {
                    folders.push(entry.path());
                } else if let Ok(key) = entry.path().strip_prefix(&root) {
                    files.push((key.display().to_string(), about.len()));
                }
            }
        }
        files.sort();
        Ok(files)
    }

    /// How many bodies are on their way: in being put, or parts of files that are not complete.
    pub fn on_their_way(&self) -> std::io::Result<usize> {
        let folder = self.folder.path.join(uploads::FOLDER);
        Ok(std::fs::read_dir(folder)?.count())
    }

    /// Tells jobs that a file was put, as S3 does; it need not be true. Returns how many jobs were told.
    pub fn tell_created(&self, key: &str, size: u64) -> Result<usize, QueueFileError> {
        let event = created(key, size, Put::Whole, self.clock.now());
        self.queues.put_file_event(&event)
    }

    /// Tells jobs what a search for malware found in a file, as GuardDuty does: `threat`, or nothing. Returns how many
    /// jobs were told.
    pub fn tell_scanned(&self, key: &str, threat: Option<&str>) -> Result<usize, QueueFileError> {
        let event = scanned(key, threat, self.clock.now());
        self.queues.put_file_event(&event)
    }
}

/// A clock ahead of another.
struct Ahead {
    of: Arc<dyn Clock>,
    by: SignedDuration,
}

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        later(self.of.now(), self.by)
    }
}

impl Drop for LocalFiles {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Folder {
    fn open(data: Option<&Path>) -> std::io::Result<Self> {
        static OPENED: AtomicU32 = AtomicU32::new(0);
        let (path, temporary) = match data {
            Some(data) => (data.join("files"), false),
            None => {
                let number = OPENED.fetch_add(1, Ordering::Relaxed);
                let name = format!("plat-files-{}-{number}", std::process::id());
                (std::env::temp_dir().join(name), true)
            }
        };
        std::fs::create_dir_all(path.join(BUCKET))?;
        Ok(Self { path, temporary })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.temporary
            && let Err(error) = std::fs::remove_dir_all(&self.path)
        {
            tracing::warn!(%error, "a temporary folder was left behind");
        }
    }
}

#[async_trait]
impl Files for LocalFiles {
    async fn presign_upload(
        &self,
        announced: &Announced,
        now: Timestamp,
    ) -> Result<Presigned, FilesError> {
        let dated = later(now, self.ahead);
        let presigned = self.s3.presign_upload(announced, dated).await?;
        Ok(self.by_our_clock(presigned))
    }

    async fn presign_download(
        &self,
        file: &FileVersion,
        file_name: &str,
        content_type: &str,
        now: Timestamp,
    ) -> Result<Presigned, FilesError> {
        let dated = later(now, self.ahead);
        let presigned = self
            .s3
            .presign_download(file, file_name, content_type, dated)
            .await?;
        Ok(self.by_our_clock(presigned))
    }

    async fn find(&self, file: &FileVersion) -> Result<Option<Found>, FilesError> {
        self.s3.find(file).await
    }

    async fn part(
        &self,
        file: &FileVersion,
        from: u64,
        most: u64,
    ) -> Result<Option<Part>, FilesError> {
        self.s3.part(file, from, most).await
    }

    async fn put(
        &self,
        key: &str,
        content_type: &str,
        bytes: Bytes,
    ) -> Result<Written, FilesError> {
        self.s3.put(key, content_type, bytes).await
    }

    async fn begin(&self, key: &str, content_type: &str) -> Result<Upload, FilesError> {
        self.s3.begin(key, content_type).await
    }

    async fn send_part(
        &self,
        upload: &Upload,
        number: u32,
        bytes: Bytes,
    ) -> Result<String, FilesError> {
        self.s3.send_part(upload, number, bytes).await
    }

    async fn complete(
        &self,
        upload: &Upload,
        etags: &[String],
        size: u64,
    ) -> Result<Written, FilesError> {
        self.s3.complete(upload, etags, size).await
    }

    async fn abandon(&self, upload: &Upload) -> Result<(), FilesError> {
        self.s3.abandon(upload).await
    }

    async fn remove(&self, files: &[FileVersion]) -> Result<(), FilesError> {
        self.s3.remove(files).await
    }
}

impl LocalFiles {
    fn by_our_clock(&self, presigned: Presigned) -> Presigned {
        let expires_at = presigned.expires_at.checked_sub(self.ahead);
        Presigned {
            expires_at: expires_at.unwrap_or(presigned.expires_at),
            ..presigned
        }
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
}

/// How far ahead of `ours` signatures are to be dated. What checks them asks the clock of the `machine`, and takes what
/// is dated in the future, but not what expired in the past. So a clock that was set back needs this, and no other.
fn ahead(machine: Timestamp, ours: Timestamp) -> SignedDuration {
    let behind = machine.duration_since(ours);
    if behind > TOLERANCE {
        // Signatures tell whole seconds.
        SignedDuration::from_secs(behind.as_secs()).saturating_add(RUN)
    } else {
        SignedDuration::ZERO
    }
}

/// How a file was put.
#[derive(Debug, Clone, Copy)]
enum Put {
    Whole,
    InParts,
}

/// What S3 tells once a file was put.
fn created(key: &str, size: u64, how: Put, at: Timestamp) -> Value {
    let object = json!({"key": key, "size": size});
    let reason = match how {
        Put::Whole => "PutObject",
        Put::InParts => "CompleteMultipartUpload",
    };
    let detail =
        json!({"version": "0", "bucket": {"name": BUCKET}, "object": object, "reason": reason});
    envelope("aws.s3", "Object Created", at, detail)
}

/// What GuardDuty tells once it searched a file.
fn scanned(key: &str, threat: Option<&str>, at: Timestamp) -> Value {
    let (status, threats) = match threat {
        None => ("NO_THREATS_FOUND", Value::Null),
        Some(name) => ("THREATS_FOUND", json!([{"name": name}])),
    };
    let detail = json!({
        "schemaVersion": "1.0",
        "scanStatus": "COMPLETED",
        "resourceType": "S3_OBJECT",
        "s3ObjectDetails": {"bucketName": BUCKET, "objectKey": key, "s3Throttled": false},
        "scanResultDetails": {"scanResultStatus": status, "threats": threats},
    });
    let kind = "GuardDuty Malware Protection Object Scan Result";
    envelope("aws.guardduty", kind, at, detail)
}

/// As the default bus carries it.
pub(crate) fn envelope(source: &str, kind: &str, at: Timestamp, detail: Value) -> Value {
    let id = format!("{:032x}", SystemRandom::default().bits());
    json!({
        "version": "0",
        "id": id,
        "detail-type": kind,
        "source": source,
        "account": "000000000000",
        "time": at,
        "region": "local",
        "resources": [],
        "detail": detail,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use plat_services::files;

    #[test]
    fn what_is_told_here_reads_like_what_aws_tells() {
        let at: Timestamp = "2026-03-02T15:00:00Z".parse().unwrap();

        let put =
            files::uploaded(&created("documents/a", 5, Put::InParts, at).to_string()).unwrap();
        let clean = files::scanned(&scanned("documents/a", None, at).to_string()).unwrap();
        let bad = files::scanned(&scanned("documents/a", Some("Worm"), at).to_string()).unwrap();

        assert_eq!((put.key.as_str(), put.size, put.at), ("documents/a", 5, at));
        assert_eq!(clean.verdict, files::Verdict::Clean);
        let names = vec!["Worm".to_owned()];
        assert_eq!(bad.verdict, files::Verdict::Threat { names });
    }

    #[test]
    fn signatures_are_dated_ahead_only_of_a_clock_that_is_behind() {
        let machine: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let hours = SignedDuration::from_hours;
        assert_eq!(ahead(machine, machine), SignedDuration::ZERO);
        assert_eq!(ahead(machine, machine + hours(72)), SignedDuration::ZERO);
        assert_eq!(ahead(machine, machine - hours(72)), hours(96));
    }
}
