use super::*;
use crate::stub::{Answer, Asked, Stub};
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::config::{BehaviorVersion, Credentials, Region};
use base64::engine::general_purpose::STANDARD;
use plat_domain::Id;
use serde_json::{Value, json};

const KEY: &str = "SG.aaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbwXyZ";

fn context() -> Context {
    Context {
        team: Id::from_bits(1),
        provider: "sendgrid".to_owned(),
    }
}

fn refused(code: &str) -> Answer {
    Answer::Reply(400, json!({"__type": code, "message": "no"}).to_string())
}

/// KMS as far as this needs it: the kept key is the context, which is asked for again.
fn as_kms(asked: &Asked) -> Answer {
    let context = asked.body["EncryptionContext"].to_string();
    let plain = STANDARD.encode([7; 32]);
    let reply = |body: Value| Answer::Reply(200, body.to_string());
    match asked.header("x-amz-target") {
        "TrentService.GenerateDataKey" => reply(json!({
            "CiphertextBlob": STANDARD.encode(sorted(&context)),
            "Plaintext": plain,
            "KeyId": "k",
        })),
        "TrentService.Decrypt" => {
            let kept = asked.body["CiphertextBlob"].as_str().unwrap();
            if STANDARD.decode(kept).unwrap() == sorted(&context).as_bytes() {
                reply(json!({"Plaintext": plain, "KeyId": "k"}))
            } else {
                refused("InvalidCiphertextException")
            }
        }
        other => panic!("{other}"),
    }
}

/// A context is a map, which has no order.
fn sorted(context: &str) -> String {
    let map: std::collections::BTreeMap<String, String> = serde_json::from_str(context).unwrap();
    serde_json::to_string(&map).unwrap()
}

fn kms(url: &str) -> KmsVault {
    let config = aws_sdk_kms::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .endpoint_url(url)
        .build();
    KmsVault::new(
        aws_sdk_kms::Client::from_conf(config),
        "alias/plat".to_owned(),
    )
}

fn local() -> LocalVault {
    LocalVault::new(&[9; 64]).unwrap()
}

fn both() -> [Box<dyn Vault>; 2] {
    let server = Stub::start(as_kms);
    [Box::new(local()), Box::new(kms(&server.url))]
}

#[tokio::test]
async fn a_secret_opens_for_whom_it_was_sealed() {
    for vault in both() {
        let sealed = vault.seal(&context(), &Secret::new(KEY)).await.unwrap();

        let opened = vault.open(&context(), &sealed).await.unwrap();

        assert_eq!(opened.reveal(), KEY);
        assert_eq!(sealed.ending, "wXyZ");
        assert!(sealed.text.starts_with("v1."), "{}", sealed.text);
        assert!(!sealed.text.contains("bbbb"));
    }
}

#[tokio::test]
async fn a_secret_that_was_moved_does_not_open() {
    let (other_team, other_provider) = (
        Context {
            team: Id::from_bits(2),
            ..context()
        },
        Context {
            provider: "openai".to_owned(),
            ..context()
        },
    );
    for vault in both() {
        let sealed = vault.seal(&context(), &Secret::new(KEY)).await.unwrap();
        for moved in [&other_team, &other_provider] {
            let opened = vault.open(moved, &sealed).await;
            assert_eq!(opened, Err(VaultError::DoesNotOpen), "{moved:?}");
        }
    }
}

#[tokio::test]
async fn a_context_is_sealed_along_even_if_kms_does_not_ask() {
    let server = Stub::start(|_| {
        let plain = STANDARD.encode([7; 32]);
        let reply = json!({"CiphertextBlob": STANDARD.encode("k"), "Plaintext": plain});
        Answer::Reply(200, reply.to_string())
    });
    let vault = kms(&server.url);
    let sealed = vault.seal(&context(), &Secret::new(KEY)).await.unwrap();
    let moved = Context {
        team: Id::from_bits(2),
        ..context()
    };
    assert_eq!(
        vault.open(&moved, &sealed).await,
        Err(VaultError::DoesNotOpen)
    );
}

