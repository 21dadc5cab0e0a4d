//! Files on one machine are written in parts and read in pieces, as in S3 and within its limits.

use http::Method;
use plat_services::Queues;
use plat_services::files::{
    Announced, FileVersion, Files, FilesError, Growing, Part, Pieces, Upload,
};
use plat_testing::TestApp;

/// Below a prefix of which a job is told.
const KEY: &str = "documents/01/02";
const CSV: &str = "text/csv";
const MIB: usize = 1024 * 1024;

/// Bytes that differ from place to place.
fn sample(size: usize) -> Vec<u8> {
    (0..=250).cycle().take(size).collect()
}

fn file() -> FileVersion {
    FileVersion {
        key: KEY.to_owned(),
        version: None,
    }
}

fn growing(app: &TestApp) -> Growing {
    Growing::new(app.host.files.clone(), KEY, CSV)
}

async fn write(app: &TestApp, bytes: &[u8]) {
    let mut growing = growing(app);
    growing.write(bytes).await.unwrap();
    let written = growing.finish().await.unwrap();
    assert_eq!(usize::try_from(written.size).unwrap(), bytes.len());
}

async fn read(app: &TestApp) -> Result<Vec<u8>, FilesError> {
    let mut pieces = Pieces::of(&*app.host.files, file());
    let mut read = Vec::new();
    while let Some(piece) = pieces.next().await? {
        read.extend_from_slice(&piece);
    }
    Ok(read)
}

/// How many notices of files wait for the job that is told of them.
async fn told(app: &TestApp) -> u64 {
    let depths = app.host.queues.depths().await.unwrap();
    let mut depths = depths.into_iter();
    let depth = depths.find(|depth| depth.job == "documents.record_upload");
    depth.unwrap().waiting
}

async fn part(app: &TestApp, from: u64, most: u64) -> Option<Part> {
    app.host.files.part(&file(), from, most).await.unwrap()
}

#[tokio::test]
async fn what_was_written_in_parts_is_read_in_pieces() {
    let app = TestApp::start().await;
    for size in [0, 1, 8 * MIB, 8 * MIB + 1, 20 * MIB] {
        let sample = sample(size);

        write(&app, &sample).await;

        assert!(read(&app).await.unwrap() == sample, "{size}");
        let found = app.host.files.find(&file()).await.unwrap().unwrap();
        assert_eq!(usize::try_from(found.size).unwrap(), size);
        assert_eq!(found.content_type.as_deref(), Some(CSV));
        assert_eq!(app.host.files.on_their_way().unwrap(), 0, "{size}");
    }
}

#[tokio::test]
async fn there_is_nothing_to_read_and_nobody_is_told_until_a_file_is_complete() {
    let app = TestApp::start().await;
    let mut growing = growing(&app);

    growing.write(&sample(9 * MIB)).await.unwrap();
    assert_eq!(part(&app, 0, 1).await, None);
    assert_eq!(told(&app).await, 0);

    growing.finish().await.unwrap();
    assert!(part(&app, 0, 1).await.is_some());
    assert_eq!(told(&app).await, 1);
}

#[tokio::test]
async fn what_is_abandoned_leaves_nothing_and_what_is_there_stays() {
    let app = TestApp::start().await;
    write(&app, b"before").await;
    let mut growing = growing(&app);
    growing.write(&sample(9 * MIB)).await.unwrap();
    assert_eq!(app.host.files.on_their_way().unwrap(), 1);

    drop(growing);
    while app.host.files.on_their_way().unwrap() > 0 {
        tokio::task::yield_now().await;
    }

    assert_eq!(read(&app).await.unwrap(), b"before");
    assert_eq!(told(&app).await, 1);
}

#[tokio::test]
async fn a_part_is_what_was_asked_for_or_what_is_left() {
    let app = TestApp::start().await;
    write(&app, b"hello").await;

    for (from, most, expected) in [
        (0, 5, "hello"),
        (1, 3, "ell"),
        (3, 100, "lo"),
        (5, 1, ""),
        (6, 1, ""),
        (2, 0, ""),
    ] {
        let part = part(&app, from, most).await.unwrap();
        assert_eq!(part.bytes, expected, "{from} {most}");
        assert_eq!((part.size, part.version), (5, None), "{from} {most}");
    }
}

#[tokio::test]
async fn an_empty_file_is_not_one_that_is_not_there() {
    let app = TestApp::start().await;
    assert_eq!(part(&app, 0, 1).await, None);

    write(&app, b"").await;

    let part = part(&app, 0, 1).await.unwrap();
    assert_eq!((part.bytes.len(), part.size), (0, 0));
}

