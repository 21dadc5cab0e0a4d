//! Clients of AWS, put together by hand: the usual way also prepares to assume roles and to ask a metadata service,
//! which no function does, and which costs more than everything else at a start.

use crate::sign::Signing;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::user_agent::UserAgentInterceptor;
use aws_sdk_dynamodb::config::endpoint::{
    DefaultResolver, Endpoint, EndpointFuture, Params, ResolveEndpoint,
};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, StalledStreamProtectionConfig};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{
    Intercept, disable_interceptor, dyn_dispatch_hint,
};
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::SdkConfig;
use plat_services::files::{Bucket, S3};
use plat_services::{
    Bedrock, Bus, EventBridge, Files, Internet, KmsVault, Mailer, Outgoing, Queues, SesMailer, Sqs,
    SystemClock, Vault, Writer,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// The roots that every AWS endpoint's certificate descends from (<https://www.amazontrust.com/repository/>).
///
/// Reading a machine's some 140 roots takes longer than the rest of a start together.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon-roots.pem");

/// DynamoDB answers in a few milliseconds. What has not come after this is asked for again.
const ATTEMPT: Duration = Duration::from_secs(2);
const CONNECT: Duration = Duration::from_secs(1);

/// The first attempt and two more.
const ATTEMPTS: u32 = 3;

/// What answers as fast as the table, but for less often asked.
const OTHER_ATTEMPT: Duration = Duration::from_secs(3);

/// SES takes its time; a second message costs more than waiting.
const MAIL_ATTEMPT: Duration = Duration::from_secs(10);

/// As whom, and where.
pub(crate) struct Access {
    pub(crate) region: String,
    pub(crate) key_id: String,
    pub(crate) secret: String,
    pub(crate) session: Option<String>,
    pub(crate) table_endpoint: Option<String>,
    pub(crate) mail_endpoint: Option<String>,
    pub(crate) files_endpoint: Option<String>,
    /// Where everything else is.
    pub(crate) shared_endpoint: Option<String>,
    /// A file of roots to trust in place of Amazon's.
    pub(crate) trusted: Option<PathBuf>,
}

/// As whom mail is sent.
pub(crate) struct Sender {
    pub(crate) from: String,
    pub(crate) configuration_set: Option<String>,
    pub(crate) team_configuration_set: Option<String>,
}

/// What all clients share.
pub(crate) struct Clients {
    access: Access,
    /// The roots that AWS is trusted by.
    trusted: Vec<u8>,
    credentials: Credentials,
    http: SharedHttpClient,
}

impl Clients {
    pub(crate) fn new(access: Access) -> Result<Self, String> {
        let trusted = match &access.trusted {
            None => AMAZON_ROOTS.to_vec(),
            Some(path) => std::fs::read(path).map_err(|error| {
                format!("the roots in {} cannot be read: {error}", path.display())
            })?,
        };
        let tls = TlsContext::builder()
            .with_trust_store(TrustStore::empty().with_pem_certificate(trusted.clone()))
            .build()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?;
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(tls)
            .build_https();
        // Lambda renews an environment's credentials by starting another environment.
        let credentials = Credentials::new(
            access.key_id.clone(),
            access.secret.clone(),
            access.session.clone(),
            None,
            "environment",
        );
        Ok(Self {
            access,
            trusted,
            credentials,
            http,
        })
    }

    pub(crate) fn table(&self) -> aws_sdk_dynamodb::Client {
        let mut config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.access.region.clone()))
            .credentials_provider(self.credentials.clone())
            .http_client(self.http.clone())
            .endpoint_resolver(OneEndpoint::default())
            .push_auth_scheme(Signing::new(self.access.region.clone()))
            .interceptor(NoUserAgent)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(timeouts(ATTEMPT))
            // Replies are small and the attempt has its time limit; watching the bytes of each would be a second one.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_endpoint_url(self.access.table_endpoint.clone());
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }

    pub(crate) fn mailer(&self, sender: Sender) -> Arc<dyn Mailer> {
        let config = self.config(self.access.mail_endpoint.clone(), MAIL_ATTEMPT);
        let client = aws_sdk_sesv2::Client::new(&config);
        let mailer = SesMailer::new(client, sender.from, sender.configuration_set);
        Arc::new(match sender.team_configuration_set {
            None => mailer,
            Some(set) => mailer.telling_of_teams_by(set),
        })
    }

    pub(crate) fn vault(&self, key: String) -> Arc<dyn Vault> {
        let config = self.config(self.access.shared_endpoint.clone(), OTHER_ATTEMPT);
        Arc::new(KmsVault::new(aws_sdk_kms::Client::new(&config), key))
    }

    /// Third parties have certificates from anybody, so all roots of the machine count, unless others were named.
    pub(crate) fn internet(&self) -> Arc<dyn Outgoing> {
        let named = self.access.trusted.as_ref();
        Arc::new(Internet::new(named.map(|_| self.trusted.clone())))
    }

    /// The installation's own model.
    pub(crate) fn bedrock(&self, model: String) -> Arc<dyn Writer> {
        Arc::new(Bedrock::new(
            // Not all of the internet's roots, which take longer to read.
            Arc::new(Internet::new(Some(self.trusted.clone()))),
            Arc::new(SystemClock),
            self.credentials.clone(),
            self.access.region.clone(),
            self.access.shared_endpoint.clone(),
            model,
        ))
    }

    pub(crate) fn bus(&self, bus: String) -> Arc<dyn Bus> {
        let config = self.config(self.access.shared_endpoint.clone(), OTHER_ATTEMPT);
        let client = aws_sdk_eventbridge::Client::new(&config);
        Arc::new(EventBridge::new(client, bus))
    }

    pub(crate) fn queues(&self, urls: BTreeMap<String, String>) -> Arc<dyn Queues> {
        let config = self.config(self.access.shared_endpoint.clone(), OTHER_ATTEMPT);
        let client = aws_sdk_sqs::Client::new(&config);
        Arc::new(Sqs::new(client, urls))
    }

    pub(crate) fn files(&self, bucket: String) -> Arc<dyn Files> {
        let bucket = Bucket {
            name: bucket,
            region: self.access.region.clone(),
            endpoint: self.access.files_endpoint.clone(),
        };
        let (credentials, http) = (self.credentials.clone(), self.http.clone());
        Arc::new(S3::new(&bucket, credentials, http, Arc::new(SystemClock)))
    }

    /// What all clients but the table's are set up with; `attempt` is how long one try may take.
    fn config(&self, endpoint: Option<String>, attempt: Duration) -> SdkConfig {
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.access.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(self.credentials.clone()))
            .http_client(self.http.clone())
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(timeouts(attempt));
        config.set_endpoint_url(endpoint);
        config.build()
    }

    /// The current value of the secret at `place`; `name` is what it is for.
    pub(crate) async fn secret(&self, name: &str, place: &str) -> Result<String, String> {
        let config = self.config(self.access.shared_endpoint.clone(), OTHER_ATTEMPT);
        let client = aws_sdk_secretsmanager::Client::new(&config);
        let value = client
            .get_secret_value()
            .secret_id(place)
            .send()
            .await
            .map_err(|error| {
                let error = error.into_service_error();
                format!("the secret {name} cannot be read: {error:?}")
            })?;
        value
            .secret_string
            .ok_or_else(|| format!("the secret {name} is no text"))
    }
}

