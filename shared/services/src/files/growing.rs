//! Writing a file whose size nobody knows before its end.

use super::{Files, FilesError, Upload, Written};
use bytes::Bytes;
use std::sync::Arc;
use tokio::runtime::Handle;

/// How much is sent at once. S3 takes no parts below 5 MiB, and holding more gains nothing.
const PART: usize = 8 * 1024 * 1024;

/// S3 takes no more: 80 GB of these.
const MOST_PARTS: u32 = 10_000;

/// A file that grows: what is written is sent whenever there is enough of it for a part, and at the end. Until then there is
/// nothing to read, and there never is if it ends before that.
///
/// A function that writes so is to be granted to read what it wrote, too: if the reply to the last request is lost, it has
/// to look.
pub struct Growing {
    files: Arc<dyn Files>,
    key: String,
    content_type: String,
    /// What was not sent yet; less than a part.
    rest: Vec<u8>,
    size: u64,
    /// What was begun, if it is more than one part.
    upload: Option<Upload>,
    etags: Vec<String>,
    /// Whether something was taken from the rest of which it is not known that it arrived.
    broken: bool,
}

impl Growing {
    /// Nothing yet.
    pub fn new(
        files: Arc<dyn Files>,
        key: impl Into<String>,
        content_type: impl Into<String>,
    ) -> Self {
        Self {
            files,
            key: key.into(),
            content_type: content_type.into(),
            rest: Vec::new(),
            size: 0,
            upload: None,
            etags: Vec::new(),
            broken: false,
        }
    }

    /// How much was written.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds to the end.
    ///
    /// # Errors
    /// A part could not be sent, now or before. All that was sent is abandoned.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), FilesError> {
        self.check()?;
        while !bytes.is_empty() {
            let room = PART.saturating_sub(self.rest.len());
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.rest.extend_from_slice(now);
            // A length in memory fits.
            self.size = self
                .size
                .saturating_add(now.len().try_into().unwrap_or(u64::MAX));
            bytes = later;
            if self.rest.len() >= PART {
                let next = Vec::with_capacity(PART);
                let full = std::mem::replace(&mut self.rest, next);
                self.broken = true;
                let sent = self.send(full.into()).await;
                self.or_abandon(sent).await?;
                self.broken = false;
            }
        }
        Ok(())
    }

    /// Ends it. From now on it can be read.
    ///
    /// # Errors
    /// It could not be ended, or a part could not be sent before. All that was sent is abandoned.
    pub async fn finish(mut self) -> Result<Written, FilesError> {
        self.check()?;
        let ended = self.end().await;
        let written = self.or_abandon(ended).await?;
        self.upload = None;
        Ok(written)
    }

    /// What is written after a gap would be another file.
    fn check(&self) -> Result<(), FilesError> {
        if self.broken {
            let reason = "some of it could not be sent before".to_owned();
            return Err(FilesError::Unavailable(reason));
        }
        Ok(())
    }

    async fn send(&mut self, bytes: Bytes) -> Result<(), FilesError> {
        let sent = u32::try_from(self.etags.len()).unwrap_or(u32::MAX);
        let number = sent.saturating_add(1);
        if number > MOST_PARTS {
            return Err(FilesError::Refused("it is too large".to_owned()));
        }
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => none.insert(self.files.begin(&self.key, &self.content_type).await?),
        };
        let etag = self.files.send_part(upload, number, bytes).await?;
        self.etags.push(etag);
        Ok(())
    }

    async fn end(&mut self) -> Result<Written, FilesError> {
        let rest = Bytes::from(std::mem::take(&mut self.rest));
        if self.upload.is_some() && !rest.is_empty() {
            self.send(rest.clone()).await?;
        }
        match &self.upload {
            Some(upload) => self.files.complete(upload, &self.etags, self.size).await,
            None => self.files.put(&self.key, &self.content_type, rest).await,
        }
    }

    async fn or_abandon<T>(&mut self, done: Result<T, FilesError>) -> Result<T, FilesError> {
        if done.is_err()
            && let Some(upload) = self.upload.take()
        {
            abandon(&*self.files, &upload).await;
        }
        done
    }
}

/// If that fails, or the function is frozen before, the rule of the bucket removes the parts after a day.
async fn abandon(files: &dyn Files, upload: &Upload) {
    if let Err(error) = files.abandon(upload).await {
        tracing::warn!(%error, key = upload.key, "parts of a file that ended early are left behind");
    }
}

impl Drop for Growing {
    fn drop(&mut self) {
        let runtime = Handle::try_current();
        if let (Some(upload), Ok(runtime)) = (self.upload.take(), runtime) {
            let files = self.files.clone();
            runtime.spawn(async move { abandon(&*files, &upload).await });
        }
    }
}

#[cfg(test)]
mod tests;
