//! Requests to S3 and its answers: how long one may take, when it is tried again, and what of an answer is an error.

use super::refused;
use crate::causes::causes;
use crate::files::FilesError;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{
    ModeledAsRetryableClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::context::{Error, Output};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::ser_de::DeserializeResponse;
use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::{ErrorKind, ProvideErrorKind, RetryConfig};
use aws_smithy_types::timeout::TimeoutConfig;
use bytes::Bytes;
use http::Request;
use std::time::Duration;
use thiserror::Error as ThisError;

/// The first attempt and two more.
const ATTEMPTS: u32 = 3;

/// S3 asks for patience seldom, and not for long.
const PAUSE: Duration = Duration::from_millis(100);

const CONNECT: Duration = Duration::from_secs(1);

/// S3 begins to answer within a tenth of a second, if it is well.
const WORD: Duration = Duration::from_secs(5);

/// A piece of a file takes that long at half a megabyte in a second: such a line is broken.
const BYTES: Duration = Duration::from_secs(15);

/// S3 puts parts together in a second or two. It reserves minutes for it, but for files of another size than Plat's.
const ASSEMBLY: Duration = Duration::from_secs(30);

/// How S3 says that nothing is there.
const ABSENT: u16 = 404;

/// How S3 says that a file ends before the first byte that was asked for.
const PAST_END: u16 = 416;

/// S3 waited for more of the request. It calls that the request's fault, but it is the line's.
const STALLED: &str = "RequestTimeout";

/// What of a request takes its time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Weight {
    /// Nothing.
    Word,
    /// Bytes of a file, either way.
    Bytes,
    /// What S3 does upon it. What it answers is XML, in which there may be an error after all: S3 says that it goes well
    /// before it knows.
    Assembly,
}

/// What requests go through.
pub(super) struct Exchange {
    word: Operation<HttpRequest, Answer, Refused>,
    bytes: Operation<HttpRequest, Answer, Refused>,
    assembly: Operation<HttpRequest, Answer, Refused>,
}

impl Exchange {
    pub(super) fn new(http: &SharedHttpClient, origin: &str) -> Self {
        let operation = |attempt, may_err| {
            let retries = RetryConfig::standard()
                .with_max_attempts(ATTEMPTS)
                .with_initial_backoff(PAUSE);
            let timeouts = TimeoutConfig::builder()
                .connect_timeout(CONNECT)
                .operation_attempt_timeout(attempt)
                .build();
            Operation::builder()
                .service_name("s3")
                .operation_name("exchange")
                .behavior_version(BehaviorVersion::latest())
                .http_client(http.clone())
                .endpoint_url(origin)
                // The address has the signature in it.
                .no_auth()
                .standard_retry(&retries)
                .retry_classifier(ModeledAsRetryableClassifier::<Refused>::new())
                .retry_classifier(TransientErrorClassifier::<Refused>::new())
                .timeout_config(timeouts)
                .serializer(Ok)
                .deserializer_impl(ReadAnswer { may_err })
                .build()
        };
        Self {
            word: operation(WORD, false),
            bytes: operation(BYTES, false),
            assembly: operation(ASSEMBLY, true),
        }
    }

    /// What S3 answers: what was asked for, or why not.
    pub(super) async fn send(
        &self,
        weight: Weight,
        request: Request<SdkBody>,
    ) -> Result<Result<Answer, Refused>, FilesError> {
        let request = HttpRequest::try_from(request).map_err(refused)?;
        let operation = match weight {
            Weight::Word => &self.word,
            Weight::Bytes => &self.bytes,
            Weight::Assembly => &self.assembly,
        };
        match operation.invoke(request).await {
            Ok(answer) => Ok(Ok(answer)),
            Err(SdkError::ServiceError(error)) => Ok(Err(error.into_err())),
            Err(error) => Err(FilesError::Unavailable(causes(&error))),
        }
    }
}

/// What S3 answered that did as it was asked.
#[derive(Debug)]
pub(super) struct Answer {
    headers: Headers,
    pub(super) body: Bytes,
}

impl Answer {
    /// A header's text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// A header that S3 always sends.
    pub(super) fn told(&self, name: &str) -> Result<&str, FilesError> {
        let missing = || FilesError::Unavailable(format!("it tells no {name}"));
        self.header(name).ok_or_else(missing)
    }

    /// Which version it is about.
    pub(super) fn version(&self) -> Option<String> {
        self.header("x-amz-version-id").map(str::to_owned)
    }
}

/// What it answered otherwise.
#[derive(Debug, ThisError)]
#[error("{code} {word}")]
pub(super) struct Refused {
    code: u16,
    /// S3's word for it.
    word: String,
    /// Whether it is the request's fault.
    at_fault: bool,
}

impl Refused {
    /// Whether there is no such file, or upload.
    pub(super) fn is_absent(&self) -> bool {
        self.code == ABSENT
    }

    /// Whether there is a file, but nothing of what was asked for.
    pub(super) fn is_past_end(&self) -> bool {
        self.code == PAST_END
    }
}

/// An answer that says it is the request's fault is final; of anything else it is not known.
impl From<Refused> for FilesError {
    fn from(error: Refused) -> Self {
        if error.at_fault {
            Self::Refused(error.to_string())
        } else {
            Self::Unavailable(error.to_string())
        }
    }
}

impl ProvideErrorKind for Refused {
    fn retryable_error_kind(&self) -> Option<ErrorKind> {
        (!self.at_fault).then_some(ErrorKind::ServerError)
    }

    fn code(&self) -> Option<&str> {
        Some(&self.word)
    }
}

/// Reads an answer, all of which is in memory by then: one that breaks off is asked for again.
#[derive(Debug)]
struct ReadAnswer {
    /// Whether an answer that says it went well may hold an error.
    may_err: bool,
}

impl DeserializeResponse for ReadAnswer {
    fn deserialize_nonstreaming_with_config(
        &self,
        answer: &HttpResponse,
        _: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        let status = answer.status();
        let body = answer.body().bytes().unwrap_or_default();
        let error = self.may_err && element(body, "Error").is_some();
        if status.is_success() && !error {
            return Ok(Output::erase(Answer {
                headers: answer.headers().clone(),
                body: Bytes::copy_from_slice(body),
            }));
        }
        let word = element(body, "Code").unwrap_or_default();
        Err(OrchestratorError::operation(Error::erase(Refused {
            code: status.as_u16(),
            at_fault: status.is_client_error() && word != STALLED,
            word,
        })))
    }
}

/// The text of the first element of this name. What is read so, S3's words and names, needs no escapes in XML.
pub(super) fn element(xml: &[u8], name: &str) -> Option<String> {
    let xml = String::from_utf8_lossy(xml);
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.to_owned())
}
