//! The declaration of an HTTP endpoint.

use crate::access::{Access, AccessRule, Caller};
use crate::input::{Client, Input, NoBody, same};
use crate::path::PathTemplate;
use crate::reply::{Carried, IntoReply};
use crate::{App, Failure, Grant};
use futures::future::BoxFuture;
use http::header::{CONTENT_TYPE, HeaderName, IF_MATCH};
use http::{HeaderMap, Method};
use jiff::Timestamp;
use plat_domain::CommandId;
use plat_http::read::{JsonRefused, parse_json, read_body, read_params};
use plat_http::{Problem, ProblemType, Reply, Request, problems};
use plat_store::PageRequest;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use std::future::Future;
use std::sync::Arc;

/// The HTTP API that an endpoint is served by. One has room for 300 endpoints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Api {
    /// What the web app calls.
    #[default]
    Crm,
    /// What other systems and people without an account call.
    Public,
    /// Properties, renovation and money.
    Invest,
}

impl Api {
    /// Its name in the stacks.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crm => "crm",
            Self::Public => "public",
            Self::Invest => "invest",
        }
    }
}

const PREFER: HeaderName = HeaderName::from_static("prefer");

type Handler =
    Box<dyn Fn(Arc<App>, Call) -> BoxFuture<'static, Result<Reply, Failure>> + Send + Sync>;

/// The schemas of an endpoint's types; made when the reference is, never when a function starts.
pub struct Schemas {
    /// Path parameters.
    pub path: fn(&mut SchemaGenerator) -> Schema,
    /// Query parameters.
    pub query: fn(&mut SchemaGenerator) -> Schema,
    /// The body, if the endpoint takes one.
    pub body: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// The reply's body, if it has one.
    pub reply: Option<fn(&mut SchemaGenerator) -> Schema>,
}

/// A function that answers HTTP requests.
pub struct Endpoint {
    /// The method it is documented under.
    pub method: Method,
    /// Methods that mean the same.
    pub aliases: Vec<Method>,
    /// Where it is.
    pub path: PathTemplate,
    /// Its name everywhere.
    pub operation: &'static str,
    /// What serves it.
    pub api: Api,
    /// Who may call it.
    pub access: AccessRule,
    /// What it may do.
    pub grants: &'static [Grant],
    /// The problems it can have beyond those that every endpoint can.
    pub problems: &'static [&'static ProblemType],
    /// What it does, in one line.
    pub summary: &'static str,
    /// The status of a success.
    pub status: u16,
    /// Whether it lists, and so takes `limit`, `cursor` and `page`.
    pub listing: bool,
    /// Whether a success carries the `ETag` of a record.
    pub versioned: bool,
    /// The status of a success for a client that prefers to be told no more than that, if it can.
    pub minimal: Option<u16>,
    /// The status of a success that takes longer than a client waits, if it may.
    pub later: Option<u16>,
    /// The media type of a success.
    pub media_type: &'static str,
    /// Its types.
    pub schemas: Schemas,
    handler: Handler,
}

/// One request on its way to a handler, past every check that is the same for all.
pub(crate) struct Call {
    pub(crate) request: Request,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) page: PageRequest,
    pub(crate) caller: Caller,
    pub(crate) command: CommandId,
    pub(crate) first_at: Timestamp,
    pub(crate) now: Timestamp,
    pub(crate) client: Client,
    /// What a cursor of this list is sealed with.
    pub(crate) cursor_context: String,
}

impl Endpoint {
    /// Declares the endpoint that `handle` answers.
    pub fn new<A, P, B, Q, R, F, Fut>(
        method: Method,
        path: &'static str,
        operation: &'static str,
        access: A,
        handle: F,
    ) -> Self
    where
        A: Access,
        P: DeserializeOwned + JsonSchema + Send + 'static,
        B: DeserializeOwned + JsonSchema + Send + 'static,
        Q: DeserializeOwned + JsonSchema + Send + 'static,
        R: IntoReply,
        F: Fn(Arc<App>, A::Who, Input<P, B, Q>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<R, Failure>> + Send + 'static,
    {
        let handle = Arc::new(handle);
        Self {
            method,
            aliases: Vec::new(),
            path: PathTemplate::new(path),
            operation,
            api: Api::default(),
            access: access.rule(),
            grants: &[],
            problems: &[],
            summary: "",
            status: R::STATUS,
            listing: R::LISTING,
            versioned: R::VERSIONED,
            minimal: R::MINIMAL,
            later: R::LATER,
            media_type: R::MEDIA_TYPE,
            schemas: Schemas {
                path: SchemaGenerator::subschema_for::<P>,
                query: SchemaGenerator::subschema_for::<Q>,
                body: (!same::<B, NoBody>()).then_some(
                    SchemaGenerator::subschema_for::<B> as fn(&mut SchemaGenerator) -> Schema,
                ),
                reply: R::SCHEMA,
            },
            handler: Box::new(move |app, call| {
                let handle = handle.clone();
                Box::pin(async move {
                    let who = access.who(&call.caller).ok_or_else(|| {
                        Failure::fault("a handler ran before its caller was known")
                    })?;
                    let carried = Carried {
                        keys: app.keys.clone(),
                        now: call.now,
                        cursor_context: call.cursor_context.clone(),
                    };
                    let input = read_input(call)?;
                    handle(app, who, input).await?.into_reply(&carried)
                })
            }),
        }
    }

    /// A method that means the same.
    #[must_use]
    pub fn alias(mut self, method: Method) -> Self {
        self.aliases.push(method);
        self
    }

    /// What serves it, if it is not the web app's API.
    #[must_use]
    pub fn api(mut self, api: Api) -> Self {
        self.api = api;
        self
    }

    /// What it may do.
    #[must_use]
    pub fn grants(mut self, grants: &'static [Grant]) -> Self {
        self.grants = grants;
        self
    }

    /// The problems it can have beyond those that every endpoint can.
    #[must_use]
    pub fn problems(mut self, problems: &'static [&'static ProblemType]) -> Self {
        self.problems = problems;
        self
    }

