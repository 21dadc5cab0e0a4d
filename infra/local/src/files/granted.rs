//! Files for one function: no more of them than it was granted.

use async_trait::async_trait;
use jiff::Timestamp;
use plat_registry::Grant;
use plat_services::files::{Announced, FileVersion, Files, FilesError, Found, Presigned};
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

    async fn sha256(&self, file: &FileVersion) -> Result<String, FilesError> {
        self.may_read(&file.key)?;
        self.files.sha256(file).await
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
    async fn refused(grants: &'static [Grant], key: &str) -> [bool; 3] {
        let files = Granted::new(Arc::new(NotGranted), grants);
        let file = FileVersion {
            key: key.to_owned(),
            version: None,
        };
        let announced = Announced {
            key: key.to_owned(),
            content_type: String::new(),
            size: 1,
            sha256: String::new(),
        };
        let ours = |error: FilesError| error.to_string().contains("was not granted to");
        [
            files
                .presign_upload(&announced, Timestamp::UNIX_EPOCH)
                .await
                .is_err_and(ours),
            files.find(&file).await.is_err_and(ours),
            files.remove(&[file]).await.is_err_and(ours),
        ]
    }

    #[tokio::test]
    async fn each_grant_is_for_one_thing_under_one_prefix() {
        const UPLOAD: &[Grant] = &[Grant::UploadFiles("documents/")];
        const READ: &[Grant] = &[Grant::ReadTable, Grant::ReadFiles("documents/")];
        const REMOVE: &[Grant] = &[Grant::RemoveFiles("documents/")];
        for (grants, expected) in [
            (UPLOAD, [false, true, true]),
            (READ, [true, false, true]),
            (REMOVE, [true, true, false]),
        ] {
            assert_eq!(refused(grants, "documents/a").await, expected);
            assert_eq!(refused(grants, "exports/a").await, [true; 3]);
        }
    }
}
