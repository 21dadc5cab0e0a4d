//! Files on one machine are put and got by the addresses that AWS would take, and by no others.

use http::Method;
use jiff::SignedDuration;
use plat_services::files::{
    Announced, DOWNLOAD_LIFE, FileVersion, Files, Found, LOOKED_AT, Presigned, UPLOAD_LIFE,
};
use plat_testing::{FileAnswer, TestApp};

const KEY: &str = "documents/01/02";
const HELLO: &[u8] = b"hello";
const HELLO_SHA256: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/// Of 200,000 bytes: 0, 1, 2, … 250, and again from 0.
const LARGE_SHA256: &str = "e24bc62381f1224fbbb74688663f8f9743b9680b193edd666835e97b06e730eb";

fn large() -> Vec<u8> {
    (0..=250).cycle().take(200_000).collect()
}

fn hello() -> Announced {
    Announced {
        key: KEY.to_owned(),
        content_type: "application/pdf".to_owned(),
        size: 5,
        sha256: Some(HELLO_SHA256.to_owned()),
    }
}

fn file() -> FileVersion {
    FileVersion {
        key: KEY.to_owned(),
        version: None,
    }
}

async fn announced(app: &TestApp, announced: &Announced) -> Presigned {
    let presigned = app.host.files.presign_upload(announced, app.now()).await;
    presigned.unwrap()
}

async fn put(app: &TestApp, presigned: &Presigned, bytes: &[u8]) -> FileAnswer {
    let headers: Vec<_> = presigned
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    app.at_files(Method::PUT, &presigned.url, &headers, bytes.to_vec())
        .await
}

async fn put_hello(app: &TestApp) {
    let presigned = announced(app, &hello()).await;
    assert_eq!(put(app, &presigned, HELLO).await.status, 200);
}

async fn found(app: &TestApp) -> Option<Found> {
    app.host.files.find(&file()).await.unwrap()
}

async fn download(app: &TestApp, file_name: &str) -> Presigned {
    let files = &app.host.files;
    let presigned = files
        .presign_download(&file(), file_name, "application/pdf", app.now())
        .await;
    presigned.unwrap()
}

#[tokio::test]
async fn what_was_announced_can_be_put_and_is_got_as_it_was() {
    let app = TestApp::start().await;

    put_hello(&app).await;

    let found = found(&app).await.unwrap();
    assert_eq!((found.size, found.version), (5, None));
    assert_eq!(found.sha256.as_deref(), Some(HELLO_SHA256));
    assert_eq!(found.content_type.as_deref(), Some("application/pdf"));
    assert_eq!((&found.head[..], &found.tail[..]), (HELLO, HELLO));
    let got = app
        .download(&download(&app, "Vertrag Ö.pdf").await.url)
        .await;
    assert_eq!((got.status, &got.bytes[..]), (200, HELLO));
    assert_eq!(got.header("content-type"), "application/pdf");
    assert_eq!(
        got.header("content-disposition"),
        "attachment; filename=\"Vertrag _.pdf\"; filename*=UTF-8''Vertrag%20%C3%96.pdf"
    );
}

#[tokio::test]
async fn nothing_but_what_was_announced_can_be_put() {
    let app = TestApp::start().await;
    let right = announced(&app, &hello()).await;
    let with = |name: &str, value: &str| {
        let mut presigned = right.clone();
        presigned.headers.insert(name.to_owned(), value.to_owned());
        presigned
    };
    let mut unhashed = right.clone();
    unhashed.headers.remove("x-amz-checksum-sha256");
    let mut elsewhere = right.clone();
    elsewhere.url = right.url.replace(KEY, "documents/01/03");
    let mut longer = right.clone();
    longer.url = right.url.replace("X-Amz-Expires=900", "X-Amz-Expires=9000");
    let mut unsigned = right.clone();
    unsigned.url = right.url.split('?').next().unwrap().to_owned();

    for (what, presigned, bytes, status) in [
        ("other bytes", &right, &b"jello"[..], 400),
        ("one byte more", &right, b"hello!", 403),
        ("one byte less", &right, b"hell", 403),
        (
            "another type",
            &with("content-type", "text/html"),
            HELLO,
            403,
        ),
        (
            "another hash",
            &with(
                "x-amz-checksum-sha256",
                "GHybzuuRnhs+bSD6UOyr99nVC1ND6Pmj2RKrsTkpEC4=",
            ),
            b"jello",
            403,
        ),
        ("no hash", &unhashed, HELLO, 403),
        ("another key", &elsewhere, HELLO, 403),
        ("a longer life", &longer, HELLO, 403),
        ("no signature", &unsigned, HELLO, 403),
    ] {
        let refused = put(&app, presigned, bytes).await;
        assert_eq!(refused.status, status, "{what}: {refused:?}");
        assert_eq!(app.host.files.list().unwrap(), [], "{what}");
    }
}

