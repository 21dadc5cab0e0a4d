//! Addresses of a bucket, signed: what they ask is in them, and whoever has one can ask it.

use super::{Ask, Bucket, refused};
use crate::files::FilesError;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_types::body::SdkBody;
use http::Request;
use jiff::{SignedDuration, Timestamp};
use std::fmt::Write;
use std::time::SystemTime;

/// Signs what is asked of one bucket.
pub(super) struct Signer {
    /// The scheme and the host.
    pub(super) origin: String,
    /// What stands between the host and a key.
    path: String,
    region: String,
    identity: Identity,
}

impl Signer {
    pub(super) fn new(bucket: &Bucket, credentials: Credentials) -> Self {
        let Bucket {
            name,
            region,
            endpoint,
        } = bucket;
        let (origin, path) = match endpoint {
            Some(endpoint) => (
                endpoint.trim_end_matches('/').to_owned(),
                format!("/{name}/"),
            ),
            None => {
                let ending = if region.starts_with("cn-") { ".cn" } else { "" };
                let origin = format!("https://{name}.s3.{region}.amazonaws.com{ending}");
                (origin, "/".to_owned())
            }
        };
        Self {
            origin,
            path,
            region: region.clone(),
            identity: credentials.into(),
        }
    }

    /// A request that is good for `life` from `now` on, and when it ends.
    pub(super) fn sign(
        &self,
        ask: Ask<'_>,
        (now, life): (Timestamp, SignedDuration),
    ) -> Result<(Request<SdkBody>, Timestamp), FilesError> {
        // Signatures tell whole seconds.
        let from = Timestamp::from_second(now.as_second()).map_err(refused)?;
        let until = from.checked_add(life).map_err(refused)?;
        let uri = self.address(&ask);
        let mut request = Request::builder().method(&ask.method).uri(&uri);
        for (name, value) in &ask.headers {
            request = request.header(*name, value);
        }
        let mut request = request.body(ask.body.into()).map_err(refused)?;
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
        let headers = ask.headers.iter();
        let headers = headers.map(|(name, value)| (*name, value.as_str()));
        let body = SignableBody::UnsignedPayload;
        let signable =
            SignableRequest::new(ask.method.as_str(), &uri, headers, body).map_err(refused)?;
        let (instructions, _) = sign(signable, &params).map_err(refused)?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Ok((request, until))
    }

    fn address(&self, ask: &Ask<'_>) -> String {
        let mut address = format!("{}{}", self.origin, self.path);
        encode(&mut address, ask.key, b"/");
        for (place, (name, value)) in ask.query.iter().enumerate() {
            address.push(if place == 0 { '?' } else { '&' });
            address.push_str(name);
            address.push('=');
            encode(&mut address, value, b"");
        }
        address
    }
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
