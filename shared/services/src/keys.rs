//! Keys: access tokens that everybody can verify and few can sign, tokens that carry a MAC, and sealed values.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use plat_domain::{Id, SessionId, TeamId, TokenId, UserId, kind};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How long an access token is valid.
pub const ACCESS_LIFE: SignedDuration = SignedDuration::from_mins(15);

/// Who issues access tokens, and for whom.
const ISSUER: &str = "plat";
const AUDIENCE: &str = "plat-api";

/// The media type of an access token (RFC 9068), so that no other token of ours passes for one.
const ACCESS_TYPE: &str = "at+jwt";

/// Keys as they are kept: the signing key only where tokens are issued.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeyMaterial {
    /// Ed25519 keys whose tokens are accepted; the first is the one that signs.
    pub public: Vec<PublicKey>,
    /// The private part of the first, PKCS #8 in base64url; absent where nothing is signed.
    #[serde(default)]
    pub signing: Option<String>,
    /// 32 bytes in base64url from which MAC and sealing keys are derived.
    pub secret: String,
}

/// A key that verifies.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PublicKey {
    /// Names it in a token's header.
    pub kid: String,
    /// The key, base64url.
    pub x: String,
}

/// Key material is not usable, or a token is not what it says.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The material is malformed; a fault in the deployment.
    #[error("key material is unusable: {0}")]
    Material(String),
    /// This function may not sign.
    #[error("this function has no signing key")]
    CannotSign,
    /// Forged, altered, expired or of another kind.
    #[error("the token is not valid")]
    Invalid,
}

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// The user.
    pub sub: UserId,
    /// The session.
    pub sid: SessionId,
    /// The active team.
    pub team: TeamId,
    /// The role when it was issued. Informative: each request looks the role up.
    pub role: plat_domain::Role,
    /// Issuer.
    pub iss: String,
    /// Audience.
    pub aud: String,
    /// Issued at, seconds.
    pub iat: i64,
    /// Expires at, seconds.
    pub exp: i64,
}

/// What a refresh token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    /// The user.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
    /// Which generation of the session's tokens it is.
    pub generation: u32,
}

/// What a mailed token is for; one made for one purpose is no good for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailedPurpose {
    /// Verifying an address.
    VerifyEmail,
    /// Resetting a password.
    ResetPassword,
    /// Accepting an invitation.
    AcceptInvite,
}

/// Keys ready for use.
pub struct Keys {
    signer: Option<(String, EncodingKey)>,
    verifiers: Vec<(PublicKey, DecodingKey)>,
    refresh: hmac::Key,
    mailed: hmac::Key,
    command: hmac::Key,
    sealer: RandomizedNonceKey,
}

impl KeyMaterial {
    /// Fresh keys, for the local host and tests.
    pub fn generate() -> Result<Self, KeyError> {
        let broken = |_| KeyError::Material("no key could be made".to_owned());
        let pair = Ed25519KeyPair::generate().map_err(broken)?;
        let pkcs8 = pair.to_pkcs8v1().map_err(broken)?;
        let x = BASE64.encode(pair.public_key().as_ref());
        let mut secret = [0; 32];
        aws_lc_rs::rand::fill(&mut secret).map_err(broken)?;
        let kid = x.chars().take(8).collect();
        Ok(Self {
            public: vec![PublicKey { kid, x }],
            signing: Some(BASE64.encode(pkcs8.as_ref())),
            secret: BASE64.encode(secret),
        })
    }
}

impl Keys {
    /// Prepares key material.
    pub fn new(material: &KeyMaterial) -> Result<Self, KeyError> {
        let broken = |what: &str| KeyError::Material(what.to_owned());
        let decode = |text: &str, what: &str| BASE64.decode(text).map_err(|_| broken(what));
        let verifiers = material
            .public
            .iter()
            .map(|key| {
                Ok((
                    key.clone(),
                    DecodingKey::from_ed_components(&key.x)
                        .map_err(|_| broken("a public key does not read"))?,
                ))
            })
            .collect::<Result<Vec<_>, KeyError>>()?;
        let signer = match (&material.signing, verifiers.first()) {
            (Some(signing), Some((key, _))) => {
                let pkcs8 = decode(signing, "the signing key is not base64url")?;
                Some((key.kid.clone(), EncodingKey::from_ed_der(&pkcs8)))
            }
            (Some(_), None) => return Err(broken("a signing key without its public key")),
            (None, _) => None,
        };
        let secret = decode(&material.secret, "the secret is not base64url")?;
        if secret.len() != 32 {
            return Err(broken("the secret is not 32 bytes"));
        }
        let root = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let derived = |label: &str| hmac::sign(&root, label.as_bytes());
        let sealer = RandomizedNonceKey::new(&AES_256_GCM, derived("seal").as_ref())
            .map_err(|_| broken("no sealing key"))?;
        let mac = |label: &str| hmac::Key::new(hmac::HMAC_SHA256, derived(label).as_ref());
        Ok(Self {
            signer,
            verifiers,
            refresh: mac("refresh"),
            mailed: mac("mailed"),
            command: mac("command"),
            sealer,
        })
    }

