//! What the network and DynamoDB's bad days do to a request between the SDK and the
//! engine: lost replies, throttling, conflicts, half-done batches, slowness.
//!
//! A fault is put on the wire, not into our code, so the SDK's own parsing, retries
//! and timeouts take part in the test.

#![allow(clippy::expect_used)] // Test support: what cannot go wrong may say so.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

/// The prefix of an error's `__type`, as DynamoDB writes it.
const TYPE: &str = "com.amazonaws.dynamodb.v20120810#";

/// The checksum of a whole body, which no longer holds once the body is changed. The
/// SDK goes without it when it is absent.
const CHECKSUM: &str = "x-amz-crc32";

/// A faulty network on 127.0.0.1, in front of one engine.
///
/// It has a thread of its own, so that it works for every runtime of a test and under
/// paused time. It ends when dropped.
#[derive(Debug)]
pub struct FaultProxy {
    endpoint: String,
    state: Arc<Mutex<State>>,
    _stop: oneshot::Sender<Infallible>,
}

/// One thing that goes wrong, for some requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The operation it befalls, as `TransactWriteItems`; with None, every one.
    pub operation: Option<&'static str>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// How many matching requests pass unharmed first.
    pub skip: usize,
    /// How many matching requests it befalls after that, one by one.
    pub times: usize,
}

/// What can go wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The engine commits, then the connection closes without an answer.
    LoseReply,
    /// The connection closes and the engine hears nothing.
    LoseRequest,
    /// 400 `ProvisionedThroughputExceededException`: the table or one partition has
    /// more to do than it can.
    Throttle,
    /// 400 `ThrottlingException`: the account sends more than it may.
    ThrottleAccount,
    /// 500 `InternalServerError`; the engine hears nothing.
    InternalError,
    /// 400: another transaction holds the items. `TransactionCanceledException` with a
    /// reason for each item of a transaction, `TransactionConflictException` for an
    /// operation that is none. The engine hears nothing.
    TransactionConflict,
    /// The engine does the first half of a `BatchWriteItem` or `BatchGetItem`, rounded
    /// down, and the rest comes back as unprocessed. A batch of one is throttled, as
    /// DynamoDB does with a batch of which it can do nothing. Other operations pass.
    Unprocessed,
    /// The request waits this long on its way to the engine.
    Slow(Duration),
}

/// A request that reached the proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenRequest {
    /// As `PutItem`.
    pub operation: String,
    /// Whether a fault befell it.
    pub faulted: bool,
}

impl Fault {
    /// Befalls the next request of any operation, once.
    #[must_use]
    pub fn once(kind: FaultKind) -> Fault {
        Fault {
            operation: None,
            kind,
            skip: 0,
            times: 1,
        }
    }

    /// Befalls the next request of one operation, once.
    #[must_use]
    pub fn once_on(operation: &'static str, kind: FaultKind) -> Fault {
        Fault {
            operation: Some(operation),
            ..Fault::once(kind)
        }
    }
}

impl FaultProxy {
    /// Listens on a port of its own and forwards to `upstream`, as
    /// `http://127.0.0.1:8000`.
    #[must_use]
    pub fn start(upstream: &str) -> FaultProxy {
        let upstream = upstream.trim_end_matches('/').to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        listener
            .set_nonblocking(true)
            .expect("a socket that can be set up");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let state = Arc::new(Mutex::new(State::default()));
        let (stop, stopped) = oneshot::channel();
        let for_thread = Arc::clone(&state);
        std::thread::Builder::new()
            .name("fault-proxy".to_owned())
            .spawn(move || run(listener, upstream, for_thread, stopped))
            .expect("one more thread");
        FaultProxy {
            endpoint: format!("http://{address}"),
            state,
            _stop: stop,
        }
    }

    /// Where an SDK should send its requests.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Adds a fault. Of several that match a request the oldest befalls it; the others
    /// do not count it.
    pub fn inject(&self, fault: Fault) {
        locked(&self.state).faults.push(fault);
    }

    /// Takes every fault away.
    pub fn heal(&self) {
        locked(&self.state).faults.clear();
    }

