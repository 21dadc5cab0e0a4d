//! A vault for one machine, whose key is in a file.

use super::{Context, Sealed, Secret, VERSION, Vault, VaultError, lock, unlock};
use async_trait::async_trait;
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

/// What stands behind the version, so that no other vault tries its key.
const FORM: &str = "local";

/// Seals under a key that is derived from a file's bytes.
pub struct LocalVault(Zeroizing<Vec<u8>>);

impl LocalVault {
    /// The vault of whoever has these bytes: at least 32, which nobody can guess.
    ///
    /// # Errors
    /// They are fewer.
    pub fn new(file: &[u8]) -> Result<Self, VaultError> {
        if file.len() < 32 {
            return Err(VaultError::Refused(
                "the key file has fewer than 32 bytes".to_owned(),
            ));
        }
        let root = hmac::Key::new(hmac::HMAC_SHA256, file);
        let key = hmac::sign(&root, b"vault").as_ref().to_vec();
        Ok(Self(Zeroizing::new(key)))
    }
}

#[async_trait]
impl Vault for LocalVault {
    async fn seal(&self, context: &Context, secret: &Secret) -> Result<Sealed, VaultError> {
        let locked = lock(&self.0, context, secret)?;
        Ok(Sealed {
            text: format!("{VERSION}.{FORM}.{locked}"),
            ending: secret.ending(),
        })
    }

    async fn open(&self, context: &Context, sealed: &Sealed) -> Result<Secret, VaultError> {
        let parts: Vec<&str> = sealed.text.split('.').collect();
        match parts.as_slice() {
            [VERSION, FORM, locked] => unlock(&self.0, context, locked),
            _ => Err(VaultError::DoesNotOpen),
        }
    }
}
