//! Amazon S3, by addresses that are signed: those that others are given, and those that are asked here.
//!
//! AWS's own client for S3 would make a function's package a quarter larger, for ten requests with hardly a body of XML.
//! What is difficult about them, signing and trying again, is left to the parts that the client is made of.

mod exchange;
mod parts;
#[cfg(test)]
pub(super) mod scripted;
mod signing;
#[cfg(test)]
mod tests;

use super::{
    Announced, DOWNLOAD_LIFE, FileVersion, Files, FilesError, Found, LOOKED_AT, Part, Presigned,
    UPLOAD_LIFE, Upload, Written, attachment, gone, hex,
};
use crate::Clock;
use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_lc_rs::digest::{SHA256, digest};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use exchange::{Answer, Exchange, Refused, Weight};
use http::Method;
use jiff::{SignedDuration, Timestamp};
use signing::Signer;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

/// How long an address is good that is asked at once, and some times more.
const OWN_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// The hash of a file, as it is put and told.
const CHECKSUM: &str = "x-amz-checksum-sha256";

/// Where a bucket is.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: String,
    /// What speaks like S3, in its place: there, the bucket is the first part of every path.
    pub endpoint: Option<String>,
}

/// A bucket of S3, or of what speaks like it.
pub struct S3 {
    signer: Signer,
    clock: Arc<dyn Clock>,
    exchange: Exchange,
}

