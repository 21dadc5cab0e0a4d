//! Files that are written in parts: what S3 calls a multipart upload. It is the only thing here that is said in XML.

use super::exchange::{Weight, element};
use super::{Ask, S3};
use crate::files::{FileVersion, FilesError, Upload, Written, gone};
use bytes::Bytes;
use http::Method;
use std::fmt::Write;

const BEGINNING: &str =
    r#"<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">"#;
const END: &str = "</CompleteMultipartUpload>";

impl S3 {
    pub(super) async fn begin_upload(
        &self,
        key: &str,
        content_type: &str,
    ) -> Result<Upload, FilesError> {
        let ask = Ask::of(Method::POST, key)
            .query("uploads", "")
            .header("content-type", content_type);
        let begun = self.ask(Weight::Assembly, ask).await?.ok_or_else(gone)?;
        let id = element(&begun.body, "UploadId");
        let unnamed = || FilesError::Unavailable("it tells no upload".to_owned());
        Ok(Upload {
            key: key.to_owned(),
            id: id.ok_or_else(unnamed)?,
        })
    }

    pub(super) async fn put_part(
        &self,
        upload: &Upload,
        number: u32,
        bytes: Bytes,
    ) -> Result<String, FilesError> {
        let number = number.to_string();
        let ask = Ask::of(Method::PUT, &upload.key)
            .query("partNumber", &number)
            .query("uploadId", &upload.id)
            .body(bytes);
        let sent = self.ask(Weight::Bytes, ask).await?.ok_or_else(gone)?;
        sent.told("etag").map(str::to_owned)
    }

    pub(super) async fn complete_upload(
        &self,
        upload: &Upload,
        etags: &[String],
        size: u64,
    ) -> Result<Written, FilesError> {
        let ask = Ask::of(Method::POST, &upload.key)
            .query("uploadId", &upload.id)
            .body(parts(etags).into());
        if let Some(done) = self.ask(Weight::Assembly, ask).await? {
            let version = done.version();
            return Ok(Written { size, version });
        }
        // There is no such upload, so it was completed before, and the reply to that was lost; unless it was abandoned.
        let file = FileVersion {
            key: upload.key.clone(),
            version: None,
        };
        match self.about(&file).await? {
            Some(found) if found.size == size => Ok(Written {
                size,
                version: found.version,
            }),
            Some(_) | None => Err(gone()),
        }
    }

    pub(super) async fn abandon_upload(&self, upload: &Upload) -> Result<(), FilesError> {
        let ask = Ask::of(Method::DELETE, &upload.key).query("uploadId", &upload.id);
        self.ask(Weight::Word, ask).await?;
        Ok(())
    }
}

/// The parts with these marks, numbered from 1 on.
fn parts(etags: &[String]) -> String {
    let mut xml = BEGINNING.to_owned();
    for (number, etag) in (1..).zip(etags) {
        let etag = escaped(etag);
        // Writing to a string does not fail.
        let _ = write!(
            xml,
            "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
        );
    }
    xml + END
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
