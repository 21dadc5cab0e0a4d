//! What handlers return. Each kind of reply knows its status, its headers and its schema.

use crate::{Failure, cursor};
use http::header::{CACHE_CONTROL, ETAG, LOCATION};
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use plat_http::Reply;
use plat_services::Keys;
use plat_store::Page;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use std::sync::Arc;

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// What the pipeline lends to a reply.
pub struct Carried {
    pub(crate) keys: Arc<Keys>,
    pub(crate) now: Timestamp,
    pub(crate) cursor_context: String,
}

/// A handler's answer.
pub trait IntoReply: Send + 'static {
    /// The status code.
    const STATUS: u16;
    /// Whether it is a page of a list.
    const LISTING: bool = false;
    /// Whether it carries the `ETag` of a record.
    const VERSIONED: bool = false;
    /// The status code for a client that prefers to be told no more, if it can.
    const MINIMAL: Option<u16> = None;
    /// The status code if it takes longer than a client waits, with the same body, if it may.
    const LATER: Option<u16> = None;
    /// The media type of its body.
    const MEDIA_TYPE: &'static str = "application/json";
    /// Its body's schema.
    const SCHEMA: Option<SchemaOf>;
    /// The reply itself.
    fn into_reply(self, carried: &Carried) -> Result<Reply, Failure>;
}

/// A view of something that has versions.
pub trait Versioned {
    /// The version that the `ETag` tells.
    fn version(&self) -> u64;
}

/// 200 with JSON.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// 200 with JSON that is everybody's, and that caches may keep for `max_age` seconds.
#[derive(Debug)]
pub struct Cached<T> {
    /// What it is.
    pub body: T,
    /// How long it may be kept.
    pub max_age: u32,
}

/// 200 with a versioned record and its `ETag`.
#[derive(Debug)]
pub struct Entity<T>(pub T);

/// What a change answers: 200 with the versioned record and its `ETag`, or 204 for a client that prefers not to be told
/// what it knows (RFC 7240). The handler asks [`Input::prefers_minimal`](crate::Input::prefers_minimal) and need not read
/// what nobody wants.
#[derive(Debug)]
pub enum Representation<T> {
    /// The record as it is now.
    Whole(T),
    /// Only that it was done.
    Minimal {
        /// The version that it has now, where that is known without reading it.
        version: Option<u64>,
    },
}

/// 201 with a new record, its `ETag` and its `Location`.
#[derive(Debug)]
pub struct Created<T> {
    /// Where it is.
    pub location: String,
    /// What it is.
    pub entity: T,
}

/// 202 with long work that was begun, and where to see how far it is.
#[derive(Debug)]
pub struct Begun<T> {
    /// Where to see how far it is.
    pub location: String,
    /// How far it is now.
    pub entity: T,
}

/// 200 with what was done, or 202 if it takes longer than a client waits.
#[derive(Debug)]
pub enum Worked<T> {
    /// All of it was done.
    Done(T),
    /// It will be.
    Begun(Begun<T>),
}

/// 201 with something new, or 200 with what was there.
#[derive(Debug)]
pub struct NewOrKnown<T> {
    /// Whether it is new.
    pub new: bool,
    /// What it is.
    pub body: T,
}

/// 200 with a page.
#[derive(Debug)]
pub struct Listing<T>(pub Page<T>);

/// 200 with a page, and a header that only this list has.
#[derive(Debug)]
pub struct ListingWith<T> {
    /// The page.
    pub page: Page<T>,
    /// The header's name, in lower case.
    pub header: &'static str,
    /// What it tells; without it the header is left out.
    pub value: Option<String>,
}

/// 202: it will be done.
#[derive(Debug)]
pub struct Accepted;

/// 204.
#[derive(Debug)]
pub struct NoContent;

/// 200 with something that is not JSON of ours, and that caches may keep for `max_age` seconds.
#[derive(Debug)]
pub struct Raw {
    /// Its media type.
    pub media_type: &'static str,
    /// Its text.
    pub body: bytes::Bytes,
    /// How long it may be kept; 0 for not at all.
    pub max_age: u32,
    /// Headers that only this reply has.
    pub headers: HeaderMap,
}

/// One page of a list.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "{T}Page")]
struct ListingBody<T> {
    /// The rows.
    items: Vec<T>,
    /// Send it as `cursor` to go on; null at the end.
    #[schemars(required)]
    next_cursor: Option<String>,
}

impl<T: Serialize + JsonSchema + Send + 'static> IntoReply for Json<T> {
    const STATUS: u16 = 200;
    const SCHEMA: Option<SchemaOf> = Some(SchemaGenerator::subschema_for::<T>);
    fn into_reply(self, _: &Carried) -> Result<Reply, Failure> {
        json(Self::STATUS, &self.0)
    }
}

impl<T: Serialize + JsonSchema + Send + 'static> IntoReply for Cached<T> {
    const STATUS: u16 = 200;
    const SCHEMA: Option<SchemaOf> = Some(SchemaGenerator::subschema_for::<T>);
    fn into_reply(self, _: &Carried) -> Result<Reply, Failure> {
        let kept = format!("public, max-age={}", self.max_age);
        Ok(json(Self::STATUS, &self.body)?.with_header(CACHE_CONTROL, &kept))
    }
}

impl<T: Serialize + JsonSchema + Versioned + Send + 'static> IntoReply for Entity<T> {
    const STATUS: u16 = 200;
    const VERSIONED: bool = true;
    const SCHEMA: Option<SchemaOf> = Some(SchemaGenerator::subschema_for::<T>);
    fn into_reply(self, _: &Carried) -> Result<Reply, Failure> {
        Ok(json(Self::STATUS, &self.0)?.with_header(ETAG, &etag(self.0.version())))
    }
}