#[tokio::test]
async fn what_is_refused_leaves_what_is_there() {
    let app = TestApp::start().await;
    put_hello(&app).await;
    let again = announced(&app, &hello()).await;

    let refused = put(&app, &again, b"jello").await;

    assert_eq!(refused.status, 400);
    assert_eq!(&found(&app).await.unwrap().head[..], HELLO);
}

#[tokio::test]
async fn an_address_expires_by_the_clock_that_was_set() {
    let app = TestApp::start().await;
    let second = SignedDuration::from_secs(1);
    let upload = announced(&app, &hello()).await;
    assert_eq!(upload.expires_at, app.now() + UPLOAD_LIFE);
    app.advance(UPLOAD_LIFE - second);
    assert_eq!(put(&app, &upload, HELLO).await.status, 200);
    let download = download(&app, "a.pdf").await;
    assert_eq!(download.expires_at, app.now() + DOWNLOAD_LIFE);

    app.advance(second);
    assert_eq!(put(&app, &upload, HELLO).await.status, 403);

    app.advance(DOWNLOAD_LIFE - second - second);
    assert_eq!(app.download(&download.url).await.status, 200);
    app.advance(second);
    let late = app.download(&download.url).await;
    assert_eq!(late.status, 403);
    assert!(!late.bytes.starts_with(HELLO));
}

#[tokio::test]
async fn an_address_is_good_for_what_it_was_signed_for() {
    let app = TestApp::start().await;
    put_hello(&app).await;
    let right = download(&app, "a.pdf").await.url;
    let bare = right.split('?').next().unwrap();
    let bucket = bare.strip_suffix(KEY).unwrap();

    for (what, method, url) in [
        ("no signature", Method::GET, bare.to_owned()),
        ("a list", Method::GET, bucket.to_owned()),
        ("a removal", Method::DELETE, right.clone()),
        ("an upload", Method::PUT, right.clone()),
        ("another name", Method::GET, right.replace("a.pdf", "b.pdf")),
        (
            "another type",
            Method::GET,
            right.replace("application", "text"),
        ),
        (
            "another key",
            Method::GET,
            right.replace(KEY, "documents/01/03"),
        ),
    ] {
        let refused = app.at_files(method, &url, &[], Vec::new()).await;
        assert_eq!(refused.status, 403, "{what}: {refused:?}");
    }
    assert_eq!(app.download(&right).await.status, 200);
}

#[tokio::test]
async fn a_large_file_is_looked_at_from_both_ends() {
    let app = TestApp::start().await;
    let large = large();
    let announcement = Announced {
        size: 200_000,
        sha256: Some(LARGE_SHA256.to_owned()),
        ..hello()
    };
    let upload = announced(&app, &announcement).await;
    assert_eq!(put(&app, &upload, &large).await.status, 200);

    let found = found(&app).await.unwrap();

    let looked_at = usize::try_from(LOOKED_AT).unwrap();
    assert_eq!(found.size, 200_000);
    assert_eq!(found.head, large[..looked_at]);
    assert_eq!(found.tail, large[large.len() - looked_at..]);
    let hashed = app.host.files.sha256(&file()).await;
    assert_eq!(hashed.as_deref(), Ok(LARGE_SHA256));
}

#[tokio::test]
async fn what_is_removed_is_gone_and_can_be_removed_again() {
    let app = TestApp::start().await;
    put_hello(&app).await;

    for _ in 0..2 {
        app.host.files.remove(&[file()]).await.unwrap();
        assert_eq!(found(&app).await, None);
    }
    let url = download(&app, "a.pdf").await.url;
    assert_eq!(app.download(&url).await.status, 404);
}

#[tokio::test]
async fn pages_of_known_origins_may_put_files() {
    const ORIGIN: &str = "https://app.plat.example";
    let app = TestApp::start().await;
    let upload = announced(&app, &hello()).await;
    let ask = |origin, method, headers| {
        let asked = [
            ("origin", origin),
            ("access-control-request-method", method),
            ("access-control-request-headers", headers),
        ];
        let (app, url) = (&app, &upload.url);
        async move { app.at_files(Method::OPTIONS, url, &asked, Vec::new()).await }
    };
    let sent = "content-type,x-amz-checksum-sha256";

    let yes = ask(ORIGIN, "PUT", sent).await;
    let stranger = ask("https://evil.example", "PUT", sent).await;
    let other_method = ask(ORIGIN, "DELETE", sent).await;
    let other_header = ask(ORIGIN, "PUT", "x-amz-acl").await;

    assert_eq!(yes.status, 200);
    assert_eq!(yes.header("access-control-allow-origin"), ORIGIN);
    assert_eq!(
        yes.header("access-control-allow-headers").replace(' ', ""),
        sent
    );
    for no in [stranger, other_method, other_header] {
        assert_eq!(no.status, 403);
        assert_eq!(no.header("access-control-allow-origin"), "");
    }
    let mut headers: Vec<_> = upload
        .headers
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    headers.push(("origin", ORIGIN));
    let put = app
        .at_files(Method::PUT, &upload.url, &headers, HELLO)
        .await;
    assert_eq!(put.status, 200);
    assert_eq!(put.header("access-control-allow-origin"), ORIGIN);
}