    /// What was requested so far, retries included, in the order of arrival.
    #[must_use]
    pub fn seen(&self) -> Vec<SeenRequest> {
        locked(&self.state).seen.clone()
    }

    /// Forgets what was requested so far.
    pub fn clear_seen(&self) {
        locked(&self.state).seen.clear();
    }
}

#[derive(Debug, Default)]
struct State {
    faults: Vec<Fault>,
    seen: Vec<SeenRequest>,
}

impl State {
    /// Notes a request and finds out what befalls it.
    fn arrive(&mut self, operation: &str) -> Option<FaultKind> {
        let mut kind = None;
        for fault in &mut self.faults {
            if fault.times == 0 || !fault.befalls(operation) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            fault.times -= 1;
            kind = Some(fault.kind.clone());
            break;
        }
        self.seen.push(SeenRequest {
            operation: operation.to_owned(),
            faulted: kind.is_some(),
        });
        kind
    }
}

impl Fault {
    fn befalls(&self, operation: &str) -> bool {
        let possible = self.kind != FaultKind::Unprocessed
            || matches!(operation, "BatchWriteItem" | "BatchGetItem");
        possible && self.operation.is_none_or(|wanted| wanted == operation)
    }
}

/// A test that panicked while it held the state has failed already.
fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The proxy's thread.
fn run(
    listener: TcpListener,
    upstream: String,
    state: Arc<Mutex<State>>,
    stopped: oneshot::Receiver<Infallible>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let wire = Arc::new(Wire {
        upstream,
        engine: Client::builder(TokioExecutor::new()).build_http(),
        state,
    });
    runtime.block_on(async {
        let accepting = async {
            let listener =
                tokio::net::TcpListener::from_std(listener).expect("a non-blocking socket");
            loop {
                let Ok((connection, _)) = listener.accept().await else {
                    // Too many open files, most likely; without a rest this would spin.
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                };
                let wire = Arc::clone(&wire);
                tokio::spawn(async move {
                    let service = service_fn(|request| wire.handle(request));
                    // It ends with an error whenever a reply is lost on purpose.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(connection), service)
                        .await;
                });
            }
        };
        tokio::select! {
            () = accepting => {}
            _ = stopped => {}
        }
    });
}

/// Between the SDK and the engine.
struct Wire {
    upstream: String,
    engine: Client<HttpConnector, Full<Bytes>>,
    state: Arc<Mutex<State>>,
}

/// hyper answers nothing and closes the connection when a handler fails with this.
#[derive(Debug)]
struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was lost")
    }
}

impl std::error::Error for Lost {}

type Reply = Response<Full<Bytes>>;

