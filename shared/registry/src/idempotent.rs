//! `Idempotency-Key`: the same request again within 24 hours gets the first reply.

use crate::{App, Failure};
use http::header::{ETAG, HeaderName, LOCATION};
use http::{HeaderMap, Method};
use jiff::Timestamp;
use plat_domain::{CommandId, Id};
use plat_http::{Problem, Reply, Request, problems};
use plat_store::{Kept, Started};
use serde::{Deserialize, Serialize};
use std::future::Future;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Replies larger than this are not kept: an item holds 400 KB. No endpoint makes one.
const LARGEST_KEPT: usize = 250_000;

#[derive(Serialize, Deserialize)]
struct Sealed {
    media_type: Option<String>,
    location: Option<String>,
    etag: Option<String>,
    body: String,
}

/// The key of a POST, if it has one.
pub(crate) fn key_of(request: &Request) -> Result<Option<String>, Problem> {
    if request.method != Method::POST || !request.headers.contains_key(&IDEMPOTENCY_KEY) {
        return Ok(None);
    }
    let key = request.header(IDEMPOTENCY_KEY).unwrap_or_default();
    let fits = (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if fits {
        Ok(Some(key.to_owned()))
    } else {
        Err(Problem::new(
            &problems::MALFORMED,
            "Write Idempotency-Key as 1 to 255 visible characters.",
        ))
    }
}

/// Runs `work` unless it was done before under this key.
///
/// `work` is given the command's id and the time of its first try, which are the same each time.
pub(crate) async fn once<F, Fut>(
    app: &App,
    operation: &str,
    scope: &str,
    key: &str,
    request: &Request,
    now: Timestamp,
    work: F,
) -> Result<Reply, Failure>
where
    F: FnOnce(CommandId, Timestamp) -> Fut,
    Fut: Future<Output = Result<Reply, Failure>>,
{
    let name = app
        .keys
        .fingerprint(&[operation.as_bytes(), scope.as_bytes(), key.as_bytes()]);
    let hash = hex(&name);
    let content = hex(&app.keys.fingerprint(&[
        request.path.as_bytes(),
        request.query.as_bytes(),
        &request.body,
    ]));
    let context = format!("reply|{scope}|{hash}");
    let replies = app.store.idempotency();
    let first_at = match replies.start(scope, &hash, &content, now).await? {
        Started::Run { first } => first,
        Started::Answered(kept) => return replay(app, &context, &kept),
        Started::Running => {
            return Err(Problem::new(
                &problems::STILL_RUNNING,
                "Wait for the first request with this key to finish, then repeat it.",
            )
            .retry_after(1)
            .into());
        }
        Started::Differs => {
            return Err(Problem::new(
                &problems::KEY_REUSED,
                "Use a new Idempotency-Key for a new request.",
            )
            .into());
        }
    };
    let bits = name
        .iter()
        .take(10)
        .fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
    let outcome = work(Id::from_parts(first_at, bits), first_at).await;
    match &outcome {
        Ok(reply) if reply.body.len() <= LARGEST_KEPT => {
            let kept = Kept {
                status: reply.status,
                sealed: seal(app, &context, reply)?,
            };
            // The work is done: a reply that could not be kept is told all the same. Its command id makes a repetition safe.
            if let Err(error) = replies.finish(scope, &hash, &kept).await {
                tracing::warn!(operation, %error, "a reply was not kept");
            }
        }
        Ok(_) | Err(_) => {
            if let Err(error) = replies.release(scope, &hash).await {
                tracing::warn!(operation, %error, "an idempotency key was not released");
            }
        }
    }
    outcome
}

fn seal(app: &App, context: &str, reply: &Reply) -> Result<String, Failure> {
    let text = |name: HeaderName| {
        reply
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let sealed = Sealed {
        media_type: text(http::header::CONTENT_TYPE),
        location: text(LOCATION),
        etag: text(ETAG),
        body: String::from_utf8_lossy(&reply.body).into_owned(),
    };
    let plain = serde_json::to_vec(&sealed).map_err(|error| Failure::fault(error.to_string()))?;
    Ok(app.keys.seal(context, &plain)?)
}

fn replay(app: &App, context: &str, kept: &Kept) -> Result<Reply, Failure> {
    let plain = app.keys.open(context, &kept.sealed)?;
    let sealed: Sealed =
        serde_json::from_slice(&plain).map_err(|error| Failure::fault(error.to_string()))?;
    let reply = Reply {
        status: kept.status,
        headers: HeaderMap::new(),
        body: sealed.body.into(),
    };
    let with = |reply: Reply, name: HeaderName, value: Option<String>| {
        value.into_iter().fold(reply, |reply, value| {
            reply.with_header(name.clone(), &value)
        })
    };
    let reply = with(reply, http::header::CONTENT_TYPE, sealed.media_type);
    let reply = with(reply, LOCATION, sealed.location);
    let reply = with(reply, ETAG, sealed.etag);
    Ok(reply.with_header(REPLAYED, "true"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
