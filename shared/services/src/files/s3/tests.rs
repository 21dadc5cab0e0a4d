//! Amazon S3.

use super::scripted::{Reply, answering, through};
use super::*;
use aws_smithy_runtime_api::client::http::http_client_fn;
use aws_smithy_types::body::SdkBody;
use http_body_util::{Full, Limited};

const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/// What botocore 1.43 signs of the same.
const SIGNATURE_OF_PUT: &str = "4a0dbbf724f09ed8fd6bf28c327dc9f8601405f1fafc2cde29632b60a157103e";
const SIGNATURE_OF_GET: &str = "5c64b8698cd6cb429e788e16a375d7c44e17bf88936c48d1666acfb3e76bd13d";

fn files() -> S3 {
    // Nobody is asked to sign.
    through(http_client_fn(|_, _| unreachable!("nothing is sent")), None)
}

fn now() -> Timestamp {
    "2026-03-02T15:00:00.789Z".parse().unwrap()
}

fn hello() -> Announced {
    Announced {
        key: "documents/a/b".to_owned(),
        content_type: "application/pdf".to_owned(),
        size: 5,
        sha256: Some(HELLO.to_owned()),
    }
}

fn parameter<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = url.split_once('?')?;
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(known, value)| (known == name).then_some(value))
}

#[tokio::test]
async fn an_upload_signs_type_length_and_hash() {
    let upload = files().presign_upload(&hello(), now()).await.unwrap();

    let headers: Vec<_> = upload
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        headers,
        [
            ("content-length", "5"),
            ("content-type", "application/pdf"),
            (
                "x-amz-checksum-sha256",
                "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
            ),
        ]
    );
    assert_eq!(
        parameter(&upload.url, "X-Amz-SignedHeaders"),
        Some("content-length%3Bcontent-type%3Bhost%3Bx-amz-checksum-sha256")
    );
    assert_eq!(
        parameter(&upload.url, "X-Amz-Signature"),
        Some(SIGNATURE_OF_PUT)
    );
    assert_eq!(upload.method, "PUT");
    assert!(
        upload
            .url
            .starts_with("https://plat-files.s3.eu-west-1.amazonaws.com/documents/a/b?"),
        "{}",
        upload.url
    );
}

#[tokio::test]
async fn an_upload_without_a_hash_signs_type_and_length() {
    let unhashed = Announced {
        sha256: None,
        ..hello()
    };

    let upload = files().presign_upload(&unhashed, now()).await.unwrap();

    let names: Vec<_> = upload.headers.keys().collect();
    assert_eq!(names, ["content-length", "content-type"]);
    assert_eq!(
        parameter(&upload.url, "X-Amz-SignedHeaders"),
        Some("content-length%3Bcontent-type%3Bhost")
    );
}

#[tokio::test]
async fn an_address_ends_as_it_says() {
    let upload = files().presign_upload(&hello(), now()).await.unwrap();

    assert_eq!(
        parameter(&upload.url, "X-Amz-Date"),
        Some("20260302T150000Z")
    );
    assert_eq!(parameter(&upload.url, "X-Amz-Expires"), Some("900"));
    assert_eq!(upload.expires_at.to_string(), "2026-03-02T15:15:00Z");
}

#[tokio::test]
async fn a_download_needs_no_headers_and_is_kept_under_its_name() {
    let file = FileVersion {
        key: "documents/a/b".to_owned(),
        version: Some("v1".to_owned()),
    };

    let download = files()
        .presign_download(&file, "Ö.pdf", "application/pdf", now())
        .await
        .unwrap();

    assert!(download.headers.is_empty(), "{:?}", download.headers);
    assert_eq!(
        parameter(&download.url, "X-Amz-Signature"),
        Some(SIGNATURE_OF_GET)
    );
    assert_eq!(
        parameter(&download.url, "X-Amz-SignedHeaders"),
        Some("host")
    );
    assert_eq!(parameter(&download.url, "X-Amz-Expires"), Some("300"));
    assert_eq!(parameter(&download.url, "versionId"), Some("v1"));
    assert_eq!(
        parameter(&download.url, "response-content-type"),
        Some("application%2Fpdf")
    );
    assert_eq!(
        parameter(&download.url, "response-content-disposition"),
        Some("attachment%3B%20filename%3D%22_.pdf%22%3B%20filename%2A%3DUTF-8%27%27%25C3%2596.pdf")
    );
}

