//! Where the bytes of a document are kept. Nothing that a client wrote is part of it.

use std::fmt;
use std::str::FromStr;

use crate::{DocumentId, TeamId, UploadId};

/// How the keys of all documents begin.
pub const DOCUMENTS: &str = "documents/";

/// The key of one version's file: `documents/<team>/<document>/<upload>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileKey {
    /// Whose it is.
    pub team: TeamId,
    /// The document.
    pub document: DocumentId,
    /// Which of its files.
    pub upload: UploadId,
}

/// A key of another shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no key of a document's file")]
pub struct ForeignKey;

impl fmt::Display for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            team,
            document,
            upload,
        } = self;
        write!(f, "{DOCUMENTS}{team}/{document}/{upload}")
    }
}

impl FromStr for FileKey {
    type Err = ForeignKey;

    fn from_str(text: &str) -> Result<Self, ForeignKey> {
        let read = || {
            let (team, rest) = text.strip_prefix(DOCUMENTS)?.split_once('/')?;
            let (document, upload) = rest.split_once('/')?;
            Some(Self {
                team: team.parse().ok()?,
                document: document.parse().ok()?,
                upload: upload.parse().ok()?,
            })
        };
        read().ok_or(ForeignKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_key_is_read_as_it_is_written(bits in any::<[u128; 3]>()) {
            let [team, document, upload] = bits;
            let key = FileKey {
                team: TeamId::from_bits(team),
                document: DocumentId::from_bits(document),
                upload: UploadId::from_bits(upload),
            };

            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }

        #[test]
        fn whatever_else_is_read_is_foreign(text in any::<String>()) {
            prop_assert_eq!(text.parse::<FileKey>(), Err(ForeignKey));
        }
    }

    #[test]
    fn a_key_with_more_or_less_in_it_is_foreign() {
        let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        for text in [
            format!("documents/{id}/{id}"),
            format!("documents/{id}/{id}/{id}/{id}"),
            format!("documents/{id}/{id}/{id}/"),
            format!("/documents/{id}/{id}/{id}"),
            format!("imports/{id}/{id}/{id}"),
            format!("documents/{id}/../{id}"),
            format!("documents/{id}/{}/{id}", id.to_lowercase()),
        ] {
            assert_eq!(text.parse::<FileKey>(), Err(ForeignKey), "{text}");
        }
        assert!(
            format!("documents/{id}/{id}/{id}")
                .parse::<FileKey>()
                .is_ok()
        );
    }
}
