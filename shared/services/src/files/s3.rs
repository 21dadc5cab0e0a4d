//! Amazon S3.

use super::{
    Announced, DOWNLOAD_LIFE, FileVersion, Files, FilesError, Found, LOOKED_AT, Presigned,
    UPLOAD_LIFE, attachment,
};
use async_trait::async_trait;
use aws_lc_rs::digest::{Context, SHA256};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{
    Builder, RequestChecksumCalculation, ResponseChecksumValidation,
};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::types::ChecksumMode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use std::fmt::{Debug, Write};
use std::time::SystemTime;

/// What some say of a file that is to be removed; S3 itself says nothing.
const GONE: &str = "NoSuchKey";

/// A bucket of S3, or of what speaks like it.
pub struct S3 {
    client: Client,
    bucket: String,
}

impl S3 {
    /// Keeps files in this bucket.
    ///
    /// Checksums are left to what asks for them: otherwise the SDK would sign headers into addresses of which nobody who
    /// is given one would know.
    pub fn new(config: Builder, bucket: String) -> Self {
        let config = config
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .build();
        Self {
            client: Client::from_conf(config),
            bucket,
        }
    }

    fn get(&self, file: &FileVersion) -> GetObjectFluentBuilder {
        self.client
            .get_object()
            .bucket(&self.bucket)
            .key(&file.key)
            .set_version_id(file.version.clone())
    }

    /// The bytes from `from` up to and with `to`.
    async fn part(&self, file: &FileVersion, from: u64, to: u64) -> Result<Bytes, FilesError> {
        let part = self
            .get(file)
            .range(format!("bytes={from}-{to}"))
            .send()
            .await
            .map_err(failed)?;
        let bytes = part.body.collect().await;
        Ok(bytes.map_err(|error| interrupted(&error))?.into_bytes())
    }
}

#[async_trait]
impl Files for S3 {
    async fn presign_upload(
        &self,
        announced: &Announced,
        now: Timestamp,
    ) -> Result<Presigned, FilesError> {
        let size = i64::try_from(announced.size)
            .map_err(|_| FilesError::Refused("no file is as large".to_owned()))?;
        let (config, expires_at) = good_for(UPLOAD_LIFE, now)?;
        let request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(&announced.key)
            .content_type(&announced.content_type)
            .content_length(size)
            .checksum_sha256(to_base64(&announced.sha256)?)
            .presigned(config)
            .await
            .map_err(failed)?;
        Ok(presigned("PUT", &request, expires_at))
    }

    async fn presign_download(
        &self,
        file: &FileVersion,
        file_name: &str,
        content_type: &str,
        now: Timestamp,
    ) -> Result<Presigned, FilesError> {
        let (config, expires_at) = good_for(DOWNLOAD_LIFE, now)?;
        let request = self
            .get(file)
            .response_content_disposition(attachment(file_name))
            .response_content_type(content_type)
            .presigned(config)
            .await
            .map_err(failed)?;
        Ok(presigned("GET", &request, expires_at))
    }

    async fn find(&self, file: &FileVersion) -> Result<Option<Found>, FilesError> {
        let told = self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(&file.key)
            .set_version_id(file.version.clone())
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await;
        let told = match told {
            Ok(told) => told,
            Err(error) => {
                let absent = error.as_service_error().is_some_and(|known| known.is_not_found());
                return if absent { Ok(None) } else { Err(failed(error)) };
            }
        };
        let size = told.content_length.unwrap_or_default().unsigned_abs();
        // What is read is what was told of, even if something else was put meanwhile.
        let found = FileVersion {
            key: file.key.clone(),
            version: told.version_id.or_else(|| file.version.clone()),
        };
        let (head, tail) = if size == 0 {
            (Bytes::new(), Bytes::new())
        } else if size <= LOOKED_AT {
            let whole = self.part(&found, 0, size - 1).await?;
            (whole.clone(), whole)
        } else {
            tokio::try_join!(
                self.part(&found, 0, LOOKED_AT - 1),
                self.part(&found, size - LOOKED_AT, size - 1),
            )?
        };
        Ok(Some(Found {
            size,
            sha256: told.checksum_sha256.as_deref().and_then(from_base64),
            content_type: told.content_type,
            version: found.version,
            head,
            tail,
        }))
    }

    async fn sha256(&self, file: &FileVersion) -> Result<String, FilesError> {
        let mut body = self.get(file).send().await.map_err(failed)?.body;
        let mut hash = Context::new(&SHA256);
        while let Some(bytes) = body.try_next().await.map_err(|error| interrupted(&error))? {
            hash.update(&bytes);
        }
        Ok(hex(hash.finish().as_ref()))
    }

