//! DynamoDB on loopback: one dynoxide database, served over HTTP so that the real
//! SDK talks to it, and read natively for its stream of changes.
//!
//! Only what stands in for AWS belongs here. Tables, keys and what a change means
//! are the business of the callers.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use dynoxide::actions::get_records::{GetRecordsRequest, Record};
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::actions::list_streams::ListStreamsRequest;
use dynoxide::storage::Storage;
use dynoxide::storage_backend::ManualClock;
use dynoxide::{AttributeValue, Database, DynoxideError};
use tokio::sync::oneshot;

/// How long [`Engine::stop`] waits for requests under way. A request takes well
/// under a millisecond; a client that sent half of one must not hold up an exit.
const GRACE: Duration = Duration::from_secs(2);

/// What dynoxide's own schema lacks, applied each time a database is opened.
///
/// dynoxide numbers a change by reading the highest number so far, and without an
/// index that reads every change ever made: after 20,000 changes a write takes 2 ms,
/// with the index 30 µs. The index must repeat dynoxide's expression exactly.
///
/// dynoxide never forgets a change. DynamoDB does after a day; here it is a week,
/// because a relay that stops with the laptop on Friday should find its changes on
/// Monday.
const PREPARE: &str = "
    CREATE INDEX IF NOT EXISTS plat_changes_in_order
        ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
    DELETE FROM _stream_records WHERE created_at < unixepoch() - 7 * 86400;";

/// A DynamoDB that listens on a port of its own on 127.0.0.1.
///
/// It has a thread of its own: SQLite blocks, and an engine shared by many tests
/// must outlive the runtime of the test that happened to start it. Dropping the
/// engine stops it too, without waiting for it.
#[derive(Debug)]
pub struct Engine {
    /// Where it listens, as an SDK wants it: `http://127.0.0.1:<port>`.
    pub endpoint: String,
    open: Arc<Open>,
    stop: oneshot::Sender<()>,
    stopped: oneshot::Receiver<()>,
}

impl Engine {
    /// An empty database that lives in memory and ends with the engine.
    pub async fn memory() -> Result<Engine, EngineError> {
        Engine::start(Open::memory).await
    }

    /// The database in the file at `path`; file and folder are made if absent.
    ///
    /// A commit survives the end of the process, Ctrl-C included. A power cut may
    /// take the last commits with it, but leaves the database whole.
    pub async fn file(path: &Path) -> Result<Engine, EngineError> {
        let path = path.to_owned();
        Engine::start(move || Open::file(&path)).await
    }

    async fn start(
        open: impl FnOnce() -> Result<Open, EngineError> + Send + 'static,
    ) -> Result<Engine, EngineError> {
        let (started, starting) = oneshot::channel();
        let (stop, asked_to_stop) = oneshot::channel();
        let (ended, stopped) = oneshot::channel();
        std::thread::Builder::new()
            .name("dynamodb".to_owned())
            .spawn(move || {
                run(open, started, asked_to_stop);
                let _ = ended.send(());
            })
            .map_err(EngineError::other)?;
        let (endpoint, open) = starting
            .await
            .map_err(|_| EngineError::Other("it ended while starting".to_owned()))??;
        Ok(Engine {
            endpoint,
            open,
            stop,
            stopped,
        })
    }

    /// A reader of changes that begins with the oldest one kept.
    #[must_use]
    pub fn changes(&self) -> ChangeReader {
        ChangeReader {
            open: Arc::downgrade(&self.open),
            after: None,
        }
    }

    /// Deletes what has expired by `now`, in seconds since 1970, from every table
    /// with a time to live, and says how many items that were.
    ///
    /// Nothing expires by itself here, and the wall clock has no say: expiry would
    /// otherwise race the tests that set the time.
    pub async fn expire(&self, now: u64) -> Result<usize, EngineError> {
        let open = Arc::clone(&self.open);
        let runtime = tokio::runtime::Handle::current();
        tokio::task::spawn_blocking(move || {
            let storage = Storage::new(&open.location)?.with_clock(Arc::new(ManualClock::new(now)));
            runtime.block_on(dynoxide::ttl::sweep_expired_items(&storage))
        })
        .await
        .map_err(EngineError::other)?
        .map_err(EngineError::other)
    }