/// What is asked of a bucket.
struct Ask<'a> {
    method: Method,
    key: &'a str,
    query: Vec<(&'static str, &'a str)>,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl<'a> Ask<'a> {
    fn of(method: Method, key: &'a str) -> Self {
        Self {
            method,
            key,
            query: Vec::new(),
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    fn of_version(method: Method, file: &'a FileVersion) -> Self {
        let version = file.version.as_deref();
        let mut ask = Self::of(method, &file.key);
        ask.query
            .extend(version.map(|version| ("versionId", version)));
        ask
    }

    fn query(mut self, name: &'static str, value: &'a str) -> Self {
        self.query.push((name, value));
        self
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn body(self, body: Bytes) -> Self {
        Self { body, ..self }
    }
}

/// What is told of a file without its bytes.
struct About {
    size: u64,
    version: Option<String>,
    etag: String,
    sha256: Option<String>,
    content_type: Option<String>,
}

impl S3 {
    /// Keeps files in `bucket`. What is asked of it here is signed by `clock` and goes through `http`.
    pub fn new(
        bucket: &Bucket,
        credentials: Credentials,
        http: SharedHttpClient,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let signer = Signer::new(bucket, credentials);
        Self {
            exchange: Exchange::new(&http, &signer.origin),
            signer,
            clock,
        }
    }

    async fn send(
        &self,
        weight: Weight,
        ask: Ask<'_>,
    ) -> Result<Result<Answer, Refused>, FilesError> {
        let (request, _) = self.signer.sign(ask, (self.clock.now(), OWN_LIFE))?;
        self.exchange.send(weight, request).await
    }

    /// Asks for something of a file or an upload; none if it is not there.
    async fn ask(&self, weight: Weight, ask: Ask<'_>) -> Result<Option<Answer>, FilesError> {
        match self.send(weight, ask).await? {
            Ok(answer) => Ok(Some(answer)),
            Err(refused) if refused.is_absent() => Ok(None),
            Err(refused) => Err(refused.into()),
        }
    }

    async fn about(&self, file: &FileVersion) -> Result<Option<About>, FilesError> {
        let ask = Ask::of_version(Method::HEAD, file).header("x-amz-checksum-mode", "ENABLED");
        let Some(answer) = self.ask(Weight::Word, ask).await? else {
            return Ok(None);
        };
        Ok(Some(About {
            size: length(answer.told("content-length")?)?,
            version: answer.version().or_else(|| file.version.clone()),
            etag: answer.told("etag")?.to_owned(),
            sha256: answer.header(CHECKSUM).and_then(from_base64),
            content_type: answer.header("content-type").map(str::to_owned),
        }))
    }

    /// What there is to look at from byte `from` on, of a file that was there.
    async fn look(&self, file: &FileVersion, from: u64) -> Result<Bytes, FilesError> {
        let part = self.part(file, from, LOOKED_AT).await?;
        Ok(part.ok_or_else(gone)?.bytes)
    }
}

#[async_trait]
impl Files for S3 {
    async fn presign_upload(
        &self,
        announced: &Announced,
        now: Timestamp,
    ) -> Result<Presigned, FilesError> {
        let mut ask = Ask::of(Method::PUT, &announced.key)
            .header("content-length", announced.size.to_string())
            .header("content-type", &announced.content_type);
        if let Some(sha256) = &announced.sha256 {
            ask = ask.header(CHECKSUM, to_base64(sha256)?);
        }
        let headers = ask.headers.iter();
        let headers = headers.map(|(name, value)| ((*name).to_owned(), value.clone()));
        let headers = headers.collect();
        let (request, expires_at) = self.signer.sign(ask, (now, UPLOAD_LIFE))?;
        Ok(Presigned {
            method: "PUT",
            url: request.uri().to_string(),
            headers,
            expires_at,
        })
    }

    async fn presign_download(
        &self,
        file: &FileVersion,
        file_name: &str,
        content_type: &str,
        now: Timestamp,
    ) -> Result<Presigned, FilesError> {
        let disposition = attachment(file_name);
        let ask = Ask::of_version(Method::GET, file)
            .query("response-content-disposition", &disposition)
            .query("response-content-type", content_type);
        let (request, expires_at) = self.signer.sign(ask, (now, DOWNLOAD_LIFE))?;
        Ok(Presigned {
            method: "GET",
            url: request.uri().to_string(),
            headers: BTreeMap::new(),
            expires_at,
        })
    }

    async fn find(&self, file: &FileVersion) -> Result<Option<Found>, FilesError> {
        let Some(about) = self.about(file).await? else {
            return Ok(None);
        };
        // What is read is what was told of, even if something else was put meanwhile.
        let found = FileVersion {
            key: file.key.clone(),
            version: about.version,
        };
        let (head, tail) = if about.size == 0 {
            (Bytes::new(), Bytes::new())
        } else if about.size <= LOOKED_AT {
            let whole = self.look(&found, 0).await?;
            (whole.clone(), whole)
        } else {
            let tail = about.size - LOOKED_AT;
            tokio::try_join!(self.look(&found, 0), self.look(&found, tail))?
        };
        Ok(Some(Found {
            size: about.size,
            sha256: about.sha256,
            content_type: about.content_type,
            version: found.version,
            head,
            tail,
        }))
    }

    async fn part(
        &self,
        file: &FileVersion,
        from: u64,
        most: u64,
    ) -> Result<Option<Part>, FilesError> {
        if let Some(more) = most.checked_sub(1) {
            let range = format!("bytes={from}-{}", from.saturating_add(more));
            let ask = Ask::of_version(Method::GET, file).header("range", range);
            match self.send(Weight::Bytes, ask).await? {
                Ok(answer) => {
                    let (bytes, size) = match answer.header("content-range") {
                        Some(range) => {
                            let (_, size) = range.rsplit_once('/').unwrap_or_default();
                            (answer.body.clone(), length(size)?)
                        }
                        None => cut(&answer.body, from, most),
                    };
                    return Ok(Some(Part {
                        bytes,
                        size,
                        version: answer.version().or_else(|| file.version.clone()),
                        etag: answer.told("etag")?.to_owned(),
                    }));
                }
                Err(refused) if refused.is_absent() => return Ok(None),
                Err(refused) if refused.is_past_end() => {}
                Err(refused) => return Err(refused.into()),
            }
        }
        let about = self.about(file).await?;
        Ok(about.map(|about| Part {
            bytes: Bytes::new(),
            size: about.size,
            version: about.version,
            etag: about.etag,
        }))
    }

    async fn put(
        &self,
        key: &str,
        content_type: &str,
        bytes: Bytes,
    ) -> Result<Written, FilesError> {
        let size = u64::try_from(bytes.len()).map_err(refused)?;
        let hash = digest(&SHA256, &bytes);
        let ask = Ask::of(Method::PUT, key)
            .header("content-type", content_type)
            .header(CHECKSUM, BASE64.encode(hash))
            .body(bytes);
        let put = self.ask(Weight::Bytes, ask).await?.ok_or_else(gone)?;
        let version = put.version();
        Ok(Written { size, version })
    }

    async fn begin(&self, key: &str, content_type: &str) -> Result<Upload, FilesError> {
        self.begin_upload(key, content_type).await
    }

    async fn send_part(
        &self,
        upload: &Upload,
        number: u32,
        bytes: Bytes,
    ) -> Result<String, FilesError> {
        self.put_part(upload, number, bytes).await
    }

    async fn complete(
        &self,
        upload: &Upload,
        etags: &[String],
        size: u64,
    ) -> Result<Written, FilesError> {
        self.complete_upload(upload, etags, size).await
    }

    async fn abandon(&self, upload: &Upload) -> Result<(), FilesError> {
        self.abandon_upload(upload).await
    }

    async fn remove(&self, files: &[FileVersion]) -> Result<(), FilesError> {
        for file in files {
            let ask = Ask::of_version(Method::DELETE, file);
            self.ask(Weight::Word, ask).await?;
        }
        Ok(())
    }
}

fn refused(error: impl Display) -> FilesError {
    FilesError::Refused(error.to_string())
}

/// The part of a whole file, and how large that is: a server may answer as if no range had been asked for (RFC 9110,
/// section 14.2). S3 never does; stores that speak like it do for a version that is named.
fn cut(whole: &Bytes, from: u64, most: u64) -> (Bytes, u64) {
    let place = |at: u64| usize::try_from(at).map_or(whole.len(), |at| at.min(whole.len()));
    let part = whole.slice(place(from)..place(from.saturating_add(most)));
    (part, u64::try_from(whole.len()).unwrap_or(u64::MAX))
}

/// A length as it is told.
fn length(text: &str) -> Result<u64, FilesError> {
    let unread = |_| FilesError::Unavailable(format!("it tells a length of {text:?}"));
    text.parse().map_err(unread)
}

/// A hash as S3 writes it.
fn to_base64(hex: &str) -> Result<String, FilesError> {
    let digits = hex.as_bytes();
    let bytes: Option<Vec<u8>> = digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    match bytes {
        Some(bytes) if digits.len() == 64 => Ok(BASE64.encode(bytes)),
        Some(_) | None => Err(FilesError::Refused(
            "a SHA-256 is 64 hexadecimal digits".to_owned(),
        )),
    }
}

/// A hash of a whole file as S3 writes it; one of the hashes of its parts has their number behind, and tells nothing.
fn from_base64(text: &str) -> Option<String> {
    let bytes = BASE64.decode(text).ok()?;
    (bytes.len() == 32).then(|| hex(&bytes))
}
