//! Reading a file of any size, one piece after the other.

use super::{FileVersion, Files, FilesError, gone};
use bytes::Bytes;

/// How much of a file is read at once: large enough for requests not to count, and small enough for the smallest function
/// to hold a few.
pub const PIECE: u64 = 8 * 1024 * 1024;

/// Reads a file piece by piece. All of them are of what was there when the first was read, whatever is put there later.
pub struct Pieces<'a, F: ?Sized = dyn Files> {
    files: &'a F,
    file: FileVersion,
    at: u64,
    /// Size and mark of the file, once something was read.
    seen: Option<(u64, String)>,
}

impl<'a, F: Files + ?Sized> Pieces<'a, F> {
    /// A file from its beginning.
    pub fn of(files: &'a F, file: FileVersion) -> Self {
        Self {
            files,
            file,
            at: 0,
            seen: None,
        }
    }

    /// The same from byte `at` on, for work that was interrupted there. It is of the same file if its version is named.
    #[must_use]
    pub fn starting_at(self, at: u64) -> Self {
        Self { at, ..self }
    }

    /// The next [`PIECE`], or what is left; none at the end.
    ///
    /// # Errors
    /// There is no such file, it was replaced where no versions are kept, or the store does not answer.
    pub async fn next(&mut self) -> Result<Option<Bytes>, FilesError> {
        if self.seen.as_ref().is_some_and(|(size, _)| *size <= self.at) {
            return Ok(None);
        }
        let part = self.files.part(&self.file, self.at, PIECE).await?;
        let part = part.ok_or_else(gone)?;
        let found = (part.size, part.etag);
        if self.seen.as_ref().is_some_and(|seen| *seen != found) {
            return Err(FilesError::Refused(
                "it was replaced while it was read".to_owned(),
            ));
        }
        if part.bytes.is_empty() && self.at < part.size {
            return Err(FilesError::Unavailable("nothing came of it".to_owned()));
        }
        self.seen = Some(found);
        self.file.version = part.version.or(self.file.version.take());
        // A length in memory fits.
        self.at = self
            .at
            .saturating_add(part.bytes.len().try_into().unwrap_or(u64::MAX));
        Ok(Some(part.bytes).filter(|bytes| !bytes.is_empty()))
    }

    /// Where the next piece begins.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// How large the file is, once something was read.
    pub fn size(&self) -> Option<u64> {
        self.seen.as_ref().map(|(size, _)| *size)
    }

    /// Which file it is; with its version, where there are versions, once something was read.
    pub fn file(&self) -> &FileVersion {
        &self.file
    }
}

#[cfg(test)]
mod tests;
