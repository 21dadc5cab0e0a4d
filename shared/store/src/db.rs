//! DynamoDB calls as this crate makes them: costs counted, refusals told from faults, conflicts tried again.

use crate::condition::{Condition, Expression, Update, text};
use crate::cost::{Unit, count};
use crate::error::StoreError;
use crate::key::Key;
use crate::record::Item;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{
    AttributeValue, ConsumedCapacity, KeysAndAttributes, ReturnConsumedCapacity, ReturnValue,
    ReturnValuesOnConditionCheckFailure,
};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Debug;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

/// How often a write is tried again when another transaction holds the item.
pub(crate) const CONFLICT_TRIES: u32 = 8;

#[derive(Clone)]
pub(crate) struct Db {
    pub(crate) client: Client,
    pub(crate) table: String,
    /// What may be done; none if that is held by a role.
    allowed: Option<Arc<BTreeSet<&'static str>>>,
}

/// A range of sort keys in one partition.
#[derive(Debug, Clone)]
pub(crate) struct Range {
    pub(crate) index: Option<&'static str>,
    pub(crate) pk: String,
    /// Inclusive bounds of the sort key.
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) descending: bool,
    pub(crate) limit: usize,
}

/// How a conditional write ended.
pub(crate) enum Written {
    /// The item after an update; empty after other writes.
    Yes(Item),
    /// The condition did not hold; the item as it is.
    No(Option<Item>),
}