    /// What it does, in one line.
    #[must_use]
    pub fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// The media type of a success, where its type does not tell.
    #[must_use]
    pub fn media_type(mut self, media_type: &'static str) -> Self {
        self.media_type = media_type;
        self
    }

    /// Every method it answers.
    pub fn methods(&self) -> impl Iterator<Item = &Method> {
        std::iter::once(&self.method).chain(&self.aliases)
    }

    pub(crate) async fn run(&self, app: Arc<App>, call: Call) -> Result<Reply, Failure> {
        (self.handler)(app, call).await
    }
}

fn read_input<P, B, Q>(call: Call) -> Result<Input<P, B, Q>, Failure>
where
    P: DeserializeOwned + JsonSchema,
    B: DeserializeOwned + JsonSchema + 'static,
    Q: DeserializeOwned + JsonSchema,
{
    // A path whose ids are not ids leads nowhere, like one whose ids are unknown.
    let path = read_params(&call.parameters).map_err(|_| problems::not_found())?;
    let query = read_params(&call.query).map_err(problems::invalid)?;
    let body = read_json_body(&call.request)?;
    let if_match = read_if_match(&call.request)?;
    let prefers_minimal = prefers_minimal(&call.request.headers);
    Ok(Input {
        path,
        query,
        body,
        page: call.page,
        if_match,
        prefers_minimal,
        now: call.now,
        client: call.client,
        command: call.command,
        first_at: call.first_at,
        request_id: call.request.id,
    })
}

fn read_json_body<B: DeserializeOwned + JsonSchema + 'static>(
    request: &Request,
) -> Result<B, Problem> {
    if same::<B, NoBody>() {
        return read_body(&serde_json::json!({})).map_err(problems::invalid);
    }
    let media_type = request
        .header(CONTENT_TYPE)
        .and_then(|value| value.split(';').next())
        .map(str::trim)
        .unwrap_or_default();
    if !["application/json", "application/merge-patch+json"]
        .iter()
        .any(|json| media_type.eq_ignore_ascii_case(json))
    {
        return Err(Problem::new(
            &problems::UNSUPPORTED_MEDIA_TYPE,
            "Send the body as JSON with `Content-Type: application/json`.",
        ));
    }
    let value = parse_json(&request.body).map_err(|refused| {
        let detail = match refused {
            JsonRefused::Malformed(detail) => detail,
            JsonRefused::TooDeep => "The JSON is nested too deeply; 64 levels are read.".to_owned(),
        };
        Problem::new(&problems::MALFORMED, detail)
    })?;
    let changes = request.method == Method::PATCH || request.method == Method::PUT;
    if changes && value.as_object().is_some_and(serde_json::Map::is_empty) {
        return Err(problems::invalid_field(
            "",
            "empty_patch",
            "Name at least one field to change.",
        ));
    }
    read_body(&value).map_err(problems::invalid)
}

/// Whether `Prefer` has `return=minimal` (RFC 7240). Of several wishes for `return`, the first counts; what else is
/// preferred is passed over, as is what does not read.
fn prefers_minimal(headers: &HeaderMap) -> bool {
    headers
        .get_all(PREFER)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|preference| preference.split(';').next()?.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("return"))
        .is_some_and(|(_, wish)| {
            wish.trim()
                .trim_matches('"')
                .eq_ignore_ascii_case("minimal")
        })
}

/// The version that `If-Match` names; none if it is absent or `*`.
fn read_if_match(request: &Request) -> Result<Option<u64>, Problem> {
    let malformed = || {
        Problem::new(
            &problems::MALFORMED,
            "Write If-Match as the ETag you received, such as \"3\".",
        )
    };
    if !request.headers.contains_key(IF_MATCH) {
        return Ok(None);
    }
    match request.header(IF_MATCH).map(str::trim) {
        None => Err(malformed()),
        Some("*") => Ok(None),
        Some(tag) => {
            let version = tag
                .strip_prefix('"')
                .and_then(|tag| tag.strip_suffix('"'))
                .ok_or_else(malformed)?;
            version.parse().map(Some).map_err(|_| malformed())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_client_can_prefer_to_be_told_little() {
        for (said, minimal) in [
            (&["return=minimal"][..], true),
            (&["Return = \"minimal\"; foo"], true),
            (&["respond-async, wait=10", "return=minimal"], true),
            (&["handling=lenient; return=minimal"], false),
            (&["return=representation, return=minimal"], false),
            (&["return"], false),
            (&["minimal"], false),
            (&[], false),
        ] {
            let mut headers = HeaderMap::new();
            for said in said {
                headers.append(PREFER, HeaderValue::from_static(said));
            }
            assert_eq!(prefers_minimal(&headers), minimal, "{said:?}");
        }
    }
}
