//! Amazon S3, by addresses that are signed: those that others are given, and those that are asked here.
//!
//! AWS's own client for S3 would make a function's package a quarter larger, for five requests without a body of XML. What
//! is difficult about them, signing and trying again, is left to the parts that the client is made of.

use super::{
    Announced, DOWNLOAD_LIFE, FileVersion, Files, FilesError, Found, LOOKED_AT, Presigned,
    UPLOAD_LIFE, attachment,
};
use crate::Clock;
use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_lc_rs::digest::{Context, SHA256};
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{
    ModeledAsRetryableClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::interceptors::context::{Error, Output};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::ser_de::DeserializeResponse;
use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::{ErrorKind, ProvideErrorKind, RetryConfig};
use aws_smithy_types::timeout::TimeoutConfig;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::fmt::{Debug, Display, Write};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use thiserror::Error as ThisError;

/// How long an address is good that is asked at once, and some times more.
const OWN_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// The first attempt and two more.
const ATTEMPTS: u32 = 3;

/// S3 asks for patience seldom, and not for long.
const PAUSE: Duration = Duration::from_millis(100);

/// S3 begins to answer within a tenth of a second, if it is well.
const ATTEMPT: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_secs(1);

/// How S3 says that nothing is there.
const ABSENT: u16 = 404;

/// The hash of a file, as it is put and told.
const CHECKSUM: &str = "x-amz-checksum-sha256";

/// Where a bucket is.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: String,
    /// What speaks like S3, in its place: there, the bucket is the first part of every path.
    pub endpoint: Option<String>,
}

/// A bucket of S3, or of what speaks like it.
pub struct S3 {
    /// What stands before a key.
    address: String,
    region: String,
    identity: Identity,
    clock: Arc<dyn Clock>,
    exchange: Operation<HttpRequest, Answer, Refused>,
}

impl S3 {
    /// Keeps files in `bucket`. What is asked of it here is signed by `clock` and goes through `http`.
    pub fn new(
        bucket: &Bucket,
        credentials: Credentials,
        http: SharedHttpClient,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let Bucket {
            name,
            region,
            endpoint,
        } = bucket;
        let (origin, path) = match endpoint {
            Some(endpoint) => (
                endpoint.trim_end_matches('/').to_owned(),
                format!("/{name}"),
            ),
            None => {
                let ending = if region.starts_with("cn-") { ".cn" } else { "" };
                let origin = format!("https://{name}.s3.{region}.amazonaws.com{ending}");
                (origin, String::new())
            }
        };
        let retries = RetryConfig::standard()
            .with_max_attempts(ATTEMPTS)
            .with_initial_backoff(PAUSE);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(ATTEMPT)
            .build();
        Self {
            address: format!("{origin}{path}/"),
            region: region.clone(),
            identity: credentials.into(),
            clock,
            exchange: Operation::builder()
                .service_name("s3")
                .operation_name("exchange")
                .behavior_version(BehaviorVersion::latest())
                .http_client(http)
                .endpoint_url(&origin)
                // The address has the signature in it.
                .no_auth()
                .standard_retry(&retries)
                .retry_classifier(ModeledAsRetryableClassifier::<Refused>::new())
                .retry_classifier(TransientErrorClassifier::<Refused>::new())
                .timeout_config(timeouts)
                .serializer(Ok)
                .deserializer_impl(ReadAnswer)
                .build(),
        }
    }

