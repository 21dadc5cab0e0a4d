//! Keys: access tokens that everybody can verify and few can sign, tokens that carry a MAC, and sealed values.

use crate::verified::VerifiedTokens;
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use plat_domain::{Email, EmailHash, EmailId, Id, SessionId, TeamId, TokenId, UserId, kind};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, PoisonError, RwLock};
use thiserror::Error;

/// How long an access token is valid.
pub const ACCESS_LIFE: SignedDuration = SignedDuration::from_mins(15);

/// Who issues access tokens, and for whom.
const ISSUER: &str = "plat";
const AUDIENCE: &str = "plat-api";

/// The media type of an access token (RFC 9068), so that no other token of ours passes for one.
const ACCESS_TYPE: &str = "at+jwt";

/// Keys as they are kept: 64 hexadecimal digits each, as Secrets Manager can draw them.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeyMaterial {
    /// From this, what seals cursors and kept replies is derived. Every function has it.
    pub seal: String,
    /// From this, the MACs of refresh and mailed tokens are derived. Only functions that make or read such tokens have it.
    #[serde(default)]
    pub tokens: Option<String>,
    /// The seed of the Ed25519 key that signs access tokens (RFC 8032). Only functions that sign have it.
    #[serde(default)]
    pub signing: Option<String>,
}

/// A key that verifies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// This function may not make or read tokens.
    #[error("this function has no key for tokens")]
    NoTokens,
    /// Signed with a key that is not known here, or not yet.
    #[error("the token was signed with an unknown key")]
    UnknownKey,
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

/// What a link to unsubscribe says: whose mail is not wanted any more, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsubscribing {
    /// The team.
    pub team: TeamId,
    /// The e-mail with the link.
    pub email: EmailId,
    /// Who got it.
    pub address: EmailHash,
}

/// Keys ready for use.
pub struct Keys {
    signer: Option<(PublicKey, EncodingKey)>,
    verifiers: RwLock<Arc<Verifiers>>,
    tokens: Option<TokenKeys>,
    command: hmac::Key,
    sealer: RandomizedNonceKey,
}

/// Keys whose tokens are accepted, and the tokens of theirs that were: when the keys change, what was accepted under
/// the old ones counts no more.
struct Verifiers {
    keys: Vec<(PublicKey, DecodingKey)>,
    verified: VerifiedTokens,
}

impl Verifiers {
    fn new(keys: Vec<(PublicKey, DecodingKey)>) -> Self {
        Self {
            keys,
            verified: VerifiedTokens::default(),
        }
    }

    /// What a token says whose signature, kind, issuer and audience are right; it may have expired.
    fn check(&self, token: &str) -> Result<AccessClaims, KeyError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| KeyError::Invalid)?;
        if header.typ.as_deref() != Some(ACCESS_TYPE) || header.alg != Algorithm::EdDSA {
            return Err(KeyError::Invalid);
        }
        let key = self
            .keys
            .iter()
            .find(|(key, _)| Some(&key.kid) == header.kid.as_ref())
            .map(|(_, key)| key)
            .ok_or(KeyError::UnknownKey)?;
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_issuer(&[ISSUER]);
        rules.set_audience(&[AUDIENCE]);
        // The library reads the machine's clock; ours is handed in, and asked by the caller.
        rules.validate_exp = false;
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        jsonwebtoken::decode::<AccessClaims>(token, key, &rules)
            .map(|read| read.claims)
            .map_err(|_| KeyError::Invalid)
    }
}

struct TokenKeys {
    refresh: hmac::Key,
    mailed: hmac::Key,
    unsubscribe: hmac::Key,
}

impl KeyMaterial {
    /// Fresh keys, for the local host and tests.
    pub fn generate() -> Result<Self, KeyError> {
        let fresh = || {
            let mut secret = [0; 32];
            aws_lc_rs::rand::fill(&mut secret)
                .map_err(|_| KeyError::Material("no key could be made".to_owned()))?;
            Ok(secret.iter().map(|byte| format!("{byte:02x}")).collect())
        };
        Ok(Self {
            seal: fresh()?,
            tokens: Some(fresh()?),
            signing: Some(fresh()?),
        })
    }
}