#[tokio::test]
async fn what_is_no_hash_is_not_signed() {
    for wrong in ["", "2cf2", &"z".repeat(64), &"é".repeat(32)] {
        let announced = Announced {
            sha256: Some(wrong.to_owned()),
            ..hello()
        };
        let refused = files().presign_upload(&announced, now()).await;
        assert!(matches!(refused, Err(FilesError::Refused(_))), "{wrong}");
    }
}

fn file() -> FileVersion {
    FileVersion {
        key: "documents/a b".to_owned(),
        version: None,
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    for passing in [
        (503, "SlowDown"),
        (500, "InternalError"),
        (400, "RequestTimeout"),
    ] {
        let slow = || Reply::error(passing.0, passing.1);
        let (files, scripted) = answering([slow(), slow(), Reply::part("hello", 5, "\"1\"")]);

        assert_eq!(files.sha256(&file()).await.as_deref(), Ok(HELLO));

        let asked = ("GET documents/a%20b  bytes=0-8388607".to_owned(), 0);
        assert_eq!(scripted.asked(), [asked.clone(), asked.clone(), asked]);
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_asked_for_again() {
    let broken = Limited::new(Full::new(Bytes::from("hello")), 2);
    let broken = Reply::new(206, SdkBody::from_body_1_x(broken));
    let (files, _) = answering([broken, Reply::part("hello", 5, "\"1\"")]);

    let part = files.part(&file(), 0, 100).await.unwrap().unwrap();

    assert_eq!(part.bytes, "hello");
}

#[tokio::test]
async fn what_is_refused_is_told_by_its_word() {
    let passing = || Reply::error(503, "SlowDown");
    let denied = Reply::error(403, "AccessDenied");
    let (files, _) = answering([denied, passing(), passing(), passing()]);

    let refused = FilesError::Refused("403 AccessDenied".to_owned());
    assert_eq!(files.find(&file()).await, Err(refused));
    let unavailable = FilesError::Unavailable("503 SlowDown".to_owned());
    assert_eq!(files.find(&file()).await, Err(unavailable));
}

#[tokio::test]
async fn what_is_not_there_is_no_failure() {
    let absent = || Reply::new(404, "");
    let (files, _) = answering([absent(), absent(), absent(), Reply::new(204, "")]);

    assert_eq!(files.find(&file()).await, Ok(None));
    assert_eq!(files.part(&file(), 0, 1).await, Ok(None));
    assert_eq!(files.remove(&[file(), file()]).await, Ok(()));
}

#[tokio::test]
async fn a_part_tells_how_large_the_file_is_and_which_version() {
    let part = Reply::part("ell", 5, "\"1\"").with("x-amz-version-id", "v1");
    let (files, scripted) = answering([part]);

    let part = files.part(&file(), 1, 3).await;

    let expected = Part {
        bytes: "ell".into(),
        size: 5,
        version: Some("v1".to_owned()),
        etag: "\"1\"".to_owned(),
    };
    assert_eq!(part, Ok(Some(expected)));
    let asked = ("GET documents/a%20b  bytes=1-3".to_owned(), 0);
    assert_eq!(scripted.asked(), [asked]);
}

#[tokio::test]
async fn at_the_end_of_a_file_is_an_empty_part() {
    let past_end = Reply::error(416, "InvalidRange");
    let (files, _) = answering([past_end, Reply::about(5), Reply::about(5)]);

    for most in [3, 0] {
        let part = files.part(&file(), 5, most).await.unwrap().unwrap();
        assert_eq!((part.bytes.len(), part.size), (0, 5));
    }
}

#[tokio::test]
async fn of_a_file_that_is_answered_whole_the_part_is_taken() {
    for (from, most, expected) in [(0, 3, "hel"), (3, 9, "lo"), (5, 1, ""), (9, 1, "")] {
        let (files, _) = answering([Reply::new(200, "hello").with("etag", "\"1\"")]);

        let part = files.part(&file(), from, most).await.unwrap().unwrap();

        assert_eq!((&*part.bytes, part.size), (expected.as_bytes(), 5));
    }
}

#[tokio::test]
async fn a_file_that_reads_like_an_error_is_a_file() {
    let text = "<Error><Code>SlowDown</Code></Error>";
    let (files, _) = answering([Reply::part(text, text.len(), "\"1\"")]);

    let part = files.part(&file(), 0, 100).await.unwrap().unwrap();

    assert_eq!(part.bytes, text);
}

#[test]
fn a_hash_of_hashes_does_not_pass_for_the_hash_of_a_file() {
    let hash = to_base64(HELLO).unwrap();
    assert_eq!(from_base64(&hash).as_deref(), Some(HELLO));
    assert_eq!(from_base64(&format!("{hash}-3")), None);
    assert_eq!(from_base64("LPJN"), None);
}