    /// Signs an access token that is valid for 15 minutes from `now`.
    pub fn sign_access(
        &self,
        user: UserId,
        session: SessionId,
        team: TeamId,
        role: plat_domain::Role,
        now: Timestamp,
    ) -> Result<String, KeyError> {
        let (kid, key) = self.signer.as_ref().ok_or(KeyError::CannotSign)?;
        let header = Header {
            typ: Some(ACCESS_TYPE.to_owned()),
            kid: Some(kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        let iat = now.as_second();
        let claims = AccessClaims {
            sub: user,
            sid: session,
            team,
            role,
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            iat,
            exp: iat + ACCESS_LIFE.as_secs(),
        };
        jsonwebtoken::encode(&header, &claims, key)
            .map_err(|error| KeyError::Material(error.to_string()))
    }

    /// Verifies an access token at `now`.
    pub fn verify_access(&self, token: &str, now: Timestamp) -> Result<AccessClaims, KeyError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| KeyError::Invalid)?;
        if header.typ.as_deref() != Some(ACCESS_TYPE) || header.alg != Algorithm::EdDSA {
            return Err(KeyError::Invalid);
        }
        let key = self
            .verifiers
            .iter()
            .find(|(key, _)| Some(&key.kid) == header.kid.as_ref())
            .map(|(_, key)| key)
            .ok_or(KeyError::Invalid)?;
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_issuer(&[ISSUER]);
        rules.set_audience(&[AUDIENCE]);
        // The library reads the machine's clock; ours is handed in, and checked below.
        rules.validate_exp = false;
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let claims = jsonwebtoken::decode::<AccessClaims>(token, key, &rules)
            .map_err(|_| KeyError::Invalid)?
            .claims;
        if now.as_second() >= claims.exp {
            Err(KeyError::Invalid)
        } else {
            Ok(claims)
        }
    }

    /// The public keys, for the JWKS document.
    pub fn public(&self) -> impl Iterator<Item = &PublicKey> {
        self.verifiers.iter().map(|(key, _)| key)
    }

    /// Writes a refresh token: ids, generation and a MAC over them, base64url.
    pub fn refresh_token(&self, token: RefreshToken) -> String {
        let mut bytes = Vec::with_capacity(68);
        bytes.extend_from_slice(&token.user.bits().to_be_bytes());
        bytes.extend_from_slice(&token.session.bits().to_be_bytes());
        bytes.extend_from_slice(&token.generation.to_be_bytes());
        let mac = hmac::sign(&self.refresh, &bytes);
        bytes.extend_from_slice(mac.as_ref());
        BASE64.encode(bytes)
    }

    /// Reads a refresh token that we wrote.
    pub fn read_refresh(&self, token: &str) -> Result<RefreshToken, KeyError> {
        let bytes = BASE64.decode(token).map_err(|_| KeyError::Invalid)?;
        let (said, mac) = bytes.split_at_checked(36).ok_or(KeyError::Invalid)?;
        hmac::verify(&self.refresh, said, mac).map_err(|_| KeyError::Invalid)?;
        let (user, rest) = said.split_first_chunk::<16>().ok_or(KeyError::Invalid)?;
        let (session, generation) = rest.split_first_chunk::<16>().ok_or(KeyError::Invalid)?;
        Ok(RefreshToken {
            user: id(*user),
            session: id(*session),
            generation: u32::from_be_bytes(generation.try_into().map_err(|_| KeyError::Invalid)?),
        })
    }

    /// Writes what is mailed for a token: its id and a MAC over id and purpose, base64url.
    pub fn mailed_token(&self, purpose: MailedPurpose, token: TokenId) -> String {
        let id = token.bits().to_be_bytes();
        let mac = hmac::sign(&self.mailed, &[&[purpose.label()], id.as_slice()].concat());
        BASE64.encode([id.as_slice(), mac.as_ref()].concat())
    }

    /// Reads what was mailed.
    pub fn read_mailed(&self, purpose: MailedPurpose, token: &str) -> Result<TokenId, KeyError> {
        let bytes = BASE64.decode(token.trim()).map_err(|_| KeyError::Invalid)?;
        let (said, mac) = bytes.split_first_chunk::<16>().ok_or(KeyError::Invalid)?;
        hmac::verify(
            &self.mailed,
            &[&[purpose.label()], said.as_slice()].concat(),
            mac,
        )
        .map_err(|_| KeyError::Invalid)?;
        Ok(id::<kind::Token>(*said))
    }

