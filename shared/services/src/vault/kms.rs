//! A vault whose key never leaves KMS.
//!
//! KMS makes a key for each secret, and hands it over twice: in the open, to seal with at once, and under its own key, to be
//! kept beside what it sealed. The team and the provider are its encryption context: KMS opens the kept key for no other,
//! and they are in CloudTrail with each use.

use super::{BASE64, Context, Sealed, Secret, VERSION, Vault, VaultError, lock, unlock};
use crate::causes::causes;
use async_trait::async_trait;
use aws_sdk_kms::Client;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use base64::Engine;
use std::collections::HashMap;
use std::error::Error;
use zeroize::Zeroizing;

/// What stands behind the version, so that no other vault tries its key.
const FORM: &str = "kms";

/// What KMS says of a key that it did not make for this team and provider, or with its own key.
const NOT_ITS_KEY: [&str; 2] = ["InvalidCiphertextException", "IncorrectKeyException"];

/// What passes: KMS itself or something that it needs does not answer, or is asked too often.
const PASSING: [&str; 5] = [
    "DependencyTimeoutException",
    "KeyUnavailableException",
    "KMSInternalException",
    "LimitExceededException",
    "ThrottlingException",
];

/// AWS Key Management Service.
pub struct KmsVault {
    client: Client,
    key: String,
}

impl KmsVault {
    /// Seals under the KMS key with this id, alias or ARN. To ask KMS twice does no harm, so the client may try again.
    pub fn new(client: Client, key: String) -> Self {
        Self { client, key }
    }
}

#[async_trait]
impl Vault for KmsVault {
    async fn seal(&self, context: &Context, secret: &Secret) -> Result<Sealed, VaultError> {
        let made = self
            .client
            .generate_data_key()
            .key_id(&self.key)
            .key_spec(DataKeySpec::Aes256)
            .set_encryption_context(Some(named(context)))
            .send()
            .await
            .map_err(|error| failed(&error))?;
        let key = in_the_open(made.plaintext)?;
        let kept = made.ciphertext_blob.ok_or_else(without_key)?;
        let locked = lock(&key, context, secret)?;
        Ok(Sealed {
            text: format!("{VERSION}.{FORM}.{}.{locked}", BASE64.encode(kept)),
            ending: secret.ending(),
        })
    }

    async fn open(&self, context: &Context, sealed: &Sealed) -> Result<Secret, VaultError> {
        let parts: Vec<&str> = sealed.text.split('.').collect();
        let [VERSION, FORM, kept, locked] = parts.as_slice() else {
            return Err(VaultError::DoesNotOpen);
        };
        let kept = BASE64.decode(kept).map_err(|_| VaultError::DoesNotOpen)?;
        let opened = self
            .client
            .decrypt()
            .key_id(&self.key)
            .ciphertext_blob(Blob::new(kept))
            .set_encryption_context(Some(named(context)))
            .send()
            .await
            .map_err(|error| failed(&error))?;
        unlock(&in_the_open(opened.plaintext)?, context, locked)
    }
}

fn named(context: &Context) -> HashMap<String, String> {
    HashMap::from([
        ("team".to_owned(), context.team.to_string()),
        ("provider".to_owned(), context.provider.clone()),
    ])
}

fn in_the_open(key: Option<Blob>) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let key = key.ok_or_else(without_key)?;
    Ok(Zeroizing::new(key.into_inner()))
}

fn without_key() -> VaultError {
    VaultError::Unavailable("KMS answered without a key".to_owned())
}

fn failed<E>(error: &SdkError<E>) -> VaultError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let code = error.code().unwrap_or_default();
    if NOT_ITS_KEY.contains(&code) {
        return VaultError::DoesNotOpen;
    }
    let is_refused = error
        .raw_response()
        .is_some_and(|reply| reply.status().is_client_error());
    let said = causes(error);
    if is_refused && !PASSING.contains(&code) {
        VaultError::Refused(said)
    } else {
        VaultError::Unavailable(said)
    }
}