    async fn remove(&self, files: &[FileVersion]) -> Result<(), FilesError> {
        for file in files {
            let removed = self
                .client
                .delete_object()
                .bucket(&self.bucket)
                .key(&file.key)
                .set_version_id(file.version.clone())
                .send()
                .await;
            match removed {
                Err(error) if error.code() != Some(GONE) => return Err(failed(error)),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(())
    }
}

/// How a request is signed that is good for `life` from `now` on. Signatures tell whole seconds.
fn good_for(
    life: SignedDuration,
    now: Timestamp,
) -> Result<(PresigningConfig, Timestamp), FilesError> {
    let refused = |error: &dyn std::fmt::Display| FilesError::Refused(error.to_string());
    let from = Timestamp::from_second(now.as_second()).map_err(|error| refused(&error))?;
    let until = from.checked_add(life).map_err(|error| refused(&error))?;
    let config = PresigningConfig::builder()
        .start_time(SystemTime::from(from))
        .expires_in(life.unsigned_abs())
        .build()
        .map_err(|error| refused(&error))?;
    Ok((config, until))
}

fn presigned(
    method: &'static str,
    request: &PresignedRequest,
    expires_at: Timestamp,
) -> Presigned {
    Presigned {
        method,
        url: request.uri().to_owned(),
        headers: request
            .headers()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        expires_at,
    }
}

/// A reply that says it is the request's fault is final; of anything else it is not known.
fn failed<E>(error: SdkError<E>) -> FilesError
where
    E: ProvideErrorMetadata + Debug,
{
    let refused = matches!(error, SdkError::ConstructionFailure(_))
        || error
            .raw_response()
            .is_some_and(|reply| reply.status().is_client_error());
    let said = match error.as_service_error() {
        Some(known) => format!("{}: {}", known.code().unwrap_or("?"), known.message().unwrap_or("")),
        None => format!("{error:?}"),
    };
    if refused {
        FilesError::Refused(said)
    } else {
        FilesError::Unavailable(said)
    }
}

fn interrupted(error: &dyn Debug) -> FilesError {
    FilesError::Unavailable(format!("{error:?}"))
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

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};

    const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    fn files() -> S3 {
        let config = Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("id", "secret", Some("session".to_owned()), None, "test"));
        S3::new(config, "plat-files".to_owned())
    }

    fn now() -> Timestamp {
        "2026-03-02T15:00:00.789Z".parse().unwrap()
    }

    fn hello() -> Announced {
        Announced {
            key: "documents/a/b".to_owned(),
            content_type: "application/pdf".to_owned(),
            size: 5,
            sha256: HELLO.to_owned(),
        }
    }

    fn parameter<'a>(url: &'a str, name: &str) -> Option<&'a str> {
        let (_, query) = url.split_once('?')?;
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find_map(|(known, value)| (known == name).then_some(value))
    }

    #[tokio::test]
    async fn an_upload_signs_type_length_and_hash() {
        let upload = files().presign_upload(&hello(), now()).await.unwrap();

        let headers: Vec<_> = upload.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            headers,
            [
                ("content-length", "5"),
                ("content-type", "application/pdf"),
                ("x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="),
            ]
        );
        assert_eq!(
            parameter(&upload.url, "X-Amz-SignedHeaders"),
            Some("content-length%3Bcontent-type%3Bhost%3Bx-amz-checksum-sha256")
        );
        assert_eq!(upload.method, "PUT");
        assert!(upload.url.starts_with("https://plat-files.s3.eu-west-1.amazonaws.com/documents/a/b?"), "{}", upload.url);
    }

    #[tokio::test]
    async fn an_address_ends_as_it_says() {
        let upload = files().presign_upload(&hello(), now()).await.unwrap();

        assert_eq!(parameter(&upload.url, "X-Amz-Date"), Some("20260302T150000Z"));
        assert_eq!(parameter(&upload.url, "X-Amz-Expires"), Some("900"));
        assert_eq!(upload.expires_at.to_string(), "2026-03-02T15:15:00Z");
    }

    #[tokio::test]
    async fn a_download_needs_no_headers_and_is_kept_under_its_name() {
        let file = FileVersion {
            key: "documents/a/b".to_owned(),
            version: Some("v1".to_owned()),
        };

        let download = files()
            .presign_download(&file, "Ö.pdf", "application/pdf", now())
            .await
            .unwrap();

        assert!(download.headers.is_empty(), "{:?}", download.headers);
        assert_eq!(parameter(&download.url, "X-Amz-SignedHeaders"), Some("host"));
        assert_eq!(parameter(&download.url, "X-Amz-Expires"), Some("300"));
        assert_eq!(parameter(&download.url, "versionId"), Some("v1"));
        assert_eq!(parameter(&download.url, "response-content-type"), Some("application%2Fpdf"));
        assert_eq!(
            parameter(&download.url, "response-content-disposition"),
            Some("attachment%3B%20filename%3D%22_.pdf%22%3B%20filename%2A%3DUTF-8%27%27%25C3%2596.pdf")
        );
    }

    #[tokio::test]
    async fn what_is_no_hash_is_not_signed() {
        for wrong in ["", "2cf2", &"z".repeat(64), &"é".repeat(32)] {
            let announced = Announced {
                sha256: wrong.to_owned(),
                ..hello()
            };
            let refused = files().presign_upload(&announced, now()).await;
            assert!(matches!(refused, Err(FilesError::Refused(_))), "{wrong}");
        }
    }

    #[test]
    fn a_hash_of_hashes_does_not_pass_for_the_hash_of_a_file() {
        let hash = to_base64(HELLO).unwrap();
        assert_eq!(from_base64(&hash).as_deref(), Some(HELLO));
        assert_eq!(from_base64(&format!("{hash}-3")), None);
        assert_eq!(from_base64("LPJN"), None);
    }
}