    /// A request that is good for `life` from `now` on, with what it asks and with these headers, and when it ends.
    fn signed(
        &self,
        method: Method,
        file: &FileVersion,
        asks: &[(&str, &str)],
        headers: &[(&'static str, String)],
        (now, life): (Timestamp, SignedDuration),
    ) -> Result<(http::Request<SdkBody>, Timestamp), FilesError> {
        // Signatures tell whole seconds.
        let from = Timestamp::from_second(now.as_second()).map_err(refused)?;
        let until = from.checked_add(life).map_err(refused)?;
        let mut uri = self.address.clone();
        encode(&mut uri, &file.key, b"/");
        let version = file
            .version
            .as_deref()
            .map(|version| ("versionId", version));
        for (place, (name, value)) in asks.iter().copied().chain(version).enumerate() {
            uri.push(if place == 0 { '?' } else { '&' });
            uri.push_str(name);
            uri.push('=');
            encode(&mut uri, value, b"");
        }
        let mut request = http::Request::builder().method(&method).uri(&uri);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let mut request = request.body(SdkBody::empty()).map_err(refused)?;
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(life.unsigned_abs());
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let params = v4::SigningParams::builder()
            .identity(&self.identity)
            .region(&self.region)
            .name("s3")
            .time(SystemTime::from(from))
            .settings(settings)
            .build()
            .map_err(refused)?
            .into();
        let headers = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let body = SignableBody::UnsignedPayload;
        let signable =
            SignableRequest::new(method.as_str(), &uri, headers, body).map_err(refused)?;
        let (instructions, _) = sign(signable, &params).map_err(refused)?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Ok((request, until))
    }

    /// Asks for something of a file; none if it is not there.
    async fn ask(
        &self,
        method: Method,
        file: &FileVersion,
        headers: &[(&'static str, String)],
    ) -> Result<Option<Answer>, FilesError> {
        let when = (self.clock.now(), OWN_LIFE);
        let (request, _) = self.signed(method, file, &[], headers, when)?;
        let request = HttpRequest::try_from(request).map_err(refused)?;
        match self.exchange.invoke(request).await {
            Ok(answer) => Ok(Some(answer)),
            Err(SdkError::ServiceError(answer)) if answer.err().code == ABSENT => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    }

    /// The bytes from `from` up to and with `to`.
    async fn part(&self, file: &FileVersion, from: u64, to: u64) -> Result<Bytes, FilesError> {
        let range = [("range", format!("bytes={from}-{to}"))];
        let part = self.ask(Method::GET, file, &range).await?;
        let bytes = ByteStream::new(part.ok_or_else(gone)?.body).collect().await;
        Ok(bytes.map_err(interrupted)?.into_bytes())
    }
}

#[async_trait]
impl Files for S3 {
    async fn presign_upload(
        &self,
        announced: &Announced,
        now: Timestamp,
    ) -> Result<Presigned, FilesError> {
        let headers = [
            ("content-length", announced.size.to_string()),
            ("content-type", announced.content_type.clone()),
            (CHECKSUM, to_base64(&announced.sha256)?),
        ];
        let file = FileVersion {
            key: announced.key.clone(),
            version: None,
        };
        let when = (now, UPLOAD_LIFE);
        let (request, expires_at) = self.signed(Method::PUT, &file, &[], &headers, when)?;
        Ok(Presigned {
            method: "PUT",
            url: request.uri().to_string(),
            headers: headers.map(|(name, value)| (name.to_owned(), value)).into(),
            expires_at,
        })
    }

    async fn presign_download(
        &self,
        file: &FileVersion,
        file_name: &str,
        content_type: &str,
        now: Timestamp,
    ) -> Result<Presigned, FilesError> {
        let asks = [
            ("response-content-disposition", &*attachment(file_name)),
            ("response-content-type", content_type),
        ];
        let when = (now, DOWNLOAD_LIFE);
        let (request, expires_at) = self.signed(Method::GET, file, &asks, &[], when)?;
        Ok(Presigned {
            method: "GET",
            url: request.uri().to_string(),
            headers: BTreeMap::new(),
            expires_at,
        })
    }

    async fn find(&self, file: &FileVersion) -> Result<Option<Found>, FilesError> {
        let with_checksum = [("x-amz-checksum-mode", "ENABLED".to_owned())];
        let Some(answer) = self.ask(Method::HEAD, file, &with_checksum).await? else {
            return Ok(None);
        };
        let told = answer.headers;
        let size = told
            .get("content-length")
            .and_then(|size| size.parse().ok());
        let size: u64 = size.ok_or_else(|| interrupted("it tells no length"))?;
        // What is read is what was told of, even if something else was put meanwhile.
        let version = told.get("x-amz-version-id").map(str::to_owned);
        let found = FileVersion {
            key: file.key.clone(),
            version: version.or_else(|| file.version.clone()),
        };
        let (head, tail) = if size == 0 {
            (Bytes::new(), Bytes::new())
        } else if size <= LOOKED_AT {
            let whole = self.part(&found, 0, size - 1).await?;
            (whole.clone(), whole)
        } else {
            tokio::try_join!(
                self.part(&found, 0, LOOKED_AT - 1),
                self.part(&found, size - LOOKED_AT, size - 1),
            )?
        };
        Ok(Some(Found {
            size,
            sha256: told.get(CHECKSUM).and_then(from_base64),
            content_type: told.get("content-type").map(str::to_owned),
            version: found.version,
            head,
            tail,
        }))
    }

    async fn sha256(&self, file: &FileVersion) -> Result<String, FilesError> {
        let whole = self.ask(Method::GET, file, &[]).await?;
        let mut body = ByteStream::new(whole.ok_or_else(gone)?.body);
        let mut hash = Context::new(&SHA256);
        while let Some(bytes) = body.try_next().await.map_err(interrupted)? {
            hash.update(&bytes);
        }
        Ok(hex(hash.finish().as_ref()))
    }

    async fn remove(&self, files: &[FileVersion]) -> Result<(), FilesError> {
        for file in files {
            self.ask(Method::DELETE, file, &[]).await?;
        }
        Ok(())
    }
}

/// What S3 answered that did as it was asked.
#[derive(Debug)]
struct Answer {
    headers: Headers,
    body: SdkBody,
}

/// What it answered otherwise.
#[derive(Debug, ThisError)]
#[error("{code} {word}")]
struct Refused {
    code: u16,
    /// S3's word for it.
    word: String,
    /// Whether it is the request's fault.
    at_fault: bool,
}

impl ProvideErrorKind for Refused {
    fn retryable_error_kind(&self) -> Option<ErrorKind> {
        (!self.at_fault).then_some(ErrorKind::ServerError)
    }

    fn code(&self) -> Option<&str> {
        Some(&self.word)
    }
}

#[derive(Debug)]
struct ReadAnswer;

impl DeserializeResponse for ReadAnswer {
    fn deserialize_streaming_with_config(
        &self,
        answer: &mut HttpResponse,
        _: &ConfigBag,
    ) -> Option<Result<Output, OrchestratorError<Error>>> {
        answer.status().is_success().then(|| {
            Ok(Output::erase(Answer {
                headers: std::mem::take(answer.headers_mut()),
                body: answer.take_body(),
            }))
        })
    }

    fn deserialize_nonstreaming_with_config(
        &self,
        answer: &HttpResponse,
        _: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        let body = String::from_utf8_lossy(answer.body().bytes().unwrap_or_default());
        let word = body
            .split_once("<Code>")
            .and_then(|(_, rest)| rest.split_once("</Code>"))
            .map_or("", |(word, _)| word);
        Err(OrchestratorError::operation(Error::erase(Refused {
            code: answer.status().as_u16(),
            word: word.to_owned(),
            at_fault: answer.status().is_client_error(),
        })))
    }
}

/// An answer that says it is the request's fault is final; of anything else it is not known.
fn failed(error: &SdkError<Refused, HttpResponse>) -> FilesError {
    match error.as_service_error() {
        Some(known) if known.at_fault => FilesError::Refused(known.to_string()),
        Some(known) => FilesError::Unavailable(known.to_string()),
        None => FilesError::Unavailable(format!("{error:?}")),
    }
}

fn interrupted(error: impl Debug) -> FilesError {
    FilesError::Unavailable(format!("{error:?}"))
}

fn refused(error: impl Display) -> FilesError {
    FilesError::Refused(error.to_string())
}

fn gone() -> FilesError {
    FilesError::Unavailable("it is not there any more".to_owned())
}

/// Writes `text` as a part of an address. What is `kept` stays as it is, and so does what means the same everywhere.
fn encode(address: &mut String, text: &str, kept: &[u8]) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
}

/// A hash as S3 writes it.
fn to_base64(hex: &str) -> Result<String, FilesError> {
    let digits = hex.as_bytes();
    let bytes: Option<Vec<u8>> = digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    match bytes {
        Some(bytes) if digits.len() == 64 => Ok(BASE64.encode(bytes)),
        Some(_) | None => Err(FilesError::Refused(
            "a SHA-256 is 64 hexadecimal digits".to_owned(),
        )),
    }
}

/// A hash of a whole file as S3 writes it; one of the hashes of its parts has their number behind, and tells nothing.
fn from_base64(text: &str) -> Option<String> {
    let bytes = BASE64.decode(text).ok()?;
    (bytes.len() == 32).then(|| hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SetClock;
    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
    };
    use std::collections::VecDeque;
    use std::sync::Mutex;

    const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    /// What botocore 1.43 signs of the same.
    const SIGNATURE_OF_PUT: &str =
        "4a0dbbf724f09ed8fd6bf28c327dc9f8601405f1fafc2cde29632b60a157103e";
    const SIGNATURE_OF_GET: &str =
        "5c64b8698cd6cb429e788e16a375d7c44e17bf88936c48d1666acfb3e76bd13d";

    fn files() -> S3 {
        // Nobody is asked to sign.
        through(http_client_fn(|_, _| unreachable!("nothing is sent")), None)
    }

    fn through(http: SharedHttpClient, endpoint: Option<&str>) -> S3 {
        let bucket = Bucket {
            name: "plat-files".to_owned(),
            region: "eu-west-1".to_owned(),
            endpoint: endpoint.map(str::to_owned),
        };
        let credentials = Credentials::new("id", "secret", Some("session".to_owned()), None, "");
        S3::new(&bucket, credentials, http, Arc::new(SetClock::default()))
    }

    fn now() -> Timestamp {
        "2026-03-02T15:00:00.789Z".parse().unwrap()
    }

    fn hello() -> Announced {
        Announced {
            key: "documents/a/b".to_owned(),
            content_type: "application/pdf".to_owned(),
            size: 5,
            sha256: HELLO.to_owned(),
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
            Some(
                "attachment%3B%20filename%3D%22_.pdf%22%3B%20filename%2A%3DUTF-8%27%27%25C3%2596.pdf"
            )
        );
    }

    #[tokio::test]
    async fn what_is_no_hash_is_not_signed() {
        for wrong in ["", "2cf2", &"z".repeat(64), &"é".repeat(32)] {
            let announced = Announced {
                sha256: wrong.to_owned(),
                ..hello()
            };
            let refused = files().presign_upload(&announced, now()).await;
            assert!(matches!(refused, Err(FilesError::Refused(_))), "{wrong}");
        }
    }

    /// Answers in this order, and keeps what it was asked.
    #[derive(Debug, Default, Clone)]
    struct Scripted {
        answers: Arc<Mutex<VecDeque<(u16, &'static str)>>>,
        asked: Arc<Mutex<Vec<String>>>,
    }

    impl HttpConnector for Scripted {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            let (path, _) = request.uri().split_once('?').unwrap();
            let asked = format!("{} {path}", request.method());
            self.asked.lock().unwrap().push(asked);
            let (code, body) = self.answers.lock().unwrap().pop_front().unwrap();
            let answer = HttpResponse::new(code.try_into().unwrap(), SdkBody::from(body));
            HttpConnectorFuture::ready(Ok(answer))
        }
    }

    fn answering(answers: &[(u16, &'static str)]) -> (S3, Scripted) {
        let scripted = Scripted::default();
        scripted.answers.lock().unwrap().extend(answers);
        let connector = SharedHttpConnector::new(scripted.clone());
        let http = http_client_fn(move |_, _| connector.clone());
        (through(http, Some("http://127.0.0.1:9/")), scripted)
    }

    fn file() -> FileVersion {
        FileVersion {
            key: "documents/a b".to_owned(),
            version: None,
        }
    }

    #[tokio::test]
    async fn what_may_pass_is_tried_again() {
        let slow = (503, "<Error><Code>SlowDown</Code></Error>");
        let (files, scripted) = answering(&[slow, slow, (200, "hello")]);

        assert_eq!(files.sha256(&file()).await.as_deref(), Ok(HELLO));

        let asked = scripted.asked.lock().unwrap();
        assert_eq!(
            *asked,
            ["GET http://127.0.0.1:9/plat-files/documents/a%20b"; 3]
        );
    }

    #[tokio::test]
    async fn what_is_refused_is_told_by_its_word() {
        let denied = "<Error><Code>AccessDenied</Code><Message>not you</Message></Error>";
        let (files, _) = answering(&[(403, denied), (503, ""), (503, ""), (503, "")]);

        let refused = FilesError::Refused("403 AccessDenied".to_owned());
        assert_eq!(files.find(&file()).await, Err(refused));
        let unavailable = FilesError::Unavailable("503 ".to_owned());
        assert_eq!(files.find(&file()).await, Err(unavailable));
    }

    #[tokio::test]
    async fn what_is_not_there_is_no_failure() {
        let (files, _) = answering(&[(404, ""), (404, ""), (204, "")]);

        assert_eq!(files.find(&file()).await, Ok(None));
        assert_eq!(files.remove(&[file(), file()]).await, Ok(()));
    }

    #[test]
    fn a_hash_of_hashes_does_not_pass_for_the_hash_of_a_file() {
        let hash = to_base64(HELLO).unwrap();
        assert_eq!(from_base64(&hash).as_deref(), Some(HELLO));
        assert_eq!(from_base64(&format!("{hash}-3")), None);
        assert_eq!(from_base64("LPJN"), None);
    }
}