impl Db {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self {
            client,
            table,
            allowed: None,
        }
    }

    /// The same, held to these actions.
    pub(crate) fn limited(&self, allowed: BTreeSet<&'static str>) -> Self {
        Self {
            allowed: Some(Arc::new(allowed)),
            ..self.clone()
        }
    }

    /// Refuses an action as a role would.
    pub(crate) fn may(&self, action: &'static str) -> Result<(), StoreError> {
        match &self.allowed {
            Some(allowed) if !allowed.contains(action) => Err(StoreError::Fault(format!(
                "this function was not granted dynamodb:{action}"
            ))),
            Some(_) | None => Ok(()),
        }
    }

    pub(crate) async fn get(
        &self,
        key: &Key,
        consistent: bool,
    ) -> Result<Option<Item>, StoreError> {
        self.may("GetItem")?;
        let reply = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key.attributes()))
            .consistent_read(consistent)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| fault("GetItem", &error))?;
        count_one(Unit::Read, reply.consumed_capacity.as_ref());
        Ok(reply.item.map(Item))
    }

    /// Several items in one request, in any order; those that do not exist are left out. At most 100 keys a request.
    pub(crate) async fn get_many(&self, keys: &[Key]) -> Result<Vec<Item>, StoreError> {
        self.get_all(keys, false).await
    }

    /// The same, as of the last write: for decisions that an old reading would turn around.
    pub(crate) async fn get_latest(&self, keys: &[Key]) -> Result<Vec<Item>, StoreError> {
        self.get_all(keys, true).await
    }

    async fn get_all(&self, keys: &[Key], consistent: bool) -> Result<Vec<Item>, StoreError> {
        self.may("BatchGetItem")?;
        let mut items = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(100) {
            let mut wanted: Vec<_> = chunk.iter().map(Key::attributes).collect();
            let mut tries = 0;
            while !wanted.is_empty() {
                let asked = KeysAndAttributes::builder()
                    .set_keys(Some(wanted))
                    .consistent_read(consistent)
                    .build()
                    .map_err(|error| StoreError::Fault(error.to_string()))?;
                let reply = self
                    .client
                    .batch_get_item()
                    .request_items(&self.table, asked)
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
                    .await
                    .map_err(|error| fault("BatchGetItem", &error))?;
                count_all(Unit::Read, reply.consumed_capacity());
                items.extend(
                    reply
                        .responses
                        .into_iter()
                        .flatten()
                        .flat_map(|(_, found)| found)
                        .map(Item),
                );
                wanted = reply
                    .unprocessed_keys
                    .into_iter()
                    .flatten()
                    .flat_map(|(_, left)| left.keys)
                    .collect();
                if !wanted.is_empty() {
                    tries += 1;
                    back_off("BatchGetItem", tries).await?;
                }
            }
        }
        Ok(items)
    }

    /// One page of a range; items in the order of their sort keys.
    pub(crate) async fn range(&self, range: &Range) -> Result<Vec<Item>, StoreError> {
        self.read_range(range, &[], false).await
    }

    /// The same, with no more of each item than its sort key and these attributes.
    pub(crate) async fn range_of(
        &self,
        range: &Range,
        attributes: &[&str],
    ) -> Result<Vec<Item>, StoreError> {
        self.read_range(range, attributes, false).await
    }

    /// The same, as of the last write; no index can be read so.
    pub(crate) async fn range_latest(&self, range: &Range) -> Result<Vec<Item>, StoreError> {
        self.read_range(range, &[], true).await
    }

    /// `attributes` as in [`range_of`](Self::range_of); empty for whole items.
    async fn read_range(
        &self,
        range: &Range,
        attributes: &[&str],
        consistent: bool,
    ) -> Result<Vec<Item>, StoreError> {
        self.may("Query")?;
        let (pk, sk) = match range.index {
            None => ("PK", "SK"),
            Some(index) => (index, crate::table::INDEX_SORT_KEY),
        };
        let mut names = HashMap::from([
            ("#pk".to_owned(), pk.to_owned()),
            ("#sk".to_owned(), sk.to_owned()),
        ]);
        names.extend(
            attributes
                .iter()
                .map(|name| (format!("#{name}"), (*name).to_owned())),
        );
        let projection =
            (!attributes.is_empty()).then(|| format!("#sk, #{}", attributes.join(", #")));
        let mut items = Vec::new();
        let mut start = None;
        // A page ends early at 1 MB of data, so one request is not always enough.
        loop {
            let left = range.limit.saturating_sub(items.len());
            let reply = self
                .client
                .query()
                .table_name(&self.table)
                .set_index_name(range.index.map(str::to_owned))
                .key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :to")
                .set_projection_expression(projection.clone())
                .set_expression_attribute_names(Some(names.clone()))
                .expression_attribute_values(":pk", text(&range.pk))
                .expression_attribute_values(":from", text(&range.from))
                .expression_attribute_values(":to", text(&range.to))
                .scan_index_forward(!range.descending)
                .consistent_read(consistent)
                .limit(i32::try_from(left).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(|error| fault("Query", &error))?;
            count_one(Unit::Read, reply.consumed_capacity.as_ref());
            items.extend(reply.items.into_iter().flatten().map(Item));
            start = reply.last_evaluated_key;
            if start.is_none() || items.len() >= range.limit {
                return Ok(items);
            }
        }
    }

    pub(crate) async fn put(
        &self,
        item: &Item,
        condition: Option<&Condition>,
    ) -> Result<Written, StoreError> {
        self.may("PutItem")?;
        let mut tries = 0;
        loop {
            let mut expression = Expression::default();
            let condition = condition.map(|condition| condition.write(&mut expression));
            let sent = self
                .client
                .put_item()
                .table_name(&self.table)
                .set_item(Some(item.0.clone()))
                .set_condition_expression(condition)
                .set_expression_attribute_names(some(expression.names))
                .set_expression_attribute_values(some(expression.values))
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                )
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await;
            match sent {
                Ok(reply) => {
                    count_one(Unit::Write, reply.consumed_capacity.as_ref());
                    return Ok(Written::Yes(Item::default()));
                }
                Err(error) => {
                    if let Some(refused) = refused("PutItem", error, &mut tries).await? {
                        return Ok(refused);
                    }
                }
            }
        }
    }

    pub(crate) async fn update(
        &self,
        key: &Key,
        update: &Update,
        condition: Option<&Condition>,
    ) -> Result<Written, StoreError> {
        self.may("UpdateItem")?;
        let mut tries = 0;
        loop {
            let mut expression = Expression::default();
            let change = update.write(&mut expression);
            let condition = condition.map(|condition| condition.write(&mut expression));
            let sent = self
                .client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(key.attributes()))
                .update_expression(change)
                .set_condition_expression(condition)
                .set_expression_attribute_names(some(expression.names))
                .set_expression_attribute_values(some(expression.values))
                .return_values(ReturnValue::AllNew)
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                )
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await;
            match sent {
                Ok(reply) => {
                    count_one(Unit::Write, reply.consumed_capacity.as_ref());
                    return Ok(Written::Yes(Item(reply.attributes.unwrap_or_default())));
                }
                Err(error) => {
                    if let Some(refused) = refused("UpdateItem", error, &mut tries).await? {
                        return Ok(refused);
                    }
                }
            }
        }
    }

    pub(crate) async fn delete(
        &self,
        key: &Key,
        condition: Option<&Condition>,
    ) -> Result<Written, StoreError> {
        self.may("DeleteItem")?;
        let mut tries = 0;
        loop {
            let mut expression = Expression::default();
            let condition = condition.map(|condition| condition.write(&mut expression));
            let sent = self
                .client
                .delete_item()
                .table_name(&self.table)
                .set_key(Some(key.attributes()))
                .set_condition_expression(condition)
                .set_expression_attribute_names(some(expression.names))
                .set_expression_attribute_values(some(expression.values))
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                )
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await;
            match sent {
                Ok(reply) => {
                    count_one(Unit::Write, reply.consumed_capacity.as_ref());
                    return Ok(Written::Yes(Item::default()));
                }
                Err(error) => {
                    if let Some(refused) = refused("DeleteItem", error, &mut tries).await? {
                        return Ok(refused);
                    }
                }
            }
        }
    }

    /// Puts and deletes without conditions, 25 a request; what DynamoDB leaves undone is sent again.
    pub(crate) async fn write_many(
        &self,
        puts: Vec<Item>,
        deletes: Vec<Key>,
    ) -> Result<(), StoreError> {
        self.may("BatchWriteItem")?;
        use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, WriteRequest};
        let broken =
            |error: aws_sdk_dynamodb::error::BuildError| StoreError::Fault(error.to_string());
        let mut requests = Vec::with_capacity(puts.len() + deletes.len());
        for key in deletes {
            let delete = DeleteRequest::builder()
                .set_key(Some(key.attributes()))
                .build()
                .map_err(broken)?;
            requests.push(WriteRequest::builder().delete_request(delete).build());
        }
        for item in puts {
            let put = PutRequest::builder()
                .set_item(Some(item.0))
                .build()
                .map_err(broken)?;
            requests.push(WriteRequest::builder().put_request(put).build());
        }
        for chunk in requests.chunks(25) {
            let mut left = chunk.to_vec();
            let mut tries = 0;
            while !left.is_empty() {
                let reply = self
                    .client
                    .batch_write_item()
                    .request_items(&self.table, left)
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
                    .await
                    .map_err(|error| fault("BatchWriteItem", &error))?;
                count_all(Unit::Write, reply.consumed_capacity());
                left = reply
                    .unprocessed_items
                    .into_iter()
                    .flatten()
                    .flat_map(|(_, undone)| undone)
                    .collect();
                if !left.is_empty() {
                    tries += 1;
                    back_off("BatchWriteItem", tries).await?;
                }
            }
        }
        Ok(())
    }
}

