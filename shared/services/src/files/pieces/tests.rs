//! Reading piece by piece.

use super::*;
use crate::files::S3;
use crate::files::s3::scripted::{Reply, Scripted, answering};

const FILE: usize = 8_388_610;

fn file() -> FileVersion {
    FileVersion {
        key: "imports/a".to_owned(),
        version: None,
    }
}

/// The pieces need not be as long as they would be: what comes next follows from what came.
async fn all(pieces: &mut Pieces<'_, S3>) -> Result<Vec<Bytes>, FilesError> {
    let mut all = Vec::new();
    while let Some(piece) = pieces.next().await? {
        all.push(piece);
    }
    Ok(all)
}

fn asked(scripted: &Scripted) -> Vec<String> {
    scripted.asked().into_iter().map(|(line, _)| line).collect()
}

#[tokio::test]
async fn each_piece_begins_where_the_last_ended() {
    let part = |bytes| Reply::part(bytes, 5, "\"1\"");
    let (files, scripted) = answering([part("he"), part("llo")]);
    let mut pieces = Pieces::of(&files, file());
    assert_eq!((pieces.at(), pieces.size()), (0, None));

    let read = all(&mut pieces).await.unwrap();

    assert_eq!(read, ["he", "llo"]);
    assert_eq!((pieces.at(), pieces.size()), (5, Some(5)));
    assert_eq!(
        asked(&scripted),
        [
            "GET imports/a  bytes=0-8388607",
            "GET imports/a  bytes=2-8388609"
        ]
    );
}

#[tokio::test]
async fn what_was_interrupted_goes_on_where_it_was() {
    let (files, scripted) = answering([Reply::part("lo", FILE, "\"1\"")]);
    let from = u64::try_from(FILE - 2).unwrap();

    let read = all(&mut Pieces::of(&files, file()).starting_at(from)).await;

    assert_eq!(read.unwrap(), ["lo"]);
    assert_eq!(asked(&scripted), ["GET imports/a  bytes=8388608-16777215"]);
}

#[tokio::test]
async fn all_pieces_are_of_the_version_that_the_first_was_of() {
    let part = |bytes| Reply::part(bytes, 5, "\"1\"").with("x-amz-version-id", "v1");
    let (files, scripted) = answering([part("he"), part("llo")]);
    let mut pieces = Pieces::of(&files, file());

    all(&mut pieces).await.unwrap();

    assert_eq!(pieces.file().version.as_deref(), Some("v1"));
    assert_eq!(
        asked(&scripted),
        [
            "GET imports/a  bytes=0-8388607",
            "GET imports/a versionId=v1 bytes=2-8388609"
        ]
    );
}

#[tokio::test]
async fn pieces_of_two_files_are_not_mixed_where_no_versions_are_kept() {
    for other in [
        Reply::part("llo", 5, "\"2\""),
        Reply::part("llo", 6, "\"1\""),
    ] {
        let (files, _) = answering([Reply::part("he", 5, "\"1\""), other]);

        let read = all(&mut Pieces::of(&files, file())).await;

        assert!(matches!(read, Err(FilesError::Refused(_))), "{read:?}");
    }
}

#[tokio::test]
async fn an_empty_file_has_no_pieces_and_one_that_is_not_there_is_a_failure() {
    let past_end = Reply::error(416, "InvalidRange");
    let (files, _) = answering([past_end, Reply::about(0), Reply::new(404, "")]);

    let empty = all(&mut Pieces::of(&files, file())).await;
    let absent = all(&mut Pieces::of(&files, file())).await;

    assert_eq!(empty, Ok(vec![]));
    assert!(
        matches!(absent, Err(FilesError::Unavailable(_))),
        "{absent:?}"
    );
}

#[tokio::test]
async fn a_piece_that_has_nothing_is_not_the_end() {
    let (files, _) = answering([Reply::part("he", 5, "\"1\""), Reply::part("", 5, "\"1\"")]);

    let read = all(&mut Pieces::of(&files, file())).await;

    assert!(matches!(read, Err(FilesError::Unavailable(_))), "{read:?}");
}
