//! The way of every request: limits, who is asking, may they, was it asked before, the handler, the reply's headers,
//! one line in the log.

use crate::access::{AccessRule, Caller, Person, Unverified};
use crate::cursor::{self, ListAt};
use crate::endpoint::Call;
use crate::failure::Failure;
use crate::input::Client;
use crate::{App, Endpoint, idempotent};
use futures::future::BoxFuture;
use http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, AUTHORIZATION,
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, ORIGIN,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, USER_AGENT, VARY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderValue, Method};
use jiff::Timestamp;
use plat_domain::TeamId;
use plat_http::{FieldError, Problem, Reply, Request, client_prefix, problems, query_pairs};
use plat_services::KeyError;
use plat_store::{Cost, GateRefused, Limit, PageRequest, metered};
use std::sync::Arc;
use std::time::Instant;

/// The largest body that is read.
pub const MAX_BODY: usize = 1024 * 1024;

/// Rows that `page=` reaches; beyond, lists are walked by cursor.
const PAGE_REACH: usize = 10_000;

const DEFAULT_LIMIT: usize = 25;
const MAX_LIMIT: usize = 100;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Answers a request to `endpoint`, and tells what it used of the table.
///
/// Boxed, so that the compiler meets the depth of the SDK's futures once and not in every caller.
pub fn serve<'a>(
    app: &'a Arc<App>,
    endpoint: &'a Endpoint,
    request: Request,
    parameters: Vec<(String, String)>,
) -> BoxFuture<'a, (Reply, Cost)> {
    Box::pin(respond(app, endpoint, request, parameters))
}

async fn respond(
    app: &Arc<App>,
    endpoint: &Endpoint,
    request: Request,
    parameters: Vec<(String, String)>,
) -> (Reply, Cost) {
    let started = Instant::now();
    let id = request.id.clone();
    let origin = request.header(ORIGIN).map(str::to_owned);
    let unless = request.header(IF_NONE_MATCH).map(str::to_owned);
    let reads = request.method == Method::GET;
    let asked = parameters.iter().find(|(name, _)| name == "leadId");
    let asked = asked.filter(|_| reads).map(|(_, id)| id.clone());
    let asked = asked.map(|id| (target(&request), id));
    let mut caller = Caller::default();
    let (outcome, cost) = metered(Box::pin(answer(
        app,
        endpoint,
        request,
        parameters,
        &mut caller,
    )))
    .await;
    let (reply, inward) = match outcome {
        Ok(reply) => (reply, None),
        Err(failure) => {
            let elsewhere = asked.and_then(|(target, id)| failure.problem.redirect(&target, &id));
            let reply = elsewhere.unwrap_or_else(|| failure.problem.into_reply(&id));
            (reply, failure.inward)
        }
    };
    let tag = reply.headers.get(ETAG).and_then(|tag| tag.to_str().ok());
    let known = reads
        && unless.is_some_and(|unless| unless.split(',').any(|known| Some(known.trim()) == tag));
    let reply = if known { unchanged(reply) } else { reply };
    let reply = with_headers(app, reply, &id, origin.as_deref());
    log(
        endpoint,
        &id,
        &reply,
        started,
        cost,
        &caller,
        inward.as_deref(),
    );
    (reply, cost)
}

/// The path of a request with its query.
fn target(request: &Request) -> String {
    match request.query.as_str() {
        "" => request.path.clone(),
        query => format!("{}?{query}", request.path),
    }
}

/// What a client is told that has this reply already.
fn unchanged(mut reply: Reply) -> Reply {
    reply.headers.remove(CONTENT_TYPE);
    reply.headers.remove(CONTENT_ENCODING);
    Reply {
        headers: reply.headers,
        ..Reply::empty(304)
    }
}

/// A reply to a request that leads to no endpoint, with the headers that every reply has.
pub fn refuse(app: &App, problem: Problem, request: &Request) -> Reply {
    with_headers(
        app,
        problem.into_reply(&request.id),
        &request.id,
        request.header(ORIGIN),
    )
}

