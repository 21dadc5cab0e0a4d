use super::*;
use crate::stub::{Answer, Stub};
use std::net::TcpListener;
use std::sync::{Arc, mpsc};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn internet() -> Internet {
    Internet::new(None)
}

#[tokio::test]
async fn a_request_arrives_as_it_was_made() {
    let stub = Stub::start(|_| {
        Answer::With(
            201,
            "X-Message-Id: abc\r\nRetry-After: 7\r\n",
            "{}".to_owned(),
        )
    });
    let request = Request::post_json(format!("{}/v1/x?y=1", stub.url), r#"{"a":1}"#)
        .secret("authorization", "Bearer secret")
        .and_then(|request| request.header("x-kind", "test"))
        .unwrap();

    let response = internet().send(request).await.unwrap();

    assert_eq!((response.status, response.outcome()), (201, Outcome::Done));
    assert_eq!(response.header("x-message-id"), Some("abc"));
    assert_eq!(response.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(response.body, "{}");
    let asked = stub.asked().remove(0);
    assert_eq!(asked.line, "POST /v1/x?y=1 HTTP/1.1");
    assert_eq!(asked.header("authorization"), "Bearer secret");
    assert_eq!(asked.header("content-type"), "application/json");
    assert_eq!(asked.header("x-kind"), "test");
    assert_eq!(asked.body, serde_json::json!({ "a": 1 }));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let aim = Stub::start(|_| Answer::Reply(200, String::new()));
    let location: &'static str = format!("Location: {}/\r\n", aim.url).leak();
    let stub = Stub::start(move |_| Answer::With(307, location, String::new()));

    let response = internet().send(Request::get(&stub.url)).await.unwrap();

    assert_eq!(response.outcome(), Outcome::Refused);
    assert!(aim.asked().is_empty());
}

#[tokio::test]
async fn an_answer_may_be_so_large_and_no_larger() {
    for (size, is_taken) in [
        (MAX_REPLY, true),
        (MAX_REPLY + 1, false),
        (8 * MAX_REPLY, false),
    ] {
        let stub = Stub::start(move |_| Answer::Reply(200, "x".repeat(size)));
        match internet().send(Request::get(&stub.url)).await {
            Ok(response) => assert!(is_taken && response.body.len() == size),
            Err(error) => {
                assert_eq!(error, OutgoingError::TooLarge);
                assert!(!is_taken && error.may_have_been_taken());
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_not_waited_for() {
    let (_keeps_waiting, waits) = mpsc::channel::<()>();
    let stub = Stub::start(move |_| {
        let _ = waits.recv();
        Answer::HangUp
    });
    let request = Request::get(&stub.url).within(Duration::from_millis(100));

    let error = internet().send(request).await.unwrap_err();

    assert_eq!(error, OutgoingError::TimedOut);
    assert!(error.may_have_been_taken());
}

#[tokio::test]
async fn a_connection_that_breaks_is_told_from_one_that_was_never_made() {
    let stub = Stub::start(|_| Answer::HangUp);
    let broken = internet().send(Request::get(&stub.url)).await.unwrap_err();
    assert!(
        matches!(broken, OutgoingError::Interrupted(_)) && broken.may_have_been_taken(),
        "{broken:?}"
    );

    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for url in [format!("http://{closed}"), format!("https://{closed}")] {
        let absent = internet().send(Request::get(url)).await.unwrap_err();
        assert!(
            matches!(absent, OutgoingError::Unreachable(_)) && !absent.may_have_been_taken(),
            "{absent:?}"
        );
    }

    let plain = Stub::start(|_| Answer::HangUp)
        .url
        .replace("http://", "https://");
    let unproven = internet()
        .send(Request::get(plain).within(Duration::from_millis(500)))
        .await;
    assert!(unproven.is_err());
}

#[test]
fn keys_are_sent_only_where_nobody_else_reads_them() {
    for url in [
        "https://api.openai.com/v1/models",
        "http://127.0.0.1:8080/x",
        "http://localhost/x",
        "http://[::1]:9/x",
    ] {
        assert!(address(url).is_ok(), "{url}");
    }
    for url in [
        "http://api.openai.com/v1",
        "http://localhost.evil.example/",
        "http://127.0.0.1.evil.example/",
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "https://user:password@api.openai.com/",
        "http://localhost@evil.example/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "/v1/models",
        "",
        "https://a b/",
    ] {
        assert!(
            matches!(address(url), Err(OutgoingError::Malformed(_))),
            "{url}"
        );
    }
}

#[test]
fn a_header_cannot_be_split() {
    for (name, value) in [
        ("x-a", "b\r\nx-c: d"),
        ("x-a", "b\nc"),
        ("x-a", "b\0"),
        ("x a", "b"),
        ("x-a\r\nb", "c"),
    ] {
        let error = Request::get("https://a.example")
            .secret(name, value)
            .unwrap_err();
        assert!(
            matches!(error, OutgoingError::Malformed(_)),
            "{name:?}: {value:?}"
        );
    }
}

#[test]
fn what_is_shown_of_a_request_and_an_answer_holds_no_secret() {
    let request = Request::post_json("https://a.example/x", "a body")
        .secret("authorization", "Bearer secret")
        .unwrap();
    assert_eq!(format!("{request:?}"), "POST https://a.example/x");
    assert!(!format!("{:?}", request.headers()).contains("secret"));
    let response = Response {
        status: 200,
        headers: HeaderMap::new(),
        body: Bytes::from_static(b"a body"),
    };
    assert_eq!(format!("{response:?}"), "200 with 6 bytes");
}

/// A server with a certificate that nobody vouches for but itself, and that certificate. It answers one request.
async fn encrypted() -> (String, Vec<u8>) {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_no_client_auth()
    .with_single_cert(vec![own.cert.der().clone()], key)
    .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        // Whoever does not trust the certificate goes before anything is said.
        if let Ok(mut stream) = acceptor.accept(stream).await {
            // The first byte of the request tells that it comes.
            let mut asked = [0; 1];
            stream.read_exact(&mut asked).await.unwrap();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
            stream.write_all(answer).await.unwrap();
            let _ = stream.shutdown().await;
        }
    });
    (url, own.cert.pem().into_bytes())
}

#[tokio::test]
async fn only_who_can_prove_to_be_meant_is_told_anything() {
    let (url, certificate) = encrypted().await;
    let response = Internet::new(Some(certificate))
        .send(Request::get(url))
        .await;
    assert_eq!(response.unwrap().body, "hi");

    let (url, _) = encrypted().await;
    let error = internet().send(Request::get(url)).await.unwrap_err();
    assert!(matches!(error, OutgoingError::Unreachable(_)), "{error:?}");
}