/// The bytes of 64 hexadecimal digits. What is wrong is told without a word of them.
fn read_secret(text: &str, what: &str) -> Result<[u8; 32], KeyError> {
    let broken = || KeyError::Material(format!("{what} is not 64 hexadecimal digits"));
    let digits: Vec<u8> = text
        .trim()
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect::<Option<_>>()
        .ok_or_else(broken)?;
    let bytes: Vec<u8> = digits
        .chunks_exact(2)
        .map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit))
        .collect();
    match bytes.try_into() {
        Ok(bytes) if digits.len() == 64 => Ok(bytes),
        _ => Err(broken()),
    }
}

fn read_signer(seed: &str) -> Result<(PublicKey, EncodingKey), KeyError> {
    let broken = |_| KeyError::Material("the signing key is unusable".to_owned());
    let seed = read_secret(seed, "the signing key")?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(broken)?;
    let pkcs8 = pair.to_pkcs8v1().map_err(|_| {
        KeyError::Material("the signing key cannot be written as PKCS #8".to_owned())
    })?;
    let x = BASE64.encode(pair.public_key().as_ref());
    let kid = x.chars().take(8).collect();
    let key = EncodingKey::from_ed_der(pkcs8.as_ref());
    Ok((PublicKey { kid, x }, key))
}

fn read_verifier(key: PublicKey) -> Result<(PublicKey, DecodingKey), KeyError> {
    let decoding = DecodingKey::from_ed_components(&key.x)
        .map_err(|_| KeyError::Material(format!("the public key {} does not read", key.kid)))?;
    Ok((key, decoding))
}

impl Keys {
    /// Prepares key material. Of public keys, only that of its own signing key is known at first.
    pub fn new(material: &KeyMaterial) -> Result<Self, KeyError> {
        let signer = material.signing.as_deref().map(read_signer).transpose()?;
        let own = signer.iter().map(|(key, _)| read_verifier(key.clone()));
        let verifiers = own.collect::<Result<Vec<_>, _>>()?;
        let derive = |root: &hmac::Key, label: &str| hmac::sign(root, label.as_bytes());
        let root = |secret: &str, what: &str| {
            Ok(hmac::Key::new(
                hmac::HMAC_SHA256,
                &read_secret(secret, what)?,
            ))
        };
        let mac = |root: &hmac::Key, label: &str| {
            hmac::Key::new(hmac::HMAC_SHA256, derive(root, label).as_ref())
        };
        let seal = root(&material.seal, "the seal")?;
        let tokens = material
            .tokens
            .as_deref()
            .map(|secret| root(secret, "the secret of tokens"))
            .transpose()?
            .map(|root| TokenKeys {
                refresh: mac(&root, "refresh"),
                mailed: mac(&root, "mailed"),
                unsubscribe: mac(&root, "unsubscribe"),
            });
        let sealer = RandomizedNonceKey::new(&AES_256_GCM, derive(&seal, "seal").as_ref())
            .map_err(|_| KeyError::Material("no sealing key".to_owned()))?;
        Ok(Self {
            signer,
            verifiers: RwLock::new(Arc::new(Verifiers::new(verifiers))),
            tokens,
            command: mac(&seal, "command"),
            sealer,
        })
    }

    /// The public part of the key that signs here, to be published before anything is signed.
    pub fn signing_key(&self) -> Option<&PublicKey> {
        self.signer.as_ref().map(|(key, _)| key)
    }

