//! Secrets of teams: the keys by which they use providers, sealed before they are kept.
//!
//! A secret opens only for the team and the provider that it was sealed for. Here belong what a sealed secret looks like,
//! and two vaults: KMS, and a key in a file for one machine. Not here: cursors and kept replies, which every function seals
//! by itself (`keys`), and who may ask for a secret.

mod kms;
mod local;

use async_trait::async_trait;
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use plat_domain::TeamId;
use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;
use zeroize::Zeroizing;

pub use kms::KmsVault;
pub use local::LocalVault;

/// What begins a sealed secret: which form it has. Another form gets another number, and this one stays readable.
const VERSION: &str = "v1";

const NONCE: usize = 12;

/// How many characters at the end of a secret are shown, and how many it must have for that: a short one would be told
/// half.
const SHOWN: usize = 4;
const SHOWN_OF: usize = 16;

/// Whose secret it is, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The team.
    pub team: TeamId,
    /// The provider, as on the wire: `sendgrid`.
    pub provider: String,
}

impl Context {
    /// What is sealed along. Lengths in front keep one pair from passing for another.
    fn bytes(&self) -> Vec<u8> {
        let team = self.team.bits().to_be_bytes();
        let parts = [VERSION.as_bytes(), &team, self.provider.as_bytes()];
        let with_length = |part: &[u8]| [&part.len().to_be_bytes(), part].concat();
        parts.into_iter().flat_map(with_length).collect()
    }
}

/// A secret in the open. Its memory is cleared when it is dropped, and nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Keeps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(Zeroizing::new(secret.into()))
    }

    /// The secret, for whom it is meant.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Its last four characters, by which people know it again; nothing of one that is short.
    pub fn ending(&self) -> String {
        let length = self.0.chars().count();
        let hidden = if length < SHOWN_OF {
            length
        } else {
            length - SHOWN
        };
        self.0.chars().skip(hidden).collect()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// A secret as it is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The secret, sealed: a version and parts of base64url, with dots between.
    pub text: String,
    /// Its last characters, to be shown.
    pub ending: String,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed(…{})", self.ending)
    }
}

/// Why a secret was not sealed or opened. Nothing of it is told.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VaultError {
    /// Trying again may help.
    #[error("the vault did not answer: {0}")]
    Unavailable(String),
    /// It was sealed for another team or provider, or by another vault, or was altered.
    #[error("the secret does not open")]
    DoesNotOpen,
    /// The vault will not do it; a fault in the deployment.
    #[error("the vault refused: {0}")]
    Refused(String),
}

/// Seals secrets and opens them.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Seals a secret for a team and a provider.
    async fn seal(&self, context: &Context, secret: &Secret) -> Result<Sealed, VaultError>;

    /// Opens what was sealed for the same team and provider.
    async fn open(&self, context: &Context, sealed: &Sealed) -> Result<Secret, VaultError>;
}

/// A key of AES-256, for one sealing or opening.
fn cipher(key: &[u8]) -> Result<RandomizedNonceKey, VaultError> {
    RandomizedNonceKey::new(&AES_256_GCM, key)
        .map_err(|_| VaultError::Refused("a key has 32 bytes".to_owned()))
}

/// The secret under `key`, with its nonce in front, in base64url.
fn lock(key: &[u8], context: &Context, secret: &Secret) -> Result<String, VaultError> {
    let plain = secret.reveal().as_bytes();
    // Room for the tag, so that the secret is sealed where it lies and no copy of it is left behind.
    let mut bytes = Vec::with_capacity(plain.len() + AES_256_GCM.tag_len());
    bytes.extend_from_slice(plain);
    let nonce = cipher(key)?
        .seal_in_place_append_tag(Aad::from(context.bytes()), &mut bytes)
        .map_err(|_| VaultError::Refused("sealing failed".to_owned()))?;
    Ok(BASE64.encode([nonce.as_ref(), bytes.as_slice()].concat()))
}

/// What [`lock`] made, opened.
fn unlock(key: &[u8], context: &Context, locked: &str) -> Result<Secret, VaultError> {
    let bytes = BASE64.decode(locked).map_err(|_| VaultError::DoesNotOpen)?;
    let (nonce, sealed) = bytes
        .split_first_chunk::<NONCE>()
        .ok_or(VaultError::DoesNotOpen)?;
    let mut sealed = Zeroizing::new(sealed.to_vec());
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::DoesNotOpen)?;
    let plain = cipher(key)?
        .open_in_place(nonce, Aad::from(context.bytes()), &mut sealed)
        .map_err(|_| VaultError::DoesNotOpen)?;
    let text = std::str::from_utf8(plain).map_err(|_| VaultError::DoesNotOpen)?;
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests;
