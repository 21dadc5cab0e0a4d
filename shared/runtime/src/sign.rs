//! Signatures of requests to DynamoDB (AWS Signature Version 4), with the day's key kept.
//!
//! The SDK derives the key anew for each request and hashes in plain code, which takes a third of a running function's
//! work on a request. What is signed here is only what DynamoDB is sent: a POST to `/` whose body is at hand. Everything
//! else is left to the SDK's signer, and so is a request that is tried again, for which it corrects the clock.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use aws_credential_types::Credentials;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4Signer};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::{
    AuthScheme, AuthSchemeEndpointConfig, AuthSchemeId, Sign,
};
use aws_smithy_runtime_api::client::identity::{Identity, SharedIdentityResolver};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::{GetIdentityResolver, RuntimeComponents};
use aws_smithy_types::config_bag::ConfigBag;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fmt::{self, Write};
use std::sync::{Mutex, PoisonError};

/// The service's name in a signature.
const SERVICE: &str = "dynamodb";

/// Signs what the SDK would sign, for one region.
pub(crate) struct Signing {
    region: String,
    /// The last key, with the day and the credentials that it is for.
    last: Mutex<Option<(String, String, hmac::Key)>>,
    rest: SigV4Signer,
}

impl fmt::Debug for Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signing")
    }
}

impl AuthScheme for Signing {
    fn scheme_id(&self) -> AuthSchemeId {
        SCHEME_ID
    }

    fn identity_resolver(
        &self,
        resolvers: &dyn GetIdentityResolver,
    ) -> Option<SharedIdentityResolver> {
        resolvers.identity_resolver(SCHEME_ID)
    }

    fn signer(&self) -> &dyn Sign {
        self
    }
}

impl Sign for Signing {
    fn sign_http_request(
        &self,
        request: &mut HttpRequest,
        identity: &Identity,
        endpoint: AuthSchemeEndpointConfig<'_>,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        let is_first = config
            .load::<RequestAttempts>()
            .is_none_or(|attempts| attempts.attempts() <= 1);
        let says_where = ["signingRegion", "signingName"]
            .iter()
            .any(|name| endpoint.get(name).is_some());
        if is_first
            && !says_where
            && let Some(credentials) = identity.data::<Credentials>()
        {
            let now = components.time_source().unwrap_or_default().now();
            if self.sign(request, credentials, now.try_into()?)? {
                return Ok(());
            }
        }
        self.rest
            .sign_http_request(request, identity, endpoint, components, config)
    }
}

impl Signing {
    pub(crate) fn new(region: impl Into<String>) -> Self {
        Self {
            region: region.into(),
            last: Mutex::default(),
            rest: SigV4Signer::new(),
        }
    }

    /// Signs a POST to the root of a host. Any other request is left as it is, and false returned.
    fn sign(
        &self,
        request: &mut HttpRequest,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Result<bool, BoxError> {
        let Some(host) = host_of_root(request.uri()) else {
            return Ok(false);
        };
        let host = host.to_owned();
        let Some(body) = request
            .body()
            .bytes()
            .filter(|_| request.method() == "POST")
        else {
            return Ok(false);
        };
        let body_hash = hex(digest(&SHA256, body).as_ref());
        let at = now.to_zoned(TimeZone::UTC).datetime();
        let day = format!("{:04}{:02}{:02}", at.year(), at.month(), at.day());
        let time = format!(
            "{day}T{:02}{:02}{:02}Z",
            at.hour(),
            at.minute(),
            at.second()
        );
        let headers = request.headers_mut();
        headers.insert("x-amz-date", time.clone());
        if let Some(token) = credentials.session_token() {
            headers.insert("x-amz-security-token", token.to_owned());
        }

        // What says where the request goes and what it asks. The rest, proxies may change.
        let mut signed: Vec<(&str, &str)> = headers
            .iter()
            .filter(|(name, _)| {
                (name.starts_with("x-amz-") && *name != "x-amz-user-agent")
                    || *name == "content-type"
            })
            .chain([("host", host.as_str())])
            .collect();
        signed.sort_unstable();
        let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let mut canonical = String::with_capacity(1_024);
        canonical.push_str("POST\n/\n\n");
        for (name, value) in &signed {
            let words: Vec<&str> = value.split(' ').filter(|word| !word.is_empty()).collect();
            writeln!(canonical, "{name}:{}", words.join(" "))?;
        }
        write!(canonical, "\n{names}\n{body_hash}")?;

        let scope = format!("{day}/{}/{SERVICE}/aws4_request", self.region);
        let canonical_hash = hex(digest(&SHA256, canonical.as_bytes()).as_ref());
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{canonical_hash}");
        let signature = hmac::sign(&self.key(credentials, &day), text.as_bytes());
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
            credentials.access_key_id(),
            hex(signature.as_ref())
        );
        request.headers_mut().insert("authorization", authorization);
        Ok(true)
    }