    /// Accepts tokens that these keys verify, and those of the own key, and no others from now on.
    pub fn learn(&self, keys: Vec<PublicKey>) -> Result<(), KeyError> {
        let own = self
            .signing_key()
            .filter(|own| !keys.contains(own))
            .cloned();
        let verifiers = keys
            .into_iter()
            .chain(own)
            .map(read_verifier)
            .collect::<Result<Vec<_>, _>>()?;
        *self
            .verifiers
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(Verifiers::new(verifiers));
        Ok(())
    }

    fn verifiers(&self) -> Arc<Verifiers> {
        self.verifiers
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn token_keys(&self) -> Result<&TokenKeys, KeyError> {
        self.tokens.as_ref().ok_or(KeyError::NoTokens)
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
        let (public, key) = self.signer.as_ref().ok_or(KeyError::CannotSign)?;
        let header = Header {
            typ: Some(ACCESS_TYPE.to_owned()),
            kid: Some(public.kid.clone()),
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
        let now = now.as_second();
        let verifiers = self.verifiers();
        let known = verifiers.verified.find(token);
        let is_new = known.is_none();
        let claims = match known {
            Some(claims) => claims,
            None => verifiers.check(token)?,
        };
        if now >= claims.exp {
            return Err(KeyError::Invalid);
        }
        if is_new {
            verifiers.verified.keep(token, &claims, now);
        }
        Ok(claims)
    }

    /// The public keys, for the JWKS document.
    pub fn public(&self) -> Vec<PublicKey> {
        self.verifiers()
            .keys
            .iter()
            .map(|(key, _)| key.clone())
            .collect()
    }

    /// Writes a refresh token: ids, generation and a MAC over them, base64url.
    pub fn refresh_token(&self, token: RefreshToken) -> Result<String, KeyError> {
        let mut bytes = Vec::with_capacity(68);
        bytes.extend_from_slice(&token.user.bits().to_be_bytes());
        bytes.extend_from_slice(&token.session.bits().to_be_bytes());
        bytes.extend_from_slice(&token.generation.to_be_bytes());
        let mac = hmac::sign(&self.token_keys()?.refresh, &bytes);
        bytes.extend_from_slice(mac.as_ref());
        Ok(BASE64.encode(bytes))
    }

    /// Reads a refresh token that we wrote.
    pub fn read_refresh(&self, token: &str) -> Result<RefreshToken, KeyError> {
        let bytes = BASE64.decode(token).map_err(|_| KeyError::Invalid)?;
        let (said, mac) = bytes.split_at_checked(36).ok_or(KeyError::Invalid)?;
        hmac::verify(&self.token_keys()?.refresh, said, mac).map_err(|_| KeyError::Invalid)?;
        let (user, rest) = said.split_first_chunk::<16>().ok_or(KeyError::Invalid)?;
        let (session, generation) = rest.split_first_chunk::<16>().ok_or(KeyError::Invalid)?;
        Ok(RefreshToken {
            user: id(*user),
            session: id(*session),
            generation: u32::from_be_bytes(generation.try_into().map_err(|_| KeyError::Invalid)?),
        })
    }

    /// Writes what is mailed for a token: its id and a MAC over id and purpose, base64url.
    pub fn mailed_token(&self, purpose: MailedPurpose, token: TokenId) -> Result<String, KeyError> {
        let id = token.bits().to_be_bytes();
        let said = [&[purpose.label()], id.as_slice()].concat();
        let mac = hmac::sign(&self.token_keys()?.mailed, &said);
        Ok(BASE64.encode([id.as_slice(), mac.as_ref()].concat()))
    }

    /// Reads what was mailed.
    pub fn read_mailed(&self, purpose: MailedPurpose, token: &str) -> Result<TokenId, KeyError> {
        let bytes = BASE64.decode(token.trim()).map_err(|_| KeyError::Invalid)?;
        let (said, mac) = bytes.split_first_chunk::<16>().ok_or(KeyError::Invalid)?;
        hmac::verify(
            &self.token_keys()?.mailed,
            &[&[purpose.label()], said.as_slice()].concat(),
            mac,
        )
        .map_err(|_| KeyError::Invalid)?;
        Ok(id::<kind::Token>(*said))
    }

    /// Writes the token of a link by which whoever got `email` at `address` unsubscribes from the team's mail: ids, the
    /// address's hash and a MAC over them, base64url. It is good for ever; people keep mail for years.
    pub fn unsubscribe_token(
        &self,
        team: TeamId,
        email: EmailId,
        address: &Email,
    ) -> Result<String, KeyError> {
        let mut bytes = Vec::with_capacity(80);
        bytes.extend_from_slice(&team.bits().to_be_bytes());
        bytes.extend_from_slice(&email.bits().to_be_bytes());
        bytes.extend_from_slice(&address.hash().0);
        let mac = hmac::sign(&self.token_keys()?.unsubscribe, &bytes);
        bytes.extend_from_slice(mac.as_ref());
        Ok(BASE64.encode(bytes))
    }

    /// Reads the token of such a link that we wrote.
    pub fn read_unsubscribe_token(&self, token: &str) -> Result<Unsubscribing, KeyError> {
        let bytes = BASE64.decode(token).map_err(|_| KeyError::Invalid)?;
        let (said, mac) = bytes.split_at_checked(48).ok_or(KeyError::Invalid)?;
        hmac::verify(&self.token_keys()?.unsubscribe, said, mac).map_err(|_| KeyError::Invalid)?;
        let (team, rest) = said.split_first_chunk().ok_or(KeyError::Invalid)?;
        let (email, address) = rest.split_first_chunk().ok_or(KeyError::Invalid)?;
        Ok(Unsubscribing {
            team: id(*team),
            email: id(*email),
            address: EmailHash(address.try_into().map_err(|_| KeyError::Invalid)?),
        })
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
    fn a_token_that_was_verified_once_still_expires_and_lets_no_other_pass() {
        let keys = keys();
        let token = keys
            .sign_access(id([1; 16]), id([2; 16]), id([3; 16]), Role::Member, now())
            .unwrap();
        let first = keys.verify_access(&token, now()).unwrap();
        assert_eq!(keys.verify_access(&token, now()), Ok(first));
        for place in 0..token.len() {
            let mut changed: Vec<char> = token.chars().collect();
            changed[place] = if changed[place] == 'A' { 'B' } else { 'A' };
            let changed: String = changed.into_iter().collect();
            assert!(keys.verify_access(&changed, now()).is_err(), "at {place}");
        }
        let expired = now().checked_add(ACCESS_LIFE).unwrap();
        assert_eq!(keys.verify_access(&token, expired), Err(KeyError::Invalid));
    }

    #[test]
    fn tokens_of_retired_keys_stand_while_their_public_part_is_listed() {
        let old = keys();
        let token = old
            .sign_access(id([1; 16]), id([2; 16]), id([3; 16]), Role::Owner, now())
            .unwrap();
        let new = keys();
        assert_eq!(new.verify_access(&token, now()), Err(KeyError::UnknownKey));

        new.learn(old.public()).unwrap();

        assert!(new.verify_access(&token, now()).is_ok());
        assert_eq!(new.public().len(), 2, "the own key stays known");
        new.learn(Vec::new()).unwrap();
        assert_eq!(new.verify_access(&token, now()), Err(KeyError::UnknownKey));
    }

    #[test]
    fn a_key_under_the_name_of_another_verifies_nothing_of_it() {
        let (ours, theirs) = (keys(), keys());
        let token = theirs
            .sign_access(id([1; 16]), id([2; 16]), id([3; 16]), Role::Owner, now())
            .unwrap();
        let named = PublicKey {
            kid: theirs.signing_key().unwrap().kid.clone(),
            x: keys().signing_key().unwrap().x.clone(),
        };

        ours.learn(vec![named]).unwrap();

        assert_eq!(ours.verify_access(&token, now()), Err(KeyError::Invalid));
    }

    #[test]
    fn a_function_can_do_no_more_than_its_keys_let_it() {
        let material = KeyMaterial::generate().unwrap();
        let verifies = Keys::new(&KeyMaterial {
            tokens: None,
            signing: None,
            ..material
        })
        .unwrap();

        let signed =
            verifies.sign_access(id([1; 16]), id([2; 16]), id([3; 16]), Role::Owner, now());
        assert_eq!(signed, Err(KeyError::CannotSign));
        let mailed = verifies.mailed_token(MailedPurpose::VerifyEmail, id([9; 16]));
        assert_eq!(mailed, Err(KeyError::NoTokens));
    }

    #[test]
    fn material_that_does_not_read_is_not_repeated() {
        for secret in ["hush", &"h".repeat(64), &"a".repeat(63), &"a".repeat(66)] {
            let material = KeyMaterial {
                seal: secret.to_owned(),
                tokens: None,
                signing: None,
            };
            let refused = Keys::new(&material).err().unwrap().to_string();
            assert!(refused.contains("the seal is not 64 hexadecimal digits"));
            assert!(!refused.contains(secret), "{refused}");
        }
    }

    #[test]
    fn a_changed_refresh_token_does_not_read() {
        let keys = keys();
        let said = RefreshToken {
            user: id([1; 16]),
            session: id([2; 16]),
            generation: 7,
        };
        let token = keys.refresh_token(said).unwrap();
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
        let mailed = keys
            .mailed_token(MailedPurpose::VerifyEmail, id([9; 16]))
            .unwrap();
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
    fn a_link_to_unsubscribe_says_whose_mail_and_to_whom_and_nothing_else_reads() {
        let keys = keys();
        let address = "Bob@Example.com".parse().unwrap();
        let token = keys
            .unsubscribe_token(id([1; 16]), id([2; 16]), &address)
            .unwrap();

        let said = keys.read_unsubscribe_token(&token).unwrap();

        assert_eq!((said.team, said.email), (id([1; 16]), id([2; 16])));
        let same: Email = "bob@example.com".parse().unwrap();
        assert_eq!(said.address, same.hash());
        let bytes = BASE64.decode(&token).unwrap();
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[place] ^= 1 << bit;
                let read = keys.read_unsubscribe_token(&BASE64.encode(changed));
                assert_eq!(read, Err(KeyError::Invalid), "bit {bit} of byte {place}");
            }
        }
        for place in 0..token.len() {
            let mut changed: Vec<char> = token.chars().collect();
            changed[place] = if changed[place] == 'A' { 'B' } else { 'A' };
            let changed: String = changed.into_iter().collect();
            assert!(keys.read_unsubscribe_token(&changed).is_err(), "{place}");
            assert!(keys.read_unsubscribe_token(&token[..place]).is_err());
        }
        for wrong in [
            format!("{token}A"),
            format!(" {token}"),
            format!("{token}="),
        ] {
            assert!(keys.read_unsubscribe_token(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn no_other_token_unsubscribes() {
        let ours = keys();
        let refresh = ours.refresh_token(RefreshToken {
            user: id([1; 16]),
            session: id([2; 16]),
            generation: 7,
        });
        let mailed = ours.mailed_token(MailedPurpose::VerifyEmail, id([9; 16]));
        let address = "bob@example.com".parse().unwrap();
        let theirs = keys().unsubscribe_token(id([1; 16]), id([2; 16]), &address);
        for token in [refresh, mailed, theirs] {
            let read = ours.read_unsubscribe_token(&token.unwrap());
            assert_eq!(read, Err(KeyError::Invalid));
        }
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_context() {
        let keys = keys();
        let sealed = keys.seal("team A", b"secret").unwrap();
        assert_eq!(keys.open("team A", &sealed).unwrap(), b"secret");
        assert_eq!(keys.open("team B", &sealed), Err(KeyError::Invalid));
    }
}