async fn answer(
    app: &Arc<App>,
    endpoint: &Endpoint,
    request: Request,
    parameters: Vec<(String, String)>,
    caller: &mut Caller,
) -> Result<Reply, Failure> {
    let now = app.clock.now();
    if request.body.len() > MAX_BODY {
        return Err(Problem::new(&problems::TOO_LARGE, "A body may have 1 MiB.").into());
    }
    let client = Client {
        ip: request.client_ip,
        prefix: client_prefix(request.client_ip),
        user_agent: request
            .header(USER_AGENT)
            .unwrap_or_default()
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect(),
        reads_gzip: request.header(ACCEPT_ENCODING).is_some_and(names_gzip),
    };
    *caller = admit(app, endpoint.access, &request, &parameters, &client, now).await?;
    let key = idempotent::key_of(&request)?;
    let pairs = query_pairs(&request.query);
    let (query, page, cursor_context) = if endpoint.listing {
        let (page_pairs, query): (Vec<_>, Vec<_>) = pairs
            .into_iter()
            .partition(|(name, _)| ["limit", "cursor", "page"].contains(&name.as_str()));
        let context = cursor_context(endpoint, caller, &request, &query);
        (query, read_page(app, &page_pairs, &context, now)?, context)
    } else {
        (pairs, PageRequest::first(DEFAULT_LIMIT), String::new())
    };
    let call = |request: Request, command, first_at| Call {
        request,
        parameters,
        query,
        page,
        caller: caller.clone(),
        command,
        first_at,
        now,
        client,
        cursor_context,
    };
    match key {
        None => {
            endpoint
                .run(app.clone(), call(request, app.fresh_command(now), now))
                .await
        }
        Some(key) => {
            let scope = caller.person.as_ref().map_or_else(
                || "public".to_owned(),
                |person| format!("{}#{}", person.id(), person.team),
            );
            let again = request.clone();
            idempotent::once(
                app,
                endpoint.operation,
                &scope,
                &key,
                &again,
                now,
                |command, first_at| endpoint.run(app.clone(), call(request, command, first_at)),
            )
            .await
        }
    }
}

/// Whether an `Accept-Encoding` has gzip, and not with the weight 0.
fn names_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts
            .find_map(|part| part.strip_prefix("q="))
            .map_or("1", |weight| weight.trim_end_matches(['0', '.']));
        named && !weight.is_empty()
    })
}

/// Finds out who asks, and whether they may.
async fn admit(
    app: &App,
    rule: AccessRule,
    request: &Request,
    parameters: &[(String, String)],
    client: &Client,
    now: Timestamp,
) -> Result<Caller, Failure> {
    match rule {
        AccessRule::Open => Ok(Caller::default()),
        AccessRule::Signed => Ok(Caller {
            unverified: Some(Unverified {
                headers: request.headers.clone(),
                body: request.body.clone(),
            }),
            ..Caller::default()
        }),
        AccessRule::Public => {
            let limit = Limit {
                what: "public",
                times: app.settings.public_per_minute,
                seconds: 60,
            };
            match app.store.limits().take(limit, &client.prefix, now).await? {
                Ok(()) => Ok(Caller::default()),
                Err(wait) => Err(too_many(wait)),
            }
        }
        AccessRule::SignedIn
        | AccessRule::Can(_)
        | AccessRule::InTeam(_)
        | AccessRule::Platform => {
            let person = authenticate(app, request, now).await?;
            if rule == AccessRule::Platform && !person.platform {
                let detail = "This is for the operators of the installation.";
                return Err(Problem::new(&problems::FORBIDDEN, detail).into());
            }
            let principal = match rule {
                AccessRule::InTeam(_) => {
                    let team: Option<TeamId> = parameters
                        .iter()
                        .find(|(name, _)| name == "teamId")
                        .and_then(|(_, id)| id.parse().ok());
                    Some(
                        team.and_then(|team| person.in_team(team))
                            .ok_or_else(problems::not_found)?,
                    )
                }
                AccessRule::Can(_) => Some(person.in_team(person.team).ok_or_else(|| {
                    Problem::new(
                        &problems::FORBIDDEN,
                        "You no longer belong to the team of this token. Switch to another team.",
                    )
                })?),
                AccessRule::Open
                | AccessRule::Public
                | AccessRule::Signed
                | AccessRule::SignedIn
                | AccessRule::Platform => None,
            };
            if let (Some(permission), Some(principal)) = (rule.permission(), &principal)
                && !principal.can(permission)
            {
                let detail = format!(
                    "This needs the permission {}, which your role {} does not have.",
                    permission.as_str(),
                    principal.role.as_str()
                );
                return Err(Problem::new(&problems::FORBIDDEN, detail)
                    .with("permission", permission.as_str())
                    .into());
            }
            Ok(Caller {
                person: Some(person),
                principal,
                unverified: None,
            })
        }
    }
}