impl Wire {
    async fn handle(&self, request: Request<Incoming>) -> Result<Reply, Lost> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Lost)?.to_bytes();
        let operation = operation(&parts.headers).to_owned();
        let fault = locked(&self.state).arrive(&operation);
        let request = Request::from_parts(parts, body);
        match fault {
            None => self.forward(request).await,
            Some(FaultKind::Slow(wait)) => {
                tokio::time::sleep(wait).await;
                self.forward(request).await
            }
            Some(FaultKind::LoseReply) => {
                self.forward(request).await?;
                Err(Lost)
            }
            Some(FaultKind::LoseRequest) => Err(Lost),
            Some(FaultKind::Throttle) => Ok(throttled()),
            Some(FaultKind::ThrottleAccount) => Ok(refusal(
                StatusCode::BAD_REQUEST,
                "ThrottlingException",
                json!({"message": "Injected: the account is over its rate."}),
            )),
            Some(FaultKind::InternalError) => Ok(refusal(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServerError",
                json!({"message": "Injected: DynamoDB failed."}),
            )),
            Some(FaultKind::TransactionConflict) => Ok(conflict(request.body())),
            Some(FaultKind::Unprocessed) => self.half(request, &operation).await,
        }
    }

    /// Passes a request on and its answer back, headers and body as they are.
    async fn forward(&self, request: Request<Bytes>) -> Result<Reply, Lost> {
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let uri = format!("{}{path}", self.upstream);
        parts.uri = uri.parse::<Uri>().map_err(|_| Lost)?;
        // The body is whole here; its length is what hyper says it is.
        parts.headers.remove(CONTENT_LENGTH);
        parts.headers.remove(TRANSFER_ENCODING);
        let answer = self
            .engine
            .request(Request::from_parts(parts, Full::new(body)))
            .await
            .map_err(|_| Lost)?;
        let (mut parts, body) = answer.into_parts();
        let body = body.collect().await.map_err(|_| Lost)?.to_bytes();
        parts.headers.remove(TRANSFER_ENCODING);
        Ok(Response::from_parts(parts, Full::new(body)))
    }

    async fn half(&self, request: Request<Bytes>, operation: &str) -> Result<Reply, Lost> {
        let (parts, body) = request.into_parts();
        let Some(halves) = serde_json::from_slice(&body).ok().and_then(halves) else {
            return Ok(throttled());
        };
        let body = Bytes::from(halves.kept.to_string());
        let answer = self.forward(Request::from_parts(parts, body)).await?;
        if answer.status() != StatusCode::OK {
            return Ok(answer);
        }
        let (mut parts, body) = answer.into_parts();
        let body = body
            .collect()
            .await
            .map_err(|never| match never {})?
            .to_bytes();
        let mut reply: Value = serde_json::from_slice(&body).map_err(|_| Lost)?;
        let rest = match operation {
            "BatchGetItem" => "UnprocessedKeys",
            _ => "UnprocessedItems",
        };
        // The engine may have left some of its half undone for reasons of its own.
        if let Some(reply) = reply.as_object_mut() {
            let undone = reply.entry(rest).or_insert_with(|| json!({}));
            add_shares(undone, halves.held_back);
        }
        parts.headers.remove(CHECKSUM);
        parts.headers.remove(CONTENT_LENGTH);
        Ok(Response::from_parts(
            parts,
            Full::new(Bytes::from(reply.to_string())),
        ))
    }
}

/// `DynamoDB_20120810.PutItem` is `PutItem`.
fn operation(headers: &HeaderMap) -> &str {
    headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .and_then(|target| target.split_once('.'))
        .map_or("", |(_, operation)| operation)
}

/// A batch request of which the engine sees only `kept`.
struct Halves {
    kept: Value,
    held_back: Map<String, Value>,
}