    /// Lets requests under way finish, closes the database, and returns when the
    /// file can be opened again. Readers of changes get [`EngineError::Stopped`].
    pub async fn stop(self) {
        let Engine {
            endpoint: _,
            open,
            stop,
            stopped,
        } = self;
        drop(open);
        let _ = stop.send(());
        let _ = stopped.await;
    }
}

/// The engine's thread, from opening the database to closing it.
fn run(
    open: impl FnOnce() -> Result<Open, EngineError>,
    started: oneshot::Sender<Result<(String, Arc<Open>), EngineError>>,
    asked_to_stop: oneshot::Receiver<()>,
) {
    let prepared = open().and_then(|open| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(EngineError::other)?;
        listener.set_nonblocking(true).map_err(EngineError::other)?;
        let address = listener.local_addr().map_err(EngineError::other)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(EngineError::other)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(EngineError::other)?
        };
        Ok((
            Arc::new(open),
            listener,
            format!("http://{address}"),
            runtime,
        ))
    });
    let (open, listener, endpoint, runtime) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            let _ = started.send(Err(error));
            return;
        }
    };
    let database = open.database.clone();
    let _ = started.send(Ok((endpoint, Arc::clone(&open))));

    let (stopping, stop_began) = oneshot::channel();
    let overdue = async {
        let _ = stop_began.await;
        tokio::time::sleep(GRACE).await;
    };
    runtime.block_on(async {
        // A dropped engine closes the channel, which asks for a stop as well.
        let serving = dynoxide::server::serve_with_shutdown(listener, database, async {
            let _ = asked_to_stop.await;
            let _ = stopping.send(());
        });
        tokio::select! {
            served = serving => if let Err(reason) = served {
                tracing::error!(%reason, "DynamoDB on loopback ended");
            },
            () = overdue => tracing::warn!("DynamoDB on loopback stopped with a request under way"),
        }
    });
    // Connections hold the database, and the runtime holds the connections.
    drop(runtime);
}

/// An open database. The lock is let go after the database, hence the order.
struct Open {
    database: Database,
    location: String,
    _lock: Option<File>,
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Open")
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}

impl Open {
    /// A named database in memory, because a second connection has to reach it to
    /// prepare it and to expire items; `:memory:` has only the one.
    fn memory() -> Result<Open, EngineError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let location = format!("file:/plat-{number}?vfs=memdb");
        let database = prepared(&location).map_err(EngineError::other)?;
        Ok(Open {
            database,
            location,
            _lock: None,
        })
    }

    fn file(path: &Path) -> Result<Open, EngineError> {
        let path = std::path::absolute(path).map_err(EngineError::other)?;
        let location = path
            .to_str()
            .ok_or_else(|| EngineError::Other(format!("{} is not Unicode", path.display())))?
            .to_owned();
        let lock = lock(&path)?;
        let database = prepared(&location).map_err(|error| describe(&path, &error))?;
        Ok(Open {
            database,
            location,
            _lock: Some(lock),
        })
    }
}

/// Opens the database and gives it the schema and the settings Plat needs.
fn prepared(location: &str) -> Result<Database, DynoxideError> {
    let storage = Storage::new(location)?;
    storage.conn().execute_batch(PREPARE)?;
    let database = Database::new(location)?;
    // The only way dynoxide offers to `synchronous = NORMAL`: with its write-ahead
    // log that is as safe against the end of the process as the default, and does
    // not wait for the disk at every commit.
    database.disable_bulk_loading()?;
    // A database in memory ends with its last connection, so this one goes last.
    drop(storage);
    Ok(database)
}

