//! Files for one function: no more of them than it was granted.

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use plat_registry::Grant;
use plat_services::files::{
    Announced, FileVersion, Files, FilesError, Found, Part, Presigned, Upload, Written,
};
use std::sync::Arc;

/// Files of which a function may do what its grants say, as the role does in AWS that it has there.
pub(crate) struct Granted {
    files: Arc<dyn Files>,
    grants: &'static [Grant],
}

impl Granted {
    pub(crate) fn new(files: Arc<dyn Files>, grants: &'static [Grant]) -> Self {
        Self { files, grants }
    }

    fn may(&self, what: &str, key: &str, fits: fn(&Grant, &str) -> bool) -> Result<(), FilesError> {
        if self.grants.iter().any(|grant| fits(grant, key)) {
            return Ok(());
        }
        Err(FilesError::Refused(format!(
            "this function was not granted to {what} {key}"
        )))
    }

    fn may_upload(&self, key: &str) -> Result<(), FilesError> {
        self.may(
            "put",
            key,
            |grant, key| matches!(grant, Grant::UploadFiles(prefix) if key.starts_with(prefix)),
        )
    }

    fn may_read(&self, key: &str) -> Result<(), FilesError> {
        self.may(
            "read",
            key,
            |grant, key| matches!(grant, Grant::ReadFiles(prefix) if key.starts_with(prefix)),
        )
    }

    fn may_remove(&self, key: &str) -> Result<(), FilesError> {
        self.may(
            "remove",
            key,
            |grant, key| matches!(grant, Grant::RemoveFiles(prefix) if key.starts_with(prefix)),
        )
    }
}

#[async_trait]
impl Files for Granted {
    async fn presign_upload(
        &self,
        announced: &Announced,
        now: Timestamp,
    ) -> Result<Presigned, FilesError> {
        self.may_upload(&announced.key)?;
        self.files.presign_upload(announced, now).await
    }

    async fn presign_download(
        &self,
        file: &FileVersion,
        file_name: &str,
        content_type: &str,
        now: Timestamp,
    ) -> Result<Presigned, FilesError> {
        self.may_read(&file.key)?;
        self.files
            .presign_download(file, file_name, content_type, now)
            .await
    }

    async fn find(&self, file: &FileVersion) -> Result<Option<Found>, FilesError> {
        self.may_read(&file.key)?;
        self.files.find(file).await
    }

    async fn part(
        &self,
        file: &FileVersion,
        from: u64,
        most: u64,
    ) -> Result<Option<Part>, FilesError> {
        self.may_read(&file.key)?;
        self.files.part(file, from, most).await
    }

    async fn put(
        &self,
        key: &str,
        content_type: &str,
        bytes: Bytes,
    ) -> Result<Written, FilesError> {
        self.may_upload(key)?;
        self.files.put(key, content_type, bytes).await
    }

    async fn begin(&self, key: &str, content_type: &str) -> Result<Upload, FilesError> {
        self.may_upload(key)?;
        // Or it could not look whether it completed what it began.
        self.may_read(key)?;
        self.files.begin(key, content_type).await
    }

    async fn send_part(
        &self,
        upload: &Upload,
        number: u32,
        bytes: Bytes,
    ) -> Result<String, FilesError> {
        self.may_upload(&upload.key)?;
        self.files.send_part(upload, number, bytes).await
    }

    async fn complete(
        &self,
        upload: &Upload,
        etags: &[String],
        size: u64,
    ) -> Result<Written, FilesError> {
        self.may_upload(&upload.key)?;
        self.files.complete(upload, etags, size).await
    }

    async fn abandon(&self, upload: &Upload) -> Result<(), FilesError> {
        self.may_upload(&upload.key)?;
        self.files.abandon(upload).await
    }

    async fn remove(&self, files: &[FileVersion]) -> Result<(), FilesError> {
        for file in files {
            self.may_remove(&file.key)?;
        }
        self.files.remove(files).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plat_services::NotGranted;

    /// What stands behind refuses too, in other words.
    fn ours<T>(done: Result<T, FilesError>) -> bool {
        done.is_err_and(|error| error.to_string().contains("was not granted to"))
    }

    /// Whether it is refused to have a file put, to put one, to read and to remove it.
    async fn refused(grants: &'static [Grant], key: &str) -> [bool; 5] {
        let files = Granted::new(Arc::new(NotGranted), grants);
        let file = FileVersion {
            key: key.to_owned(),
            version: None,
        };
        let announced = Announced {
            key: key.to_owned(),
            content_type: String::new(),
            size: 1,
            sha256: None,
        };
        [
            ours(
                files
                    .presign_upload(&announced, Timestamp::UNIX_EPOCH)
                    .await,
            ),
            ours(files.put(key, "", Bytes::new()).await),
            ours(files.find(&file).await),
            ours(files.part(&file, 0, 1).await),
            ours(files.remove(&[file]).await),
        ]
    }

    #[tokio::test]
    async fn each_grant_is_for_one_thing_under_one_prefix() {
        const UPLOAD: &[Grant] = &[Grant::UploadFiles("documents/")];
        const READ: &[Grant] = &[Grant::ReadTable, Grant::ReadFiles("documents/")];
        const REMOVE: &[Grant] = &[Grant::RemoveFiles("documents/")];
        for (grants, expected) in [
            (UPLOAD, [false, false, true, true, true]),
            (READ, [true, true, false, false, true]),
            (REMOVE, [true, true, true, true, false]),
        ] {
            assert_eq!(refused(grants, "documents/a").await, expected);
            assert_eq!(refused(grants, "exports/a").await, [true; 5]);
        }
    }

    #[tokio::test]
    async fn to_write_in_parts_takes_the_grant_to_read_too() {
        const UPLOAD: &[Grant] = &[Grant::UploadFiles("exports/")];
        const READ: &[Grant] = &[Grant::ReadFiles("exports/")];
        const BOTH: &[Grant] = &[Grant::UploadFiles("exports/"), Grant::ReadFiles("exports/")];
        let upload = Upload {
            key: "exports/a".to_owned(),
            id: String::new(),
        };
        for (grants, begin, go_on) in [
            (UPLOAD, true, false),
            (READ, true, true),
            (BOTH, false, false),
        ] {
            let files = Granted::new(Arc::new(NotGranted), grants);
            assert_eq!(
                ours(files.begin(&upload.key, "").await),
                begin,
                "{grants:?}"
            );
            let sent = files.send_part(&upload, 1, Bytes::new()).await;
            let completed = files.complete(&upload, &[], 1).await;
            let abandoned = files.abandon(&upload).await;
            assert_eq!(
                [ours(sent), ours(completed), ours(abandoned)],
                [go_on; 3],
                "{grants:?}"
            );
        }
    }
}