/// What a table's share of a batch lists: its writes, or the `Keys` that are read alike.
fn entries(share: &mut Value) -> Option<&mut Vec<Value>> {
    match share {
        Value::Array(writes) => Some(writes),
        Value::Object(reads) => reads.get_mut("Keys")?.as_array_mut(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Divides `RequestItems`, table by table. None if the engine would get nothing to do.
fn halves(mut request: Value) -> Option<Halves> {
    let tables = request.get_mut("RequestItems")?.as_object_mut()?;
    let mut counts = BTreeMap::new();
    for (table, share) in tables.iter_mut() {
        counts.insert(table.clone(), entries(share)?.len());
    }
    let mut left = counts.values().sum::<usize>() / 2;
    if left == 0 {
        return None;
    }
    let mut held_back = Map::new();
    for (table, count) in counts {
        let keep = count.min(left);
        left -= keep;
        if keep == count {
            continue;
        }
        let mut rest = tables.get(&table)?.clone();
        entries(&mut rest)?.drain(..keep);
        held_back.insert(table.clone(), rest);
        if keep == 0 {
            tables.remove(&table);
        } else {
            entries(tables.get_mut(&table)?)?.truncate(keep);
        }
    }
    Some(Halves {
        kept: request,
        held_back,
    })
}

/// Adds shares of a batch to those that are there, table by table.
fn add_shares(shares: &mut Value, more: Map<String, Value>) {
    let Some(shares) = shares.as_object_mut() else {
        return;
    };
    for (table, mut share) in more {
        match (
            shares.get_mut(&table).and_then(entries),
            entries(&mut share),
        ) {
            (Some(there), Some(added)) => there.append(added),
            _ => {
                shares.insert(table, share);
            }
        }
    }
}

/// An error as DynamoDB words it, without the checksum it may leave out.
fn refusal(status: StatusCode, name: &str, mut body: Value) -> Reply {
    if let Some(body) = body.as_object_mut() {
        body.insert("__type".to_owned(), json!(format!("{TYPE}{name}")));
    }
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "application/x-amz-json-1.0")
        .header("x-amzn-requestid", "INJECTED")
        .body(Full::new(Bytes::from(body.to_string())))
        .expect("a status and two constant headers make a response")
}

fn throttled() -> Reply {
    refusal(
        StatusCode::BAD_REQUEST,
        "ProvisionedThroughputExceededException",
        json!({"message": "Injected: the table is over its throughput."}),
    )
}

fn conflict(request: &[u8]) -> Reply {
    let items = serde_json::from_slice::<Value>(request)
        .ok()
        .and_then(|request| Some(request.get("TransactItems")?.as_array()?.len()));
    let Some(items) = items else {
        return refusal(
            StatusCode::BAD_REQUEST,
            "TransactionConflictException",
            json!({"message": "Injected: a transaction holds the item."}),
        );
    };
    let reason = json!({
        "Code": "TransactionConflict",
        "Message": "Injected: another transaction holds the item.",
    });
    let codes = vec!["TransactionConflict"; items].join(", ");
    refusal(
        StatusCode::BAD_REQUEST,
        "TransactionCanceledException",
        json!({
            "Message": format!("Injected: the transaction was cancelled [{codes}]"),
            "CancellationReasons": vec![reason; items],
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    use aws_sdk_dynamodb::config::retry::RetryConfig;
    use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
    use aws_sdk_dynamodb::error::ProvideErrorMetadata;
    use aws_sdk_dynamodb::types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
        KeysAndAttributes, Put, PutRequest, ScalarAttributeType, TransactWriteItem, Update,
        WriteRequest,
    };
    use plat_local::engine::Engine;

    const TABLE: &str = "things";

    /// An engine, a faulty wire to it, and a table.
    struct Setup {
        proxy: FaultProxy,
        engine: Engine,
    }

    impl Setup {
        async fn new() -> Setup {
            let engine = Engine::memory().await.unwrap();
            let proxy = FaultProxy::start(&engine.endpoint);
            let setup = Setup { proxy, engine };
            setup
                .direct()
                .create_table()
                .table_name(TABLE)
                .billing_mode(BillingMode::PayPerRequest)
                .attribute_definitions(
                    AttributeDefinition::builder()
                        .attribute_name("PK")
                        .attribute_type(ScalarAttributeType::S)
                        .build()
                        .unwrap(),
                )
                .key_schema(
                    KeySchemaElement::builder()
                        .attribute_name("PK")
                        .key_type(KeyType::Hash)
                        .build()
                        .unwrap(),
                )
                .send()
                .await
                .unwrap();
            setup
        }

        /// Past the proxy.
        fn direct(&self) -> aws_sdk_dynamodb::Client {
            client(&self.engine.endpoint, RetryConfig::disabled())
        }

        /// Through the proxy; what goes wrong is seen at once.
        fn hasty(&self) -> aws_sdk_dynamodb::Client {
            client(self.proxy.endpoint(), RetryConfig::disabled())
        }

        /// Through the proxy, as a deployed function does: three attempts.
        fn patient(&self) -> aws_sdk_dynamodb::Client {
            let retries = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
            client(self.proxy.endpoint(), retries)
        }

        async fn stored(&self) -> usize {
            let found = self.direct().scan().table_name(TABLE).send().await.unwrap();
            found.items().len()
        }

        async fn count(&self, key: &str) -> Option<String> {
            let found = self
                .direct()
                .get_item()
                .table_name(TABLE)
                .key("PK", text(key));
            let item = found.send().await.unwrap().item?;
            Some(item.get("Count")?.as_n().unwrap().clone())
        }

        fn faulted(&self) -> Vec<bool> {
            self.proxy
                .seen()
                .iter()
                .map(|request| request.faulted)
                .collect()
        }
    }

    fn client(endpoint: &str, retries: RetryConfig) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::from_conf(
            aws_sdk_dynamodb::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("eu-central-1"))
                .endpoint_url(endpoint)
                .credentials_provider(Credentials::new("test", "test", None, None, "test"))
                .retry_config(retries)
                .build(),
        )
    }

    fn text(value: &str) -> AttributeValue {
        AttributeValue::S(value.to_owned())
    }

    fn put_of(key: &str) -> TransactWriteItem {
        let put = Put::builder()
            .table_name(TABLE)
            .item("PK", text(key))
            .build()
            .unwrap();
        TransactWriteItem::builder().put(put).build()
    }

    fn add_to(key: &str) -> TransactWriteItem {
        let update = Update::builder()
            .table_name(TABLE)
            .key("PK", text(key))
            .update_expression("ADD #c :one")
            .expression_attribute_names("#c", "Count")
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()));
        TransactWriteItem::builder()
            .update(update.build().unwrap())
            .build()
    }

    async fn add(
        client: &aws_sdk_dynamodb::Client,
    ) -> Result<
        aws_sdk_dynamodb::operation::update_item::UpdateItemOutput,
        aws_sdk_dynamodb::error::SdkError<
            aws_sdk_dynamodb::operation::update_item::UpdateItemError,
        >,
    > {
        client
            .update_item()
            .table_name(TABLE)
            .key("PK", text("a"))
            .update_expression("ADD #c :one")
            .expression_attribute_names("#c", "Count")
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .send()
            .await
    }

    fn writes(count: usize) -> Vec<WriteRequest> {
        (0..count)
            .map(|n| {
                let put = PutRequest::builder()
                    .item("PK", text(&format!("{n}")))
                    .build()
                    .unwrap();
                WriteRequest::builder().put_request(put).build()
            })
            .collect()
    }

    #[tokio::test]
    async fn without_a_fault_requests_and_replies_pass_unchanged() {
        let setup = Setup::new().await;

        add(&setup.hasty()).await.unwrap();
        add(&setup.hasty()).await.unwrap();

        assert_eq!(setup.count("a").await.as_deref(), Some("2"));
        let seen = SeenRequest {
            operation: "UpdateItem".to_owned(),
            faulted: false,
        };
        assert_eq!(setup.proxy.seen(), [seen.clone(), seen]);
    }

    #[tokio::test]
    async fn a_lost_reply_is_a_commit_that_looks_like_a_failure() {
        let setup = Setup::new().await;
        setup.proxy.inject(Fault::once(FaultKind::LoseReply));

        let error = add(&setup.hasty()).await.unwrap_err();

        assert!(error.as_service_error().is_none(), "{error:?}");
        assert_eq!(setup.count("a").await.as_deref(), Some("1"));
    }

    #[tokio::test]
    async fn a_lost_request_changes_nothing() {
        let setup = Setup::new().await;
        setup.proxy.inject(Fault::once(FaultKind::LoseRequest));

        let error = add(&setup.hasty()).await.unwrap_err();

        assert!(error.as_service_error().is_none(), "{error:?}");
        assert_eq!(setup.count("a").await, None);
    }

    #[tokio::test]
    async fn throttling_is_the_sdks_typed_error() {
        let setup = Setup::new().await;
        setup.proxy.inject(Fault::once(FaultKind::Throttle));
        setup.proxy.inject(Fault::once(FaultKind::ThrottleAccount));

        let table = add(&setup.hasty()).await.unwrap_err().into_service_error();
        let account = add(&setup.hasty()).await.unwrap_err().into_service_error();

        assert!(
            table.is_provisioned_throughput_exceeded_exception(),
            "{table:?}"
        );
        assert_eq!(account.code(), Some("ThrottlingException"));
        assert!(account.is_throttling_exception(), "{account:?}");
        assert_eq!(setup.count("a").await, None);
    }

    #[tokio::test]
    async fn an_internal_error_is_the_sdks_typed_error() {
        let setup = Setup::new().await;
        setup.proxy.inject(Fault::once(FaultKind::InternalError));

        let error = add(&setup.hasty()).await.unwrap_err();

        assert_eq!(error.raw_response().unwrap().status().as_u16(), 500);
        assert!(error.into_service_error().is_internal_server_error());
        assert_eq!(setup.count("a").await, None);
    }

    #[tokio::test]
    async fn a_conflicting_transaction_has_a_reason_for_each_item() {
        let setup = Setup::new().await;
        setup
            .proxy
            .inject(Fault::once(FaultKind::TransactionConflict));

        let request = setup.hasty().transact_write_items();
        let request = request
            .transact_items(put_of("a"))
            .transact_items(put_of("b"));
        let error = request.send().await.unwrap_err().into_service_error();

        assert!(error.is_transaction_canceled_exception(), "{error:?}");
        let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
            panic!("another error");
        };
        let codes: Vec<_> = cancelled
            .cancellation_reasons()
            .iter()
            .map(|r| r.code().unwrap())
            .collect();
        assert_eq!(codes, ["TransactionConflict", "TransactionConflict"]);
        assert_eq!(setup.stored().await, 0);
    }

    #[tokio::test]
    async fn a_single_write_conflicts_with_a_transaction_in_its_own_words() {
        let setup = Setup::new().await;
        setup
            .proxy
            .inject(Fault::once(FaultKind::TransactionConflict));

        let error = add(&setup.hasty()).await.unwrap_err().into_service_error();

        assert!(error.is_transaction_conflict_exception(), "{error:?}");
    }

    #[tokio::test]
    async fn half_a_batch_of_writes_comes_back_unprocessed() {
        let setup = Setup::new().await;
        setup.proxy.inject(Fault::once(FaultKind::Unprocessed));

        let batch = setup
            .hasty()
            .batch_write_item()
            .request_items(TABLE, writes(5));
        let reply = batch.send().await.unwrap();

        assert_eq!(reply.unprocessed_items().unwrap()[TABLE], writes(5)[2..]);
        assert_eq!(setup.stored().await, 2);
    }

    #[tokio::test]
    async fn half_a_batch_of_reads_comes_back_unprocessed_with_how_to_read_it() {
        let setup = Setup::new().await;
        let batch = setup
            .direct()
            .batch_write_item()
            .request_items(TABLE, writes(4));
        batch.send().await.unwrap();
        setup.proxy.inject(Fault::once(FaultKind::Unprocessed));

        let keys = KeysAndAttributes::builder().consistent_read(true);
        let keys = (0..4).fold(keys, |keys, n| {
            keys.keys([("PK".to_owned(), text(&format!("{n}")))].into())
        });
        let keys = keys.build().unwrap();
        let batch = setup
            .hasty()
            .batch_get_item()
            .request_items(TABLE, keys.clone());
        let reply = batch.send().await.unwrap();

        let rest = &reply.unprocessed_keys().unwrap()[TABLE];
        assert_eq!(rest.keys(), &keys.keys()[2..]);
        assert_eq!(rest.consistent_read(), Some(true));
        assert_eq!(reply.responses().unwrap()[TABLE].len(), 2);
    }

    #[tokio::test]
    async fn a_batch_of_one_is_throttled_and_other_operations_pass() {
        let setup = Setup::new().await;
        setup.proxy.inject(Fault::once(FaultKind::Unprocessed));

        add(&setup.hasty()).await.unwrap();
        let batch = setup
            .hasty()
            .batch_write_item()
            .request_items(TABLE, writes(1));
        let error = batch.send().await.unwrap_err().into_service_error();

        assert!(
            error.is_provisioned_throughput_exceeded_exception(),
            "{error:?}"
        );
        assert_eq!(setup.faulted(), [false, true]);
    }

    #[tokio::test]
    async fn a_slow_request_arrives_late() {
        let setup = Setup::new().await;
        setup
            .proxy
            .inject(Fault::once(FaultKind::Slow(Duration::from_millis(80))));

        let start = Instant::now();
        add(&setup.hasty()).await.unwrap();

        assert!(start.elapsed() >= Duration::from_millis(80));
        assert_eq!(setup.count("a").await.as_deref(), Some("1"));
    }

    #[tokio::test]
    async fn a_fault_waits_for_its_operation_and_its_turn_and_ends() {
        let setup = Setup::new().await;
        setup.proxy.inject(Fault {
            operation: Some("UpdateItem"),
            kind: FaultKind::Throttle,
            skip: 1,
            times: 2,
        });

        let client = setup.hasty();
        let _ = client.scan().table_name(TABLE).send().await;
        for _ in 0..4 {
            let _ = add(&client).await;
        }

        assert_eq!(setup.faulted(), [false, false, true, true, false]);
        assert_eq!(setup.count("a").await.as_deref(), Some("2"));
    }

    #[tokio::test]
    async fn healing_takes_faults_away_and_the_past_can_be_forgotten() {
        let setup = Setup::new().await;
        setup.proxy.inject(Fault {
            times: usize::MAX,
            ..Fault::once(FaultKind::LoseRequest)
        });
        let _ = add(&setup.hasty()).await;

        setup.proxy.heal();
        setup.proxy.clear_seen();
        add(&setup.hasty()).await.unwrap();

        assert_eq!(setup.faulted(), [false]);
    }

    #[tokio::test]
    async fn the_sdk_itself_repeats_what_may_pass() {
        let setup = Setup::new().await;
        let client = setup.patient();
        for kind in [
            FaultKind::Throttle,
            FaultKind::ThrottleAccount,
            FaultKind::InternalError,
            FaultKind::LoseRequest,
        ] {
            setup.proxy.clear_seen();
            setup.proxy.inject(Fault {
                times: 2,
                ..Fault::once(kind.clone())
            });

            add(&client).await.unwrap();

            assert_eq!(setup.faulted(), [true, true, false], "{kind:?}");
        }
        assert_eq!(setup.count("a").await.as_deref(), Some("4"));
    }

    /// So whoever wants a conflicting transaction repeated has to do it.
    #[tokio::test]
    async fn the_sdk_does_not_repeat_after_a_conflict() {
        let setup = Setup::new().await;
        let client = setup.patient();
        setup.proxy.inject(Fault {
            times: 2,
            ..Fault::once(FaultKind::TransactionConflict)
        });

        let request = client.transact_write_items().transact_items(put_of("a"));
        let transaction = request.send().await;
        let single = add(&client).await;

        assert!(transaction.is_err() && single.is_err());
        assert_eq!(setup.faulted(), [true, true]);
    }

    /// Why a command carries an id: the SDK repeats what it got no answer to, and an
    /// update that had been made is made again.
    #[tokio::test]
    async fn an_addition_whose_reply_is_lost_is_made_twice() {
        let setup = Setup::new().await;
        setup
            .proxy
            .inject(Fault::once_on("UpdateItem", FaultKind::LoseReply));

        add(&setup.patient()).await.unwrap();

        assert_eq!(setup.faulted(), [true, false]);
        assert_eq!(setup.count("a").await.as_deref(), Some("2"));
    }

    /// The SDK gives a transaction one token for all its attempts, and DynamoDB knows
    /// it again for ten minutes. A caller that repeats the call gets a new token.
    #[tokio::test]
    async fn a_transaction_whose_reply_is_lost_is_made_once_per_call() {
        let setup = Setup::new().await;
        let client = setup.patient();
        setup
            .proxy
            .inject(Fault::once_on("TransactWriteItems", FaultKind::LoseReply));

        client
            .transact_write_items()
            .transact_items(add_to("a"))
            .send()
            .await
            .unwrap();
        let once = setup.count("a").await;
        client
            .transact_write_items()
            .transact_items(add_to("a"))
            .send()
            .await
            .unwrap();

        assert_eq!(setup.faulted(), [true, false, false]);
        assert_eq!(once.as_deref(), Some("1"));
        assert_eq!(setup.count("a").await.as_deref(), Some("2"));
    }
}