impl<T: Serialize + JsonSchema + Versioned + Send + 'static> IntoReply for Representation<T> {
    const STATUS: u16 = Entity::<T>::STATUS;
    const VERSIONED: bool = true;
    const MINIMAL: Option<u16> = Some(NoContent::STATUS);
    const SCHEMA: Option<SchemaOf> = Entity::<T>::SCHEMA;
    fn into_reply(self, carried: &Carried) -> Result<Reply, Failure> {
        match self {
            Self::Whole(entity) => Entity(entity).into_reply(carried),
            Self::Minimal { version } => {
                let reply = NoContent
                    .into_reply(carried)?
                    .with_header(PREFERENCE_APPLIED, "return=minimal");
                Ok(version.into_iter().fold(reply, |reply, version| {
                    reply.with_header(ETAG, &etag(version))
                }))
            }
        }
    }
}

impl<T: Serialize + JsonSchema + Versioned + Send + 'static> IntoReply for Created<T> {
    const STATUS: u16 = 201;
    const VERSIONED: bool = true;
    const SCHEMA: Option<SchemaOf> = Some(SchemaGenerator::subschema_for::<T>);
    fn into_reply(self, _: &Carried) -> Result<Reply, Failure> {
        Ok(json(Self::STATUS, &self.entity)?
            .with_header(ETAG, &etag(self.entity.version()))
            .with_header(LOCATION, &self.location))
    }
}

impl<T: Serialize + JsonSchema + Send + 'static> IntoReply for Begun<T> {
    const STATUS: u16 = Accepted::STATUS;
    const SCHEMA: Option<SchemaOf> = Some(SchemaGenerator::subschema_for::<T>);
    fn into_reply(self, _: &Carried) -> Result<Reply, Failure> {
        Ok(json(Self::STATUS, &self.entity)?.with_header(LOCATION, &self.location))
    }
}

impl<T: Serialize + JsonSchema + Send + 'static> IntoReply for Worked<T> {
    const STATUS: u16 = Json::<T>::STATUS;
    const LATER: Option<u16> = Some(Begun::<T>::STATUS);
    const SCHEMA: Option<SchemaOf> = Json::<T>::SCHEMA;
    fn into_reply(self, carried: &Carried) -> Result<Reply, Failure> {
        match self {
            Self::Done(done) => Json(done).into_reply(carried),
            Self::Begun(begun) => begun.into_reply(carried),
        }
    }
}

impl<T: Serialize + JsonSchema + Send + 'static> IntoReply for NewOrKnown<T> {
    const STATUS: u16 = 201;
    const SCHEMA: Option<SchemaOf> = Some(SchemaGenerator::subschema_for::<T>);
    fn into_reply(self, _: &Carried) -> Result<Reply, Failure> {
        let status = if self.new {
            Self::STATUS
        } else {
            Json::<T>::STATUS
        };
        json(status, &self.body)
    }
}

impl<T: Serialize + JsonSchema + Send + 'static> IntoReply for Listing<T> {
    const STATUS: u16 = 200;
    const LISTING: bool = true;
    const SCHEMA: Option<SchemaOf> = Some(SchemaGenerator::subschema_for::<ListingBody<T>>);
    fn into_reply(self, carried: &Carried) -> Result<Reply, Failure> {
        let next_cursor = self
            .0
            .next
            .map(|after| cursor::seal(&carried.keys, &carried.cursor_context, after, carried.now))
            .transpose()?;
        json(
            Self::STATUS,
            &ListingBody {
                items: self.0.items,
                next_cursor,
            },
        )
    }
}

impl<T: Serialize + JsonSchema + Send + 'static> IntoReply for ListingWith<T> {
    const STATUS: u16 = Listing::<T>::STATUS;
    const LISTING: bool = true;
    const SCHEMA: Option<SchemaOf> = Listing::<T>::SCHEMA;
    fn into_reply(self, carried: &Carried) -> Result<Reply, Failure> {
        let reply = Listing(self.page).into_reply(carried)?;
        Ok(match &self.value {
            Some(value) => reply.with_header(HeaderName::from_static(self.header), value),
            None => reply,
        })
    }
}

impl IntoReply for Accepted {
    const STATUS: u16 = 202;
    const SCHEMA: Option<SchemaOf> = None;
    fn into_reply(self, _: &Carried) -> Result<Reply, Failure> {
        Ok(Reply::empty(Self::STATUS))
    }
}

impl IntoReply for NoContent {
    const STATUS: u16 = 204;
    const SCHEMA: Option<SchemaOf> = None;
    fn into_reply(self, _: &Carried) -> Result<Reply, Failure> {
        Ok(Reply::empty(Self::STATUS))
    }
}

impl IntoReply for Raw {
    const STATUS: u16 = 200;
    const MEDIA_TYPE: &'static str = "text/html";
    const SCHEMA: Option<SchemaOf> = None;
    fn into_reply(self, _: &Carried) -> Result<Reply, Failure> {
        let mut reply = Reply::of(Self::STATUS, self.media_type, self.body);
        reply.headers.extend(self.headers);
        Ok(match self.max_age {
            0 => reply,
            seconds => reply.with_header(CACHE_CONTROL, &format!("public, max-age={seconds}")),
        })
    }
}

fn json<T: Serialize>(status: u16, value: &T) -> Result<Reply, Failure> {
    Reply::json(status, value)
        .map_err(|error| Failure::fault(format!("a reply does not write: {error}")))
}

fn etag(version: u64) -> String {
    format!("\"{version}\"")
}