/// The endpoint that the SDK's rules give for the first call, for all calls.
///
/// The rules would also look at which operation and table a call is about. For one region and no account-based
/// endpoints the answer is always the same, but they forget it whenever the operation changes.
#[derive(Debug, Default)]
struct OneEndpoint {
    rules: DefaultResolver,
    known: OnceLock<Endpoint>,
}

impl ResolveEndpoint for OneEndpoint {
    fn resolve_endpoint<'a>(&'a self, params: &'a Params) -> EndpointFuture<'a> {
        if let Some(known) = self.known.get() {
            return EndpointFuture::ready(Ok(known.clone()));
        }
        EndpointFuture::new(async move {
            let endpoint = ResolveEndpoint::resolve_endpoint(&self.rules, params).await?;
            Ok(self.known.get_or_init(|| endpoint).clone())
        })
    }
}

/// Leaves out the header in which the SDK describes itself and the machine. It is put together for each call, and
/// DynamoDB does nothing with it.
#[derive(Debug)]
struct NoUserAgent;

#[dyn_dispatch_hint]
impl Intercept for NoUserAgent {
    fn name(&self) -> &'static str {
        "NoUserAgent"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config
            .interceptor_state()
            .store_put(disable_interceptor::<UserAgentInterceptor>(
                "nobody reads it",
            ));
        Ok(())
    }
}

fn timeouts(attempt: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(attempt)
        .build()
}