/// Takes the lock that says a process uses this database. The operating system
/// lets go of it however the process ends; the empty file stays and means nothing.
fn lock(path: &Path) -> Result<File, EngineError> {
    let folder = path.parent().unwrap_or(path);
    let not_writable = |reason: std::io::Error| EngineError::NotWritable {
        path: folder.to_owned(),
        reason: reason.to_string(),
    };
    std::fs::create_dir_all(folder).map_err(not_writable)?;
    let mut name = OsString::from(path);
    name.push(".lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(name)
        .map_err(not_writable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(EngineError::InUse {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(not_writable(error)),
    }
}

/// SQLite's codes belong to a crate Plat does not depend on, so its texts decide.
fn describe(path: &Path, error: &DynoxideError) -> EngineError {
    let text = error.to_string();
    let says = |part: &str| text.contains(part);
    if says("not a valid SQLite") || says("not a database") || says("malformed") {
        EngineError::Corrupt {
            path: path.to_owned(),
        }
    } else if says("readonly") || says("unable to open") {
        EngineError::NotWritable {
            path: path.to_owned(),
            reason: text,
        }
    } else {
        EngineError::Other(text)
    }
}

/// Reads a table's changes in the order they were committed, and remembers where
/// it got to for as long as it lives.
///
/// A batch counts as read when it is returned. To have it again, or to go on in
/// another process, keep the `sequence` of the last record dealt with and pass it to
/// [`ChangeReader::after`].
#[derive(Clone, Debug)]
pub struct ChangeReader {
    open: Weak<Open>,
    after: Option<String>,
}

/// One change of one item.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamRecord {
    /// 21 digits that grow with every change, so they also sort as text.
    pub sequence: String,
    /// The item before, as DynamoDB JSON: `{"PK":{"S":"…"}}`. None for a new item.
    pub old: Option<serde_json::Value>,
    /// The item after. None for a deleted item.
    pub new: Option<serde_json::Value>,
}

impl ChangeReader {
    /// Goes on after the record with this sequence; with None, at the oldest kept.
    ///
    /// A record that is no longer kept is no obstacle: what came after it is read.
    #[must_use]
    pub fn after(mut self, sequence: Option<String>) -> ChangeReader {
        self.after = sequence;
        self
    }

    /// The next changes of `table`, at most `limit` and at most 1,000; none if there
    /// are none yet. It costs the same however many changes lie behind.
    pub async fn next_batch(
        &mut self,
        table: &str,
        limit: usize,
    ) -> Result<Vec<StreamRecord>, EngineError> {
        let open = self.open.upgrade().ok_or(EngineError::Stopped)?;
        let (table, after) = (table.to_owned(), self.after.clone());
        // Reading blocks, and waits for a write under way.
        let batch = tokio::task::spawn_blocking(move || read(&open.database, &table, after, limit))
            .await
            .map_err(EngineError::other)??;
        if let Some(last) = batch.last() {
            self.after = Some(last.sequence.clone());
        }
        Ok(batch)
    }
}

fn read(
    database: &Database,
    table: &str,
    after: Option<String>,
    limit: usize,
) -> Result<Vec<StreamRecord>, EngineError> {
    let streams = database
        .list_streams(ListStreamsRequest {
            table_name: Some(table.to_owned()),
            ..ListStreamsRequest::default()
        })
        .map_err(EngineError::other)?
        .streams;
    let Some(stream) = streams.into_iter().next() else {
        return Err(EngineError::NoStream {
            table: table.to_owned(),
        });
    };
    let iterator = |kind: &str, sequence_number| {
        database
            .get_shard_iterator(GetShardIteratorRequest {
                stream_arn: stream.stream_arn.clone(),
                // dynoxide has one shard a table. DescribeStream would name it too,
                // but counts every change ever made to do so.
                shard_id: dynoxide::streams::shard_id(table),
                shard_iterator_type: kind.to_owned(),
                sequence_number,
            })
            .map(|found| found.shard_iterator.unwrap_or_default())
    };
    let iterator = match after {
        None => iterator("TRIM_HORIZON", None),
        Some(sequence) => match iterator("AFTER_SEQUENCE_NUMBER", Some(sequence.clone())) {
            // A position this engine never gave out, kept from another database.
            Err(DynoxideError::ValidationException(reason)) => {
                tracing::warn!(%sequence, %reason, "reading changes from the oldest kept");
                iterator("TRIM_HORIZON", None)
            }
            found => found,
        },
    }
    .map_err(EngineError::other)?;
    database
        .get_records(GetRecordsRequest {
            shard_iterator: iterator,
            limit: Some(limit),
        })
        .map_err(EngineError::other)?
        .records
        .into_iter()
        .map(StreamRecord::from_native)
        .collect()
}

impl StreamRecord {
    fn from_native(record: Record) -> Result<StreamRecord, EngineError> {
        let json = |image: Option<HashMap<String, AttributeValue>>| {
            image
                .map(serde_json::to_value)
                .transpose()
                .map_err(EngineError::other)
        };
        Ok(StreamRecord {
            sequence: record.dynamodb.sequence_number,
            old: json(record.dynamodb.old_image)?,
            new: json(record.dynamodb.new_image)?,
        })
    }
}

/// Why the engine could not start, or could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineError {
    /// The database, its lock or its folder cannot be made or written.
    NotWritable {
        /// The folder or the file.
        path: PathBuf,
        /// What the operating system said.
        reason: String,
    },
    /// Another process has the database open.
    InUse {
        /// The database.
        path: PathBuf,
    },
    /// The file is no database, or a damaged one.
    Corrupt {
        /// The database.
        path: PathBuf,
    },
    /// The table does not exist or keeps no stream of changes.
    NoStream {
        /// The table.
        table: String,
    },
    /// The engine was stopped while a reader was still in use.
    Stopped,
    /// Anything else, in the words of whoever noticed.
    Other(String),
}

impl EngineError {
    fn other(error: impl fmt::Display) -> EngineError {
        EngineError::Other(error.to_string())
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EngineError::NotWritable { path, reason } => {
                write!(f, "cannot write to {}: {reason}", path.display())
            }
            EngineError::InUse { path } => write!(
                f,
                "{} is in use by another process; stop that one first",
                path.display()
            ),
            EngineError::Corrupt { path } => write!(
                f,
                "{} is not a readable database; move it away to start with an empty one",
                path.display()
            ),
            EngineError::NoStream { table } => {
                write!(f, "table {table} keeps no stream of changes")
            }
            EngineError::Stopped => f.write_str("the local DynamoDB was stopped"),
            EngineError::Other(reason) => {
                write!(
                    f,
                    "the local DynamoDB failed: {}",
                    reason.replace('\n', " ")
                )
            }
        }
    }
}