async fn authenticate(app: &App, request: &Request, now: Timestamp) -> Result<Person, Failure> {
    let refused = |detail: &str| Problem::new(&problems::UNAUTHENTICATED, detail);
    let token = request
        .header(AUTHORIZATION)
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| refused("Send `Authorization: Bearer <access token>`."))?;
    let mut claims = app.keys.verify_access(token, now);
    // Somebody may have begun to sign with a key that came after this function started.
    if claims == Err(KeyError::UnknownKey) && app.learn_keys(now).await? {
        claims = app.keys.verify_access(token, now);
    }
    let claims = claims
        .map_err(|_| refused("The access token is not valid any more. Refresh it or sign in."))?;
    match app
        .store
        .users()
        .admit(claims.sub, claims.sid, now, app.settings.user_per_minute)
        .await
    {
        Ok(gate) => Ok(Person {
            user: gate.user,
            session: claims.sid,
            team: claims.team,
            memberships: gate.memberships,
            sessions: gate.sessions,
            platform: gate.platform,
        }),
        Err(GateRefused::SignedOut) => {
            Err(refused("This session has ended. Sign in again.").into())
        }
        Err(GateRefused::TooMany) => Err(too_many(60 - now.as_second().rem_euclid(60))),
        Err(GateRefused::Store(error)) => Err(error.into()),
    }
}

fn too_many(wait: i64) -> Failure {
    Problem::new(
        &problems::TOO_MANY_REQUESTS,
        format!("Wait {wait} seconds."),
    )
    .retry_after(wait)
    .into()
}

/// What a cursor is sealed with that goes on with this list.
fn cursor_context(
    endpoint: &Endpoint,
    caller: &Caller,
    request: &Request,
    query: &[(String, String)],
) -> String {
    let team = caller
        .principal
        .as_ref()
        .map(|principal| principal.team.to_string())
        .unwrap_or_default();
    let user = caller
        .person
        .as_ref()
        .map(|person| person.id().to_string())
        .unwrap_or_default();
    let query = query.iter();
    ListAt {
        operation: endpoint.operation,
        path: &request.path,
        query: query
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect(),
    }
    .context(&team, &user)
}