    /// 256 bits that only we can tell from `parts`; names things without saying what they are.
    pub fn fingerprint(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.command);
        for part in parts {
            // The length in front keeps ("ab", "c") and ("a", "bc") apart.
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut out = [0; 32];
        out.copy_from_slice(context.sign().as_ref());
        out
    }

    /// Seals `plain` so that it opens only with the same `context`; base64url.
    pub fn seal(&self, context: &str, plain: &[u8]) -> Result<String, KeyError> {
        let mut sealed = plain.to_vec();
        let nonce = self
            .sealer
            .seal_in_place_append_tag(Aad::from(context.as_bytes()), &mut sealed)
            .map_err(|_| KeyError::Material("sealing failed".to_owned()))?;
        Ok(BASE64.encode([nonce.as_ref(), sealed.as_slice()].concat()))
    }

    /// Opens what was sealed with the same `context`.
    pub fn open(&self, context: &str, sealed: &str) -> Result<Vec<u8>, KeyError> {
        let bytes = BASE64.decode(sealed).map_err(|_| KeyError::Invalid)?;
        let (nonce, sealed) = bytes.split_first_chunk::<12>().ok_or(KeyError::Invalid)?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| KeyError::Invalid)?;
        let plain = self
            .sealer
            .open_in_place(nonce, Aad::from(context.as_bytes()), &mut sealed)
            .map_err(|_| KeyError::Invalid)?;
        Ok(plain.to_vec())
    }
}

impl MailedPurpose {
    fn label(self) -> u8 {
        match self {
            Self::VerifyEmail => 1,
            Self::ResetPassword => 2,
            Self::AcceptInvite => 3,
        }
    }
}

fn id<K>(bytes: [u8; 16]) -> Id<K> {
    Id::from_bits(u128::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plat_domain::Role;

    fn keys() -> Keys {
        Keys::new(&KeyMaterial::generate().unwrap()).unwrap()
    }

    fn now() -> Timestamp {
        "2026-03-01T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn an_access_token_is_good_for_15_minutes() {
        let keys = keys();
        let token = keys
            .sign_access(id([1; 16]), id([2; 16]), id([3; 16]), Role::Member, now())
            .unwrap();
        let later = |seconds| {
            now()
                .checked_add(SignedDuration::from_secs(seconds))
                .unwrap()
        };
        assert_eq!(
            keys.verify_access(&token, later(899)).unwrap().sub,
            id([1; 16])
        );
        assert_eq!(
            keys.verify_access(&token, later(900)),
            Err(KeyError::Invalid)
        );
    }

    #[test]
    fn tokens_of_retired_keys_stand_while_their_public_part_is_listed() {
        let old = KeyMaterial::generate().unwrap();
        let token = Keys::new(&old)
            .unwrap()
            .sign_access(id([1; 16]), id([2; 16]), id([3; 16]), Role::Owner, now())
            .unwrap();
        let mut new = KeyMaterial::generate().unwrap();
        assert_eq!(
            Keys::new(&new).unwrap().verify_access(&token, now()),
            Err(KeyError::Invalid)
        );
        new.public.extend(old.public);
        assert!(
            Keys::new(&new)
                .unwrap()
                .verify_access(&token, now())
                .is_ok()
        );
    }

    #[test]
    fn a_changed_refresh_token_does_not_read() {
        let keys = keys();
        let said = RefreshToken {
            user: id([1; 16]),
            session: id([2; 16]),
            generation: 7,
        };
        let token = keys.refresh_token(said);
        assert_eq!(keys.read_refresh(&token), Ok(said));
        for place in 0..token.len() {
            let mut changed: Vec<char> = token.chars().collect();
            changed[place] = if changed[place] == 'A' { 'B' } else { 'A' };
            assert_eq!(
                keys.read_refresh(&changed.into_iter().collect::<String>()),
                Err(KeyError::Invalid),
                "at {place}"
            );
        }
    }

    #[test]
    fn a_token_mailed_for_one_purpose_is_no_good_for_another() {
        let keys = keys();
        let mailed = keys.mailed_token(MailedPurpose::VerifyEmail, id([9; 16]));
        assert_eq!(
            keys.read_mailed(MailedPurpose::VerifyEmail, &mailed),
            Ok(id([9; 16]))
        );
        assert_eq!(
            keys.read_mailed(MailedPurpose::ResetPassword, &mailed),
            Err(KeyError::Invalid)
        );
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_context() {
        let keys = keys();
        let sealed = keys.seal("team A", b"secret").unwrap();
        assert_eq!(keys.open("team A", &sealed).unwrap(), b"secret");
        assert_eq!(keys.open("team B", &sealed), Err(KeyError::Invalid));
    }
}