    fn key(&self, credentials: &Credentials, day: &str) -> hmac::Key {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of_day, of_id, key)) = &*last
            && of_day == day
            && of_id == credentials.access_key_id()
        {
            return key.clone();
        }
        let first = format!("AWS4{}", credentials.secret_access_key());
        let mut key = hmac::Key::new(HMAC_SHA256, first.as_bytes());
        for part in [day, &self.region, SERVICE, "aws4_request"] {
            key = hmac::Key::new(HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
        }
        let id = credentials.access_key_id().to_owned();
        *last = Some((day.to_owned(), id, key.clone()));
        key
    }
}

/// The host, and its port if it is not the usual one, of an address that leads to its root.
fn host_of_root(uri: &str) -> Option<&str> {
    let (usual, rest) = uri
        .strip_prefix("https://")
        .map(|rest| (":443", rest))
        .or_else(|| uri.strip_prefix("http://").map(|rest| (":80", rest)))?;
    let host = rest.strip_suffix('/').unwrap_or(rest);
    let is_host = !host.is_empty() && !host.contains(['/', '?', '#', '@']);
    is_host.then(|| host.strip_suffix(usual).unwrap_or(host))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |four: u8| {
        DIGITS
            .get(usize::from(four))
            .map_or('0', |digit| char::from(*digit))
    };
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    use aws_sigv4::sign::v4;
    use aws_smithy_types::body::SdkBody;

    const BODY: &str = r#"{"TableName":"plat","Key":{"PK":{"S":"U#1"}}}"#;

    fn request(uri: &str) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from(BODY));
        request.set_method("POST").unwrap();
        request.set_uri(uri).unwrap();
        let headers = request.headers_mut();
        headers.insert("content-type", "application/x-amz-json-1.0");
        headers.insert("x-amz-target", "DynamoDB_20120810.GetItem");
        headers.insert("amz-sdk-request", "attempt=1;  max=3");
        headers.insert("x-amz-user-agent", "plat");
        request
    }

    /// What the SDK's own signer makes of the headers that are signed here.
    fn expected(uri: &str, credentials: &Credentials, now: Timestamp) -> String {
        let mut request = request(uri);
        request.headers_mut().remove("amz-sdk-request");
        request.headers_mut().remove("x-amz-user-agent");
        let identity = Identity::from(credentials.clone());
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-west-1")
            .name("dynamodb")
            .time(now.into())
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let signable = SignableRequest::new(
            "POST",
            uri,
            request.headers().iter(),
            SignableBody::Bytes(BODY.as_bytes()),
        )
        .unwrap();
        let (instructions, _) = sign(signable, &parameters).unwrap().into_parts();
        instructions
            .headers()
            .find(|(name, _)| *name == "authorization")
            .map(|(_, value)| value.to_owned())
            .unwrap()
    }

    #[test]
    fn a_signature_is_the_one_that_the_sdk_makes() {
        let signing = Signing::new("eu-west-1");
        for (uri, session, time) in [
            (
                "https://dynamodb.eu-west-1.amazonaws.com/",
                None,
                "2026-03-01T09:08:07Z",
            ),
            (
                "https://dynamodb.eu-west-1.amazonaws.com",
                Some("a-session+/="),
                "2026-03-01T23:59:59.9Z",
            ),
            (
                "https://localhost:8443/",
                Some("another"),
                "2026-03-02T00:00:00Z",
            ),
            ("http://127.0.0.1:80/", None, "2026-03-02T00:00:01Z"),
        ] {
            let now: Timestamp = time.parse().unwrap();
            let credentials =
                Credentials::new("AKID", "se/cret", session.map(str::to_owned), None, "test");
            let mut signed = request(uri);
            assert!(signing.sign(&mut signed, &credentials, now).unwrap());
            assert_eq!(
                signed.headers().get("authorization"),
                Some(expected(uri, &credentials, now).as_str()),
                "{uri} {time}"
            );
        }
    }

    #[test]
    fn other_credentials_have_another_key() {
        let signing = Signing::new("eu-west-1");
        let now: Timestamp = "2026-03-01T09:08:07Z".parse().unwrap();
        let uri = "https://dynamodb.eu-west-1.amazonaws.com/";
        for id in ["AKID1", "AKID2", "AKID1"] {
            let credentials = Credentials::new(id, format!("secret of {id}"), None, None, "test");
            let mut signed = request(uri);
            assert!(signing.sign(&mut signed, &credentials, now).unwrap());
            assert_eq!(
                signed.headers().get("authorization"),
                Some(expected(uri, &credentials, now).as_str())
            );
        }
    }

    #[test]
    fn what_is_not_a_post_to_a_root_is_left_to_the_sdk() {
        let signing = Signing::new("eu-west-1");
        let credentials = Credentials::new("AKID", "secret", None, None, "test");
        for uri in [
            "https://example.com/v2/email",
            "https://example.com/?x=1",
            "https://you@example.com/",
            "ftp://example.com/",
        ] {
            let mut left = request(uri);
            assert!(
                !signing
                    .sign(&mut left, &credentials, Timestamp::UNIX_EPOCH)
                    .unwrap()
            );
            assert_eq!(left.headers().get("authorization"), None, "{uri}");
        }
    }
}