#[tokio::test]
async fn a_secret_that_was_altered_or_cut_does_not_open() {
    for vault in both() {
        let sealed = vault.seal(&context(), &Secret::new(KEY)).await.unwrap();
        for place in 0..sealed.text.len() {
            let mut altered = sealed.clone().text.into_bytes();
            altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
            let cut = sealed.text[..place].to_owned();
            for text in [String::from_utf8(altered).unwrap(), cut] {
                let wrong = Sealed {
                    text,
                    ..sealed.clone()
                };
                let opened = vault.open(&context(), &wrong).await;
                assert_eq!(opened, Err(VaultError::DoesNotOpen), "at {place}");
            }
        }
    }
}

#[tokio::test]
async fn the_same_secret_is_never_sealed_to_the_same_text() {
    for vault in both() {
        let one = vault.seal(&context(), &Secret::new(KEY)).await.unwrap();
        let other = vault.seal(&context(), &Secret::new(KEY)).await.unwrap();
        assert_ne!(one.text, other.text);
    }
}

#[tokio::test]
async fn one_vault_does_not_open_what_another_sealed() {
    let [local, kms] = both();
    let other = LocalVault::new(&[8; 64]).unwrap();
    let secret = Secret::new(KEY);
    let by_local = local.seal(&context(), &secret).await.unwrap();
    let by_kms = kms.seal(&context(), &secret).await.unwrap();
    for (vault, sealed) in [(&local, &by_kms), (&kms, &by_local)] {
        let opened = vault.open(&context(), sealed).await;
        assert_eq!(opened, Err(VaultError::DoesNotOpen));
    }
    let opened = other.open(&context(), &by_local).await;
    assert_eq!(opened, Err(VaultError::DoesNotOpen));
}

#[tokio::test]
async fn what_kms_says_is_told_by_whether_it_passes() {
    for (code, passes) in [
        ("ThrottlingException", true),
        ("KMSInternalException", true),
        ("AccessDeniedException", false),
        ("DisabledException", false),
    ] {
        let server = Stub::start(move |_| refused(code));
        let failed = kms(&server.url)
            .seal(&context(), &Secret::new(KEY))
            .await
            .unwrap_err();
        assert_eq!(
            matches!(failed, VaultError::Unavailable(_)),
            passes,
            "{code}"
        );
        assert_eq!(matches!(failed, VaultError::Refused(_)), !passes, "{code}");
        assert!(!failed.to_string().contains("SG."), "{failed}");
    }
    let silent = Stub::start(|_| Answer::HangUp);
    let failed = kms(&silent.url).seal(&context(), &Secret::new(KEY)).await;
    assert!(
        matches!(failed, Err(VaultError::Unavailable(_))),
        "{failed:?}"
    );
}

#[tokio::test]
async fn a_key_is_in_no_error() {
    let plain = STANDARD.encode([7; 32]);
    for body in [
        format!("{{\"Plaintext\": \"{plain}\", \"KeyId\": }}"),
        json!({"Plaintext": plain}).to_string(),
    ] {
        let server = Stub::start(move |_| Answer::Reply(200, body.clone()));
        let failed = kms(&server.url)
            .seal(&context(), &Secret::new(KEY))
            .await
            .unwrap_err();
        assert!(matches!(failed, VaultError::Unavailable(_)), "{failed}");
        assert!(!format!("{failed:?}").contains(&plain), "{failed}");
    }
}

#[test]
fn nothing_prints_a_secret() {
    let secret = Secret::new(KEY);
    assert_eq!(format!("{secret:?}"), "Secret");
    let sealed = Sealed {
        text: "v1.local.abc".to_owned(),
        ending: secret.ending(),
    };
    assert_eq!(format!("{sealed:?}"), "Sealed(…wXyZ)");
}

#[test]
fn little_is_shown_of_a_short_secret() {
    for (secret, ending) in [
        ("", ""),
        ("abcd", ""),
        ("abcdefghijklmno", ""),
        ("abcdefghijklmnop", "mnop"),
        ("äöüäöüäöüäöüäöüß", "äöüß"),
    ] {
        assert_eq!(Secret::new(secret).ending(), ending);
    }
}

#[test]
fn a_key_file_that_could_be_guessed_is_none() {
    assert!(LocalVault::new(&[9; 31]).is_err());
    assert!(LocalVault::new(&[9; 32]).is_ok());
}
