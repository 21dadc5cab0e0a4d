//! The folder behind what speaks like S3: the operations that Plat uses, and the telling of what was put.

use super::uploads::{Uploads, bytes_of};
use super::{Put, created};
use crate::queues::LocalQueues;
use plat_services::Clock;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput,
    DeleteObjectInput, DeleteObjectOutput, GetObjectInput, GetObjectOutput, HeadObjectInput,
    HeadObjectOutput, PutObjectInput, PutObjectOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use std::path::Path;
use std::sync::Arc;

pub(super) struct Store {
    folder: FileSystem,
    uploads: Uploads,
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
            uploads: Uploads::open(path)?,
            clock,
            queues,
        })
    }

    /// Tells jobs what was put.
    fn tell(&self, key: &str, size: u64, how: Put) -> S3Result<()> {
        let event = created(key, size, how, self.clock.now());
        let told = self.queues.put_file_event(&event);
        told.map(drop)
            .map_err(|error| s3_error!(error, InternalError))
    }
}

#[async_trait::async_trait]
impl S3 for Store {
    async fn put_object(
        &self,
        mut request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let spooled = self.uploads.spool(request.input.body.take()).await?;
        // The folder checks this only once it has replaced what was there.
        let hash = &request.input.checksum_sha256;
        if hash.as_ref().is_some_and(|hash| *hash != spooled.sha256) {
            return Err(s3_error!(
                BadDigest,
                "The SHA256 you specified did not match the calculated checksum."
            ));
        }
        let (key, size) = (request.input.key.clone(), spooled.size);
        request.input.body = Some(bytes_of(vec![Arc::new(spooled)]));
        let put = self.folder.put_object(request).await?;
        self.tell(&key, size, Put::Whole)?;
        Ok(put)
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let asked = request.input;
        let id = self.uploads.begin(asked.key.clone(), asked.content_type);
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(asked.bucket),
            key: Some(asked.key),
            upload_id: Some(id),
            ..CreateMultipartUploadOutput::default()
        }))
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let part = request.input;
        let uploads = &self.uploads;
        let spooled = uploads.spool(part.body).await?;
        let etag = uploads.add(&part.upload_id, &part.key, part.part_number, spooled)?;
        Ok(S3Response::new(UploadPartOutput {
            e_tag: Some(etag),
            ..UploadPartOutput::default()
        }))
    }

    /// What the folder itself would do leaves the hash of what was there before, and loses the parts if it fails.
    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let asked = request.input.clone();
        let parts = asked.multipart_upload.and_then(|named| named.parts);
        let parts = parts.unwrap_or_default();
        let whole = self.uploads.assemble(&asked.upload_id, &asked.key, parts)?;
        let size = whole.parts.iter().map(|part| part.size).sum();
        let put = request.map_input(|asked| PutObjectInput {
            bucket: asked.bucket,
            key: asked.key,
            content_type: whole.content_type,
            body: Some(bytes_of(whole.parts)),
            ..PutObjectInput::default()
        });
        let put = self.folder.put_object(put).await?.output;
        self.tell(&asked.key, size, Put::InParts)?;
        self.uploads.end(&asked.upload_id)?;
        Ok(S3Response::new(CompleteMultipartUploadOutput {
            bucket: Some(asked.bucket),
            key: Some(asked.key),
            e_tag: put.e_tag,
            ..CompleteMultipartUploadOutput::default()
        }))
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        self.uploads.end(&request.input.upload_id)?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
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
