//! Writing what grows.

use super::*;
use crate::files::s3::scripted::{Reply, Scripted, answering};

const MIB: usize = 1024 * 1024;

fn growing(answers: impl IntoIterator<Item = Reply>) -> (Growing, Scripted) {
    let (files, scripted) = answering(answers);
    let growing = Growing::new(Arc::new(files), "exports/a.csv", "text/csv");
    (growing, scripted)
}

/// As S3 says it, with what is of no interest here.
fn begun() -> Reply {
    Reply::new(
        200,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<InitiateMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>plat-files</Bucket><Key>exports/a.csv</Key><UploadId>u.1_-</UploadId></InitiateMultipartUploadResult>",
    )
}

fn taken(etag: &str) -> Reply {
    Reply::new(200, "").with("etag", etag)
}

fn done() -> Reply {
    let text =
        "\n\n<CompleteMultipartUploadResult><ETag>\"12-2\"</ETag></CompleteMultipartUploadResult>";
    Reply::new(200, text).with("x-amz-version-id", "v1")
}

/// What is asked to write 9 MiB.
fn to_write() -> Vec<(String, usize)> {
    [
        ("POST exports/a.csv uploads=", 0),
        ("PUT exports/a.csv partNumber=1&uploadId=u.1_-", 8 * MIB),
        ("PUT exports/a.csv partNumber=2&uploadId=u.1_-", MIB),
    ]
    .map(|(line, sent)| (line.to_owned(), sent))
    .into()
}

fn last(scripted: &Scripted) -> String {
    let (line, _) = scripted.asked().pop().unwrap();
    line
}

const COMPLETE: &str = "POST exports/a.csv uploadId=u.1_-";
const ABANDON: &str = "DELETE exports/a.csv uploadId=u.1_-";
const LOOK: &str = "HEAD exports/a.csv";

/// 9 MiB, a little at a time.
async fn write(growing: &mut Growing) -> Result<(), FilesError> {
    for _ in 0..9 * 8 {
        growing.write(&[b'x'; MIB / 8]).await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_stays_small_is_put_at_once() {
    for text in ["", "hello"] {
        let put = Reply::new(200, "").with("x-amz-version-id", "v1");
        let (mut growing, scripted) = growing([put]);

        growing.write(text.as_bytes()).await.unwrap();
        let written = growing.finish().await.unwrap();

        let size = text.len();
        assert_eq!(written.size, u64::try_from(size).unwrap());
        assert_eq!(written.version.as_deref(), Some("v1"));
        assert_eq!(scripted.asked(), [("PUT exports/a.csv".to_owned(), size)]);
    }
}

#[tokio::test]
async fn what_grows_is_sent_in_parts_and_put_together_at_the_end() {
    let (mut growing, scripted) = growing([begun(), taken("\"1\""), taken("\"<&>\""), done()]);

    write(&mut growing).await.unwrap();
    let written = growing.finish().await.unwrap();

    let expected = Written {
        size: u64::try_from(9 * MIB).unwrap(),
        version: Some("v1".to_owned()),
    };
    assert_eq!(written, expected);
    let asked = scripted.asked();
    assert_eq!((asked.len(), &asked[..3]), (4, &to_write()[..]));
    assert_eq!(last(&scripted), COMPLETE);
    assert_eq!(
        scripted.last_body(),
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Part><PartNumber>1</PartNumber><ETag>&quot;1&quot;</ETag></Part>\
         <Part><PartNumber>2</PartNumber><ETag>&quot;&lt;&amp;&gt;&quot;</ETag></Part>\
         </CompleteMultipartUpload>"
    );
}

#[tokio::test]
async fn a_file_of_whole_parts_ends_without_an_empty_one() {
    let (mut growing, scripted) = growing([begun(), taken("\"1\""), done()]);

    growing.write(&vec![b'x'; 8 * MIB]).await.unwrap();
    growing.finish().await.unwrap();

    let asked = scripted.asked();
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[..2], to_write()[..2]);
}

#[tokio::test]
async fn an_error_in_an_answer_that_begins_well_is_tried_again() {
    let failed = Reply::error(200, "InternalError");
    let (mut growing, scripted) =
        growing([begun(), taken("\"1\""), taken("\"2\""), failed, done()]);

    write(&mut growing).await.unwrap();
    let written = growing.finish().await;

    assert_eq!(written.unwrap().version.as_deref(), Some("v1"));
    assert_eq!(last(&scripted), COMPLETE);
}

#[tokio::test]
async fn to_complete_twice_does_no_harm() {
    let lost = Reply::new(503, "");
    let twice = Reply::error(404, "NoSuchUpload");
    let size = u64::try_from(9 * MIB).unwrap();
    let there = Reply::about(size).with("x-amz-version-id", "v2");
    let answers = [begun(), taken("\"1\""), taken("\"2\""), lost, twice, there];
    let (mut growing, scripted) = growing(answers);

    write(&mut growing).await.unwrap();
    let written = growing.finish().await.unwrap();

    let version = Some("v2".to_owned());
    assert_eq!(written, Written { size, version });
    assert_eq!(last(&scripted), LOOK);
}

#[tokio::test]
async fn what_is_gone_and_not_there_was_not_completed() {
    for there in [Reply::new(404, ""), Reply::about(5)] {
        let twice = Reply::error(404, "NoSuchUpload");
        let none_to_abandon = Reply::error(404, "NoSuchUpload");
        let answers = [
            begun(),
            taken("1"),
            taken("2"),
            twice,
            there,
            none_to_abandon,
        ];
        let (mut growing, scripted) = growing(answers);

        write(&mut growing).await.unwrap();
        let written = growing.finish().await;

        assert!(
            matches!(written, Err(FilesError::Unavailable(_))),
            "{written:?}"
        );
        assert_eq!(last(&scripted), ABANDON);
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_abandoned_and_takes_no_more() {
    let denied = Reply::error(403, "AccessDenied");
    let (mut growing, scripted) = growing([begun(), denied, Reply::new(204, "")]);

    let refused = growing.write(&vec![b'x'; 8 * MIB]).await;
    let more = growing.write(b"x").await;
    let written = growing.finish().await;

    assert!(
        matches!(refused, Err(FilesError::Refused(_))),
        "{refused:?}"
    );
    assert!(more.is_err() && written.is_err());
    assert_eq!(last(&scripted), ABANDON);
}

#[tokio::test]
async fn there_are_no_more_parts_than_s3_takes() {
    let (mut growing, scripted) = growing([begun(), taken("\"1\""), Reply::new(204, "")]);
    growing.write(&vec![b'x'; 8 * MIB]).await.unwrap();
    growing.etags = vec!["\"1\"".to_owned(); 10_000];

    let refused = growing.write(&vec![b'x'; 8 * MIB]).await;

    assert!(
        matches!(refused, Err(FilesError::Refused(_))),
        "{refused:?}"
    );
    assert_eq!(last(&scripted), ABANDON);
}

#[tokio::test]
async fn what_is_dropped_unfinished_is_abandoned() {
    let (mut growing, scripted) = growing([begun(), taken("\"1\""), Reply::new(204, "")]);
    growing.write(&vec![b'x'; 8 * MIB]).await.unwrap();

    drop(growing);
    while last(&scripted) != ABANDON {
        tokio::task::yield_now().await;
    }

    assert_eq!(scripted.asked().len(), 3);
}

#[tokio::test]
async fn what_was_never_sent_needs_no_abandoning() {
    let (mut growing, scripted) = growing([]);
    growing.write(b"hello").await.unwrap();

    drop(growing);
    tokio::task::yield_now().await;

    assert_eq!(scripted.asked(), []);
}
