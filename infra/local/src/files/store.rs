//! The folder behind what speaks like S3: the operations that Plat uses, and the telling of what was put.

use super::created;
use crate::queues::LocalQueues;
use futures::TryStreamExt;
use plat_services::Clock;
use s3s::checksum::ChecksumHasher;
use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, GetObjectInput, GetObjectOutput, HeadObjectInput,
    HeadObjectOutput, PutObjectInput, PutObjectOutput, StreamingBlob,
};
use s3s::{Body, S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use std::path::Path;
use std::sync::Arc;

pub(super) struct Store {
    folder: FileSystem,
    clock: Arc<dyn Clock>,
    queues: Arc<LocalQueues>,
}

impl Store {
    pub(super) fn open(
        path: &Path,
        clock: Arc<dyn Clock>,
        queues: Arc<LocalQueues>,
    ) -> std::io::Result<Self> {
        let folder =
            FileSystem::new(path).map_err(|error| std::io::Error::other(format!("{error:?}")))?;
        Ok(Self {
            folder,
            clock,
            queues,
        })
    }
}

#[async_trait::async_trait]
impl S3 for Store {
    async fn put_object(
        &self,
        mut request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let mut bytes = Vec::new();
        if let Some(mut body) = request.input.body.take() {
            while let Some(chunk) = body
                .try_next()
                .await
                .map_err(|error| s3_error!(IncompleteBody, "{error}"))?
            {
                bytes.extend_from_slice(&chunk);
            }
        }
        // The folder checks this only once it has replaced what was there.
        if request.input.checksum_sha256.is_some()
            && request.input.checksum_sha256 != sha256(&bytes)
        {
            return Err(s3_error!(
                BadDigest,
                "The SHA256 you specified did not match the calculated checksum."
            ));
        }
        let size = u64::try_from(bytes.len()).map_err(|error| s3_error!(error, EntityTooLarge))?;
        let key = request.input.key.clone();
        request.input.body = Some(StreamingBlob::from(Body::from(bytes)));
        let put = self.folder.put_object(request).await?;
        self.queues
            .put_file_event(&created(&key, size, self.clock.now()))
            .map_err(|error| s3_error!(error, InternalError))?;
        Ok(put)
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        self.folder.get_object(request).await
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        self.folder.head_object(request).await
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.folder.delete_object(request).await
    }
}

/// As S3 writes it.
fn sha256(bytes: &[u8]) -> Option<String> {
    let mut hasher = ChecksumHasher {
        sha256: Some(Default::default()),
        ..ChecksumHasher::default()
    };
    hasher.update(bytes);
    hasher.finalize().checksum_sha256
}