#[tokio::test]
async fn pieces_of_a_file_that_is_replaced_are_not_mixed() {
    let app = TestApp::start().await;
    let sample = sample(9 * MIB);
    write(&app, &sample).await;
    let mut pieces = Pieces::of(&*app.host.files, file());
    pieces.next().await.unwrap();
    let mut other = sample;
    other.reverse();

    write(&app, &other).await;

    let next = pieces.next().await;
    assert!(matches!(next, Err(FilesError::Refused(_))), "{next:?}");
}

#[tokio::test]
async fn a_hash_is_vouched_for_until_the_file_is_another() {
    let app = TestApp::start().await;
    let files = &app.host.files;
    files.put(KEY, CSV, "hello".into()).await.unwrap();
    let found = files.find(&file()).await.unwrap().unwrap();
    assert_eq!(found.sha256, Some(files.sha256(&file()).await.unwrap()));

    write(&app, &sample(9 * MIB)).await;

    let found = files.find(&file()).await.unwrap().unwrap();
    assert_eq!(found.sha256, None);
}

/// Whether it was refused by this word.
#[track_caller]
fn refused<T: std::fmt::Debug>(done: Result<T, FilesError>, word: &str) {
    let refused = matches!(&done, Err(FilesError::Refused(reason)) if reason.ends_with(word));
    assert!(refused, "{word}: {done:?}");
}

#[tokio::test]
async fn parts_have_the_limits_of_s3() {
    let app = TestApp::start().await;
    let files = &app.host.files;
    let upload = files.begin(KEY, CSV).await.unwrap();
    let bytes = |size| sample(size).into();
    let large = files.send_part(&upload, 1, bytes(5 * MIB)).await.unwrap();
    let small = files.send_part(&upload, 2, bytes(5 * MIB - 1)).await;
    let (small, size) = (small.unwrap(), u64::try_from(10 * MIB).unwrap());
    let last = files.send_part(&upload, 3, bytes(1)).await.unwrap();

    for number in [0, 10_001] {
        let sent = files.send_part(&upload, number, bytes(1)).await;
        refused(sent, "InvalidArgument");
    }
    files.send_part(&upload, 10_000, bytes(1)).await.unwrap();
    for (etags, word) in [
        (vec![large.clone(), small.clone(), last], "EntityTooSmall"),
        (vec![small.clone(), large.clone()], "InvalidPart"),
        (
            vec![large.clone(), small.clone(), large.clone()],
            "InvalidPart",
        ),
        (vec![], "MalformedXML"),
    ] {
        refused(files.complete(&upload, &etags, size).await, word);
    }
    assert_eq!(part(&app, 0, 1).await, None);

    let etags = [large, small];
    let completed = files.complete(&upload, &etags, size - 1).await;
    assert_eq!(completed.map(|written| written.size), Ok(size - 1));
}

#[tokio::test]
async fn an_upload_ends_once_and_to_end_it_again_does_no_harm() {
    let app = TestApp::start().await;
    let files = &app.host.files;
    let upload = files.begin(KEY, CSV).await.unwrap();
    let etags = [files.send_part(&upload, 1, "hello".into()).await.unwrap()];
    let elsewhere = Upload {
        key: "documents/01/03".to_owned(),
        ..upload.clone()
    };
    let lost = files.complete(&elsewhere, &etags, 5).await;
    assert!(matches!(lost, Err(FilesError::Unavailable(_))), "{lost:?}");

    for _ in 0..2 {
        let written = files.complete(&upload, &etags, 5).await;
        assert_eq!(written.map(|written| written.size), Ok(5));
    }
    files.abandon(&upload).await.unwrap();

    let late = files.send_part(&upload, 2, "hello".into()).await;
    assert!(matches!(late, Err(FilesError::Unavailable(_))), "{late:?}");
    assert_eq!(read(&app).await.unwrap(), b"hello");
    assert_eq!(told(&app).await, 1);
}

#[tokio::test]
async fn a_file_that_nobody_hashed_can_be_put_if_its_type_and_length_are_right() {
    let app = TestApp::start().await;
    let announced = Announced {
        key: KEY.to_owned(),
        content_type: CSV.to_owned(),
        size: 5,
        sha256: None,
    };
    let presigned = app.host.files.presign_upload(&announced, app.now()).await;
    let url = presigned.unwrap().url;
    let put = |content_type, bytes: &'static str| {
        let headers = [("content-type", content_type)];
        let (app, url) = (&app, &url);
        async move { app.at_files(Method::PUT, url, &headers, bytes).await.status }
    };

    assert_eq!(put(CSV, "hello!").await, 403);
    assert_eq!(put(CSV, "hell").await, 403);
    assert_eq!(put("text/html", "hello").await, 403);
    assert_eq!(part(&app, 0, 1).await, None);

    assert_eq!(put(CSV, "jello").await, 200);
    assert_eq!(read(&app).await.unwrap(), b"jello");
}