/// The item that a failed condition reports, whichever operation it came from.
trait ItemOf {
    fn item_of(&self) -> Option<HashMap<String, AttributeValue>>;
}

macro_rules! item_of {
    ($($error:ty),*) => {$(
        impl ItemOf for $error {
            fn item_of(&self) -> Option<HashMap<String, AttributeValue>> {
                match self {
                    Self::ConditionalCheckFailedException(failed) => failed.item.clone(),
                    _ => None,
                }
            }
        }
    )*};
}
item_of!(
    aws_sdk_dynamodb::operation::put_item::PutItemError,
    aws_sdk_dynamodb::operation::update_item::UpdateItemError,
    aws_sdk_dynamodb::operation::delete_item::DeleteItemError
);

/// What a failed write comes to: its condition did not hold, or, as none, it may be tried again.
async fn refused<E, R>(
    operation: &str,
    error: SdkError<E, R>,
    tries: &mut u32,
) -> Result<Option<Written>, StoreError>
where
    E: ItemOf + ProvideErrorMetadata + Debug,
    R: Debug,
{
    match error.code() {
        Some("ConditionalCheckFailedException") => {
            // It is billed as one unit for each KB; the reply does not say how many.
            count(Unit::Write, 1.0);
            let item = error.as_service_error().and_then(ItemOf::item_of);
            let there = item.filter(|item| !item.is_empty()).map(Item);
            Ok(Some(Written::No(there)))
        }
        Some("TransactionConflictException") => {
            *tries += 1;
            if *tries >= CONFLICT_TRIES {
                return Err(StoreError::Contended);
            }
            pause(*tries).await;
            Ok(None)
        }
        _ => Err(fault(operation, &error)),
    }
}

async fn back_off(operation: &str, tries: u32) -> Result<(), StoreError> {
    if tries >= CONFLICT_TRIES {
        return Err(StoreError::Unavailable(format!(
            "{operation} left work undone {tries} times"
        )));
    }
    pause(tries).await;
    Ok(())
}

/// Waits a little longer each time: about 10 ms, 20 ms, … 1.3 s. Chance makes it up to a half shorter, since those who
/// collided would collide again if they all waited alike.
pub(crate) async fn pause(tries: u32) {
    let most = 5_u64 << tries.min(8);
    // The keys of a new hasher are random, which is chance enough here.
    let chance = RandomState::new().build_hasher().finish();
    tokio::time::sleep(Duration::from_millis(most - chance % (most / 2 + 1))).await;
}

pub(crate) fn fault<E, R>(operation: &str, error: &SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata + Debug,
    R: Debug,
{
    let told = match error.code() {
        Some(code) => format!(
            "{operation}: {code}: {}",
            error.message().unwrap_or_default()
        ),
        None => format!("{operation}: {error:?}"),
    };
    match error.code() {
        Some(
            "ValidationException"
            | "ResourceNotFoundException"
            | "AccessDeniedException"
            | "SerializationException",
        ) => StoreError::Fault(told),
        _ => StoreError::Unavailable(told),
    }
}

pub(crate) fn count_one(unit: Unit, capacity: Option<&ConsumedCapacity>) {
    count(
        unit,
        capacity
            .and_then(ConsumedCapacity::capacity_units)
            .unwrap_or_default(),
    );
}

#[allow(clippy::float_arithmetic)]
pub(crate) fn count_all(unit: Unit, capacity: &[ConsumedCapacity]) {
    count(
        unit,
        capacity
            .iter()
            .filter_map(ConsumedCapacity::capacity_units)
            .sum(),
    );
}

pub(crate) fn some<K, V>(map: HashMap<K, V>) -> Option<HashMap<K, V>> {
    Some(map).filter(|map| !map.is_empty())
}