impl std::error::Error for EngineError {}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::Client;
    use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
    use aws_sdk_dynamodb::types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
        ScalarAttributeType, StreamSpecification, StreamViewType, TimeToLiveSpecification,
    };
    use serde_json::json;

    const TABLE: &str = "things";

    fn client(engine: &Engine) -> Client {
        Client::from_conf(
            aws_sdk_dynamodb::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new("eu-central-1"))
                .endpoint_url(&engine.endpoint)
                .credentials_provider(Credentials::new("test", "test", None, None, "test"))
                .build(),
        )
    }

    async fn create(client: &Client) {
        client
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
            .stream_specification(
                StreamSpecification::builder()
                    .stream_enabled(true)
                    .stream_view_type(StreamViewType::NewAndOldImages)
                    .build()
                    .unwrap(),
            )
            .send()
            .await
            .unwrap();
    }

    async fn put(client: &Client, key: &str, size: u32) {
        client
            .put_item()
            .table_name(TABLE)
            .item("PK", AttributeValue::S(key.to_owned()))
            .item("Size", AttributeValue::N(size.to_string()))
            .send()
            .await
            .unwrap();
    }

    async fn keys(client: &Client) -> usize {
        let found = client.scan().table_name(TABLE).send().await.unwrap();
        found.items().len()
    }

    /// A folder that goes when the test ends.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("plat-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            std::fs::create_dir_all(&path).unwrap();
            Folder(path)
        }

        fn database(&self) -> PathBuf {
            self.0.join("plat.db")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[tokio::test]
    async fn changes_are_read_once_in_order_with_both_images() {
        let engine = Engine::memory().await.unwrap();
        let client = client(&engine);
        create(&client).await;
        put(&client, "a", 1).await;
        put(&client, "a", 2).await;
        let key = AttributeValue::S("a".to_owned());
        client
            .delete_item()
            .table_name(TABLE)
            .key("PK", key)
            .send()
            .await
            .unwrap();

        let mut reader = engine.changes();
        let first = reader.next_batch(TABLE, 2).await.unwrap();
        let second = reader.next_batch(TABLE, 2).await.unwrap();
        let third = reader.next_batch(TABLE, 2).await.unwrap();

        let one = json!({"PK": {"S": "a"}, "Size": {"N": "1"}});
        let two = json!({"PK": {"S": "a"}, "Size": {"N": "2"}});
        let images: Vec<_> = first
            .iter()
            .chain(&second)
            .map(|r| (r.old.clone(), r.new.clone()))
            .collect();
        assert_eq!(
            images,
            [
                (None, Some(one.clone())),
                (Some(one), Some(two.clone())),
                (Some(two), None)
            ]
        );
        assert!(first[0].sequence < first[1].sequence && first[1].sequence < second[0].sequence);
        assert_eq!(third, []);
    }

    #[tokio::test]
    async fn a_reader_goes_on_after_a_sequence_and_survives_a_strange_one() {
        let engine = Engine::memory().await.unwrap();
        let client = client(&engine);
        create(&client).await;
        put(&client, "a", 1).await;
        put(&client, "b", 1).await;
        let all = engine.changes().next_batch(TABLE, 10).await.unwrap();

        let position = Some(all[0].sequence.clone());
        let rest = engine
            .changes()
            .after(position)
            .next_batch(TABLE, 10)
            .await
            .unwrap();
        let strange = Some("from elsewhere".to_owned());
        let again = engine
            .changes()
            .after(strange)
            .next_batch(TABLE, 10)
            .await
            .unwrap();

        assert_eq!(rest, all[1..]);
        assert_eq!(again, all);
    }

    #[tokio::test]
    async fn a_table_without_a_stream_is_named() {
        let engine = Engine::memory().await.unwrap();

        let error = engine.changes().next_batch("absent", 10).await.unwrap_err();

        assert_eq!(error.to_string(), "table absent keeps no stream of changes");
    }

    #[tokio::test]
    async fn items_and_changes_survive_a_restart() {
        let folder = Folder::new("restart");
        let engine = Engine::file(&folder.database()).await.unwrap();
        create(&client(&engine)).await;
        put(&client(&engine), "a", 1).await;
        let read = engine.changes().next_batch(TABLE, 10).await.unwrap();
        let position = Some(read[0].sequence.clone());
        put(&client(&engine), "b", 1).await;
        engine.stop().await;

        let engine = Engine::file(&folder.database()).await.unwrap();
        put(&client(&engine), "c", 1).await;
        let found = engine
            .changes()
            .after(position)
            .next_batch(TABLE, 10)
            .await
            .unwrap();

        let new: Vec<_> = found
            .iter()
            .map(|r| r.new.clone().unwrap()["PK"]["S"].clone())
            .collect();
        assert_eq!(new, ["b", "c"]);
        assert_eq!(keys(&client(&engine)).await, 3);
    }

    #[tokio::test]
    async fn a_reader_does_not_keep_a_stopped_engine_open() {
        let folder = Folder::new("stopped");
        let engine = Engine::file(&folder.database()).await.unwrap();
        let mut reader = engine.changes();
        engine.stop().await;

        let error = reader.next_batch(TABLE, 10).await.unwrap_err();
        let reopened = Engine::file(&folder.database()).await;

        assert_eq!(error, EngineError::Stopped);
        assert!(reopened.is_ok());
    }

    #[tokio::test]
    async fn a_database_in_use_is_refused() {
        let folder = Folder::new("in-use");
        let _first = Engine::file(&folder.database()).await.unwrap();

        let second = Engine::file(&folder.database()).await.unwrap_err();

        assert!(
            second
                .to_string()
                .ends_with("is in use by another process; stop that one first")
        );
    }

    #[tokio::test]
    async fn a_file_of_garbage_is_called_unreadable_and_left_alone() {
        let folder = Folder::new("garbage");
        let garbage = "not a database at all, ".repeat(500);
        std::fs::write(folder.database(), &garbage).unwrap();

        let error = Engine::file(&folder.database()).await.unwrap_err();

        let path = folder.database();
        assert_eq!(error, EngineError::Corrupt { path: path.clone() });
        assert_eq!(std::fs::read_to_string(path).unwrap(), garbage);
        assert!(!error.to_string().contains('\n'));
    }

    #[tokio::test]
    async fn a_damaged_database_is_called_unreadable() {
        let folder = Folder::new("damaged");
        Engine::file(&folder.database()).await.unwrap().stop().await;
        let mut bytes = std::fs::read(folder.database()).unwrap();
        bytes[100..].fill(0xa5);
        std::fs::write(folder.database(), bytes).unwrap();

        let error = Engine::file(&folder.database()).await.unwrap_err();

        assert_eq!(
            error,
            EngineError::Corrupt {
                path: folder.database()
            }
        );
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_made_is_named() {
        let folder = Folder::new("not-writable");
        std::fs::write(folder.0.join("file"), "").unwrap();

        let error = Engine::file(&folder.0.join("file/plat.db"))
            .await
            .unwrap_err();

        let start = format!("cannot write to {}", folder.0.join("file").display());
        assert!(error.to_string().starts_with(&start), "{error}");
    }

    #[tokio::test]
    async fn items_expire_when_told_and_by_the_time_given() {
        let engine = Engine::memory().await.unwrap();
        let client = client(&engine);
        create(&client).await;
        let spec = TimeToLiveSpecification::builder()
            .attribute_name("Size")
            .enabled(true);
        client
            .update_time_to_live()
            .table_name(TABLE)
            .time_to_live_specification(spec.build().unwrap())
            .send()
            .await
            .unwrap();
        put(&client, "early", 1_000).await;
        put(&client, "late", 2_000).await;

        let before = keys(&client).await;
        let expired = engine.expire(1_500).await.unwrap();

        assert_eq!((before, expired, keys(&client).await), (2, 1, 1));
        let changes = engine.changes().next_batch(TABLE, 10).await.unwrap();
        assert_eq!(changes[2].new, None);
    }

    #[test]
    fn an_engine_outlives_the_runtime_that_started_it() {
        let runtime = || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
        };
        let engine = runtime().block_on(Engine::memory()).unwrap();

        runtime().block_on(async {
            create(&client(&engine)).await;
            put(&client(&engine), "a", 1).await;
            engine.stop().await;
        });
    }

    #[tokio::test]
    async fn two_engines_in_memory_share_nothing() {
        let one = Engine::memory().await.unwrap();
        let other = Engine::memory().await.unwrap();
        create(&client(&one)).await;

        let tables = client(&other).list_tables().send().await.unwrap();

        assert!(tables.table_names().is_empty());
    }
}
