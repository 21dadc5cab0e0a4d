//! Bytes on their way: what comes in is written into a folder of its own first, piece by piece, and into the store's once
//! it is known to be what it should be, and all of it. None of it outlives the process.

use bytes::{Bytes, BytesMut};
use futures::stream::{self, Stream, TryStreamExt};
use plat_services::{Random, SystemRandom};
use s3s::checksum::ChecksumHasher;
use s3s::dto::{CompletedPart, ETag, StreamingBlob};
use s3s::{S3Error, S3Result, s3_error};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The folder: not the name of a bucket.
pub(super) const FOLDER: &str = ".uploads";

/// The limits of S3.
const NUMBERS: std::ops::RangeInclusive<i32> = 1..=10_000;
const LEAST: u64 = 5 * 1024 * 1024;

/// How much is read at once.
const READ: usize = 256 * 1024;

/// What was begun and is not complete.
pub(super) struct Uploads {
    folder: PathBuf,
    begun: Mutex<HashMap<String, Begun>>,
}

/// A file that comes in parts.
struct Begun {
    key: String,
    content_type: Option<String>,
    parts: BTreeMap<i32, Arc<Spooled>>,
}

/// What makes a file of its parts.
pub(super) struct Assembled {
    pub(super) content_type: Option<String>,
    pub(super) parts: Vec<Arc<Spooled>>,
}

/// Bytes that came. They go with this.
pub(super) struct Spooled {
    path: PathBuf,
    pub(super) size: u64,
    /// As S3 writes it.
    pub(super) sha256: String,
}

impl Drop for Spooled {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(%error, "a part of a file was left behind");
        }
    }
}

impl Uploads {
    /// Uploads to what is kept in `root`. Those that were begun before are abandoned.
    pub(super) fn open(root: &Path) -> io::Result<Self> {
        let folder = root.join(FOLDER);
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Err(_) | Ok(()) => {}
        }
        std::fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            begun: Mutex::default(),
        })
    }

    fn begun(&self) -> MutexGuard<'_, HashMap<String, Begun>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in all of a body.
    pub(super) async fn spool(&self, body: Option<StreamingBlob>) -> S3Result<Spooled> {
        let path = self.folder.join(name());
        let mut file = File::create(&path).await.map_err(failed)?;
        let mut spooled = Spooled {
            path,
            size: 0,
            sha256: String::new(),
        };
        let mut hash = ChecksumHasher {
            sha256: Some(Default::default()),
            ..ChecksumHasher::default()
        };
        let mut body = body.ok_or_else(|| s3_error!(IncompleteBody))?;
        while let Some(bytes) = body
            .try_next()
            .await
            .map_err(|error| s3_error!(IncompleteBody, "{error}"))?
        {
            hash.update(&bytes);
            // A length in memory fits.
            spooled.size += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            file.write_all(&bytes).await.map_err(failed)?;
        }
        file.flush().await.map_err(failed)?;
        spooled.sha256 = hash.finalize().checksum_sha256.unwrap_or_default();
        Ok(spooled)
    }

    /// Begins, and returns the name of the upload.
    pub(super) fn begin(&self, key: String, content_type: Option<String>) -> String {
        let id = name();
        let begun = Begun {
            key,
            content_type,
            parts: BTreeMap::new(),
        };
        self.begun().insert(id.clone(), begun);
        id
    }

    /// Adds a part, or replaces it, and returns its mark.
    pub(super) fn add(&self, id: &str, key: &str, number: i32, part: Spooled) -> S3Result<ETag> {
        if !NUMBERS.contains(&number) {
            return Err(s3_error!(InvalidArgument, "Part numbers are 1 to 10000."));
        }
        let etag = part.etag();
        let mut all = self.begun();
        let begun = all.get_mut(id).filter(|begun| begun.key == key);
        let begun = begun.ok_or_else(|| s3_error!(NoSuchUpload))?;
        begun.parts.insert(number, Arc::new(part));
        Ok(etag)
    }

    /// The file that these parts make. The upload stays until it is ended.
    pub(super) fn assemble(
        &self,
        id: &str,
        key: &str,
        parts: Vec<CompletedPart>,
    ) -> S3Result<Assembled> {
        let all = self.begun();
        let begun = all.get(id).filter(|begun| begun.key == key);
        let begun = begun.ok_or_else(|| s3_error!(NoSuchUpload))?;
        let mut assembled = Assembled {
            content_type: begun.content_type.clone(),
            parts: Vec::new(),
        };
        let mut before = 0;
        for named in parts {
            let number = named.part_number.ok_or_else(|| s3_error!(MalformedXML))?;
            if number <= before {
                return Err(s3_error!(InvalidPartOrder));
            }
            before = number;
            let part = begun.parts.get(&number);
            let part = part.filter(|part| named.e_tag == Some(part.etag()));
            let part = part.ok_or_else(|| s3_error!(InvalidPart))?;
            if assembled.parts.last().is_some_and(|last| last.size < LEAST) {
                return Err(s3_error!(EntityTooSmall));
            }
            assembled.parts.push(part.clone());
        }
        if assembled.parts.is_empty() {
            return Err(s3_error!(MalformedXML));
        }
        Ok(assembled)
    }

    /// Forgets an upload and its parts.
    pub(super) fn end(&self, id: &str) -> S3Result<()> {
        let ended = self.begun().remove(id);
        ended.map(drop).ok_or_else(|| s3_error!(NoSuchUpload))
    }
}

impl Spooled {
    fn etag(&self) -> ETag {
        ETag::Strong(self.sha256.clone())
    }
}

/// The bytes of these, one after the other.
pub(super) fn bytes_of(parts: Vec<Arc<Spooled>>) -> StreamingBlob {
    let files = stream::iter(parts.into_iter().map(io::Result::Ok));
    StreamingBlob::wrap(files.map_ok(read).try_flatten())
}

fn read(part: Arc<Spooled>) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold((part, None), |(part, file)| async move {
        let mut file = match file {
            Some(file) => file,
            None => File::open(&part.path).await?,
        };
        let mut bytes = BytesMut::with_capacity(READ);
        let more = file.read_buf(&mut bytes).await? > 0;
        Ok(more.then(|| (bytes.freeze(), (part, Some(file)))))
    })
}

fn failed(error: io::Error) -> S3Error {
    s3_error!(error, InternalError)
}

fn name() -> String {
    format!("{:032x}", SystemRandom::default().bits())
}

#[cfg(test)]
mod tests {
    use super::*;
    use s3s::Body;

    #[tokio::test]
    async fn what_was_not_complete_is_gone_at_the_next_start() {
        let root = std::env::temp_dir().join(format!("plat-uploads-{}", name()));
        let before = Uploads::open(&root).unwrap();
        let id = before.begin("exports/a".to_owned(), None);
        let body = StreamingBlob::from(Body::from("hello".to_owned()));
        let part = before.spool(Some(body)).await.unwrap();
        before.add(&id, "exports/a", 1, part).unwrap();
        let kept = || std::fs::read_dir(root.join(FOLDER)).unwrap().count();
        assert_eq!(kept(), 1);

        // As if the process were killed.
        std::mem::forget(before);
        let after = Uploads::open(&root).unwrap();

        assert_eq!(kept(), 0);
        assert!(after.end(&id).is_err());
        std::fs::remove_dir_all(root).unwrap();
    }
}