fn read_page(
    app: &App,
    pairs: &[(String, String)],
    context: &str,
    now: Timestamp,
) -> Result<PageRequest, Problem> {
    let mut errors = Vec::new();
    let mut wrong = |name: &str, code: &str, detail: String| {
        errors.push(FieldError {
            pointer: format!("/{name}"),
            code: code.to_owned(),
            detail,
        });
    };
    let mut single = |name: &str| {
        let mut values = pairs
            .iter()
            .filter(|(given, _)| given == name)
            .map(|(_, value)| value.as_str());
        let first = values.next();
        if values.next().is_some() {
            wrong(name, "repeated_parameter", "Give this once.".to_owned());
        }
        first
    };
    let (limit, cursor, page) = (single("limit"), single("cursor"), single("page"));
    let limit = match limit.map(str::parse::<usize>) {
        None => DEFAULT_LIMIT,
        Some(Ok(limit)) if (1..=MAX_LIMIT).contains(&limit) => limit,
        Some(_) => {
            wrong(
                "limit",
                "out_of_range",
                format!("Write a number from 1 to {MAX_LIMIT}."),
            );
            DEFAULT_LIMIT
        }
    };
    let skip = match page.map(str::parse::<usize>) {
        None => 0,
        Some(Ok(number))
            if number >= 1 && cursor.is_none() && number.saturating_mul(limit) <= PAGE_REACH =>
        {
            (number - 1) * limit
        }
        Some(Ok(_)) if cursor.is_some() => {
            wrong(
                "page",
                "conflicting_parameter",
                "Give page or cursor, not both.".to_owned(),
            );
            0
        }
        Some(_) => {
            wrong(
                "page",
                "out_of_range",
                format!(
                    "Write a number from 1; pages reach the first {PAGE_REACH} rows. Go on with cursor."
                ),
            );
            0
        }
    };
    if !errors.is_empty() {
        return Err(problems::invalid(errors));
    }
    let after = match cursor {
        None => None,
        Some(cursor) => Some(
            cursor::open(&app.keys, context, cursor, now).ok_or_else(|| {
                Problem::new(
                    &problems::BAD_CURSOR,
                    "Start this list again without cursor, with the filters you want.",
                )
            })?,
        ),
    };
    Ok(PageRequest { limit, after, skip })
}

fn with_headers(app: &App, reply: Reply, id: &str, origin: Option<&str>) -> Reply {
    let mut reply = reply
        .with_header(REQUEST_ID, id)
        .with_header(
            STRICT_TRANSPORT_SECURITY,
            "max-age=31536000; includeSubDomains",
        )
        .with_header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .with_header(X_FRAME_OPTIONS, "DENY")
        .with_header(REFERRER_POLICY, "no-referrer");
    if !reply.headers.contains_key(CACHE_CONTROL) {
        reply = reply.with_header(CACHE_CONTROL, "no-store");
    }
    // Beside what else the reply depends on.
    reply
        .headers
        .append(VARY, HeaderValue::from_static("Origin"));
    match origin.filter(|origin| {
        app.settings
            .cors_origins
            .iter()
            .any(|known| known == origin)
    }) {
        None => reply,
        Some(origin) => reply
            .with_header(ACCESS_CONTROL_ALLOW_ORIGIN, origin)
            .with_header(
                ACCESS_CONTROL_EXPOSE_HEADERS,
                "ETag, Location, Retry-After, X-Request-Id, X-Audit-Head, Idempotency-Replayed, \
                 Preference-Applied",
            ),
    }
}

fn log(
    endpoint: &Endpoint,
    id: &str,
    reply: &Reply,
    started: Instant,
    cost: Cost,
    caller: &Caller,
    inward: Option<&str>,
) {
    let person = caller.person.as_ref();
    let team = caller
        .principal
        .as_ref()
        .map(|principal| principal.team)
        .or(person.map(|person| person.team));
    let team = team.map(|team| team.to_string()).unwrap_or_default();
    let user = person
        .map(|person| person.id().to_string())
        .unwrap_or_default();
    let operation = endpoint.operation;
    let status = reply.status;
    let duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let used = cost.to_string();
    match inward {
        None => tracing::info!(
            operation,
            status,
            duration_us,
            cost = used,
            team,
            user,
            request = id,
            "{operation} {status}"
        ),
        Some(inward) => tracing::error!(
            operation,
            status,
            duration_us,
            cost = used,
            team,
            user,
            request = id,
            inward,
            "{operation} {status}: {inward}"
        ),
    }
}
