//! Several writes that happen together or not at all, each with its condition and what a failure of it means.

use crate::command::Command;
use crate::condition::{Condition, Expression, Update};
use crate::cost::Unit;
use crate::db::{CONFLICT_TRIES, Db, Written, count_all, fault, pause, some};
use crate::error::StoreError;
use crate::key::Key;
use crate::record::Item;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Delete, Put, ReturnConsumedCapacity,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update as UpdateOf,
};

type Meaning = Box<dyn Fn(Option<&Item>) -> StoreError + Send + Sync>;

enum Write {
    Put(Item),
    Update(Key, Update),
    Delete(Key),
    Check(Key),
}

struct Part {
    write: Write,
    condition: Option<Condition>,
    meaning: Meaning,
}

/// A write whose condition did not hold, so that nothing was written.
pub(crate) struct Refused {
    /// Its place in the transaction, from 0.
    pub(crate) part: usize,
    /// What it met.
    pub(crate) old: Option<Item>,
}

/// Writes gathered for one command.
///
/// A single write is sent as such, at half the price of a transaction.
pub(crate) struct Transaction {
    command: String,
    parts: Vec<Part>,
}

impl Transaction {
    pub(crate) fn new(command: &Command) -> Self {
        Self {
            command: command.id.to_string(),
            parts: Vec::new(),
        }
    }

    fn part(mut self, write: Write, condition: Option<Condition>, meaning: Meaning) -> Self {
        self.parts.push(Part {
            write,
            condition,
            meaning,
        });
        self
    }

    /// Creates an item; `taken` if its key is in use.
    pub(crate) fn create(self, item: Item, taken: StoreError) -> Self {
        self.part(
            Write::Put(item),
            Some(Condition::Absent),
            Box::new(move |_| taken.clone()),
        )
    }

    /// Replaces an item that is at `version`.
    pub(crate) fn replace(self, item: Item, version: u64) -> Self {
        let condition = Condition::Equals(
            "version".to_owned(),
            aws_sdk_dynamodb::types::AttributeValue::N(version.to_string()),
        );
        self.part(Write::Put(item), Some(condition), Box::new(stale))
    }

    /// The same, if `also` holds. What is at that version and refused for `also` is told as stale at that very version.
    pub(crate) fn replace_if(self, item: Item, version: u64, also: Condition) -> Self {
        let version = AttributeValue::N(version.to_string());
        let version = Condition::Equals("version".to_owned(), version);
        self.part(
            Write::Put(item),
            Some(Condition::All(vec![version, also])),
            Box::new(stale),
        )
    }

    /// Writes an item if what is there is as `condition` says.
    pub(crate) fn put_if(
        self,
        item: Item,
        condition: Condition,
        meaning: impl Fn(Option<&Item>) -> StoreError + Send + Sync + 'static,
    ) -> Self {
        self.part(Write::Put(item), Some(condition), Box::new(meaning))
    }

    /// Writes an item whatever was there.
    pub(crate) fn put(self, item: Item) -> Self {
        self.part(Write::Put(item), None, Box::new(|_| StoreError::Contended))
    }

    pub(crate) fn update(self, key: Key, update: Update) -> Self {
        self.part(
            Write::Update(key, update),
            None,
            Box::new(|_| StoreError::Contended),
        )
    }

    pub(crate) fn update_if(
        self,
        key: Key,
        update: Update,
        condition: Condition,
        meaning: impl Fn(Option<&Item>) -> StoreError + Send + Sync + 'static,
    ) -> Self {
        self.part(
            Write::Update(key, update),
            Some(condition),
            Box::new(meaning),
        )
    }

    pub(crate) fn delete(self, key: Key) -> Self {
        self.part(
            Write::Delete(key),
            None,
            Box::new(|_| StoreError::Contended),
        )
    }

    pub(crate) fn delete_if(
        self,
        key: Key,
        condition: Condition,
        meaning: impl Fn(Option<&Item>) -> StoreError + Send + Sync + 'static,
    ) -> Self {
        self.part(Write::Delete(key), Some(condition), Box::new(meaning))
    }

    /// Writes nothing, but lets the whole happen only if `condition` holds.
    pub(crate) fn check(self, key: Key, condition: Condition, otherwise: StoreError) -> Self {
        self.part(
            Write::Check(key),
            Some(condition),
            Box::new(move |_| otherwise.clone()),
        )
    }

    /// Commits. A command that finds its own id on an item was committed before and is done.
    pub(crate) async fn commit(self, db: &Db) -> Result<(), StoreError> {
        match self.attempt(db).await? {
            None => Ok(()),
            Some(Refused { part, old }) => Err(match self.parts.get(part) {
                Some(part) => (part.meaning)(old.as_ref()),
                None => StoreError::Contended,
            }),
        }
    }

    /// The same for a caller who wants to see for themselves what stands in the way.
    pub(crate) async fn attempt(&self, db: &Db) -> Result<Option<Refused>, StoreError> {
        let refused = self.attempt_each(db).await?;
        if refused.iter().any(|refused| self.did(refused.old.as_ref())) {
            return Ok(None);
        }
        Ok(refused.into_iter().next())
    }

    /// The same for writes of many commands at once, any of which may have been done before: everything that stands in the
    /// way, and nothing if it was written.
    pub(crate) async fn attempt_each(&self, db: &Db) -> Result<Vec<Refused>, StoreError> {
        match self.parts.as_slice() {
            [] => Ok(Vec::new()),
            [part] if !matches!(part.write, Write::Check(_)) => self.commit_one(db, part).await,
            parts => self.commit_all(db, parts).await,
        }
    }

    async fn commit_one(&self, db: &Db, part: &Part) -> Result<Vec<Refused>, StoreError> {
        let written = match &part.write {
            Write::Put(item) => db.put(item, part.condition.as_ref()).await?,
            Write::Update(key, update) => db.update(key, update, part.condition.as_ref()).await?,
            Write::Delete(key) | Write::Check(key) => {
                db.delete(key, part.condition.as_ref()).await?
            }
        };
        Ok(match written {
            Written::Yes(_) => Vec::new(),
            Written::No(old) => vec![Refused { part: 0, old }],
        })
    }

    async fn commit_all(&self, db: &Db, parts: &[Part]) -> Result<Vec<Refused>, StoreError> {
        for part in parts {
            db.may(match part.write {
                Write::Put(_) => "PutItem",
                Write::Update(..) => "UpdateItem",
                Write::Delete(_) => "DeleteItem",
                Write::Check(_) => "ConditionCheckItem",
            })?;
        }
        let items = parts
            .iter()
            .map(|part| part.build(&db.table))
            .collect::<Result<Vec<_>, _>>()?;
        let mut tries = 0;
        loop {
            let sent = db
                .client
                .transact_write_items()
                .set_transact_items(Some(items.clone()))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await;
            let error = match sent {
                Ok(reply) => {
                    count_all(Unit::Write, reply.consumed_capacity());
                    return Ok(Vec::new());
                }
                Err(error) => error,
            };
            let SdkError::ServiceError(service) = &error else {
                return Err(fault("TransactWriteItems", &error));
            };
            let TransactWriteItemsError::TransactionCanceledException(cancelled) = service.err()
            else {
                return Err(fault("TransactWriteItems", &error));
            };
            let reasons = cancelled.cancellation_reasons();
            // A refused transaction is billed like a committed one, but its reply does not say how much.
            crate::cost::count(
                Unit::Write,
                f64::from(u32::try_from(parts.len() * 2).unwrap_or_default()),
            );
            if let Some(outcome) = outcome(reasons) {
                return outcome;
            }
            tries += 1;
            if tries >= CONFLICT_TRIES {
                return Err(
                    match reasons
                        .iter()
                        .find_map(|reason| reason.code().filter(|code| *code != "None"))
                    {
                        Some("TransactionConflict") => StoreError::Contended,
                        code => StoreError::Unavailable(format!(
                            "TransactWriteItems: {}",
                            code.unwrap_or("cancelled")
                        )),
                    },
                );
            }
            pause(tries).await;
        }
    }

    fn did(&self, old: Option<&Item>) -> bool {
        old.and_then(|item| item.string("commandId")) == Some(self.command.as_str())
    }
}

/// What the reasons mean, or none if trying again may help.
fn outcome(reasons: &[CancellationReason]) -> Option<Result<Vec<Refused>, StoreError>> {
    let refused: Vec<Refused> = reasons
        .iter()
        .enumerate()
        .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
        .map(|(part, reason)| {
            let old = reason.item().filter(|item| !item.is_empty());
            let old = old.map(|item| Item(item.clone()));
            Refused { part, old }
        })
        .collect();
    if !refused.is_empty() {
        return Some(Ok(refused));
    }
    let broken = reasons.iter().find(|reason| {
        matches!(
            reason.code(),
            Some("ValidationError" | "ItemCollectionSizeLimitExceeded")
        )
    });
    broken.map(|reason| {
        Err(StoreError::Fault(format!(
            "TransactWriteItems: {}",
            reason.message().unwrap_or_default()
        )))
    })
}

impl Part {
    fn build(&self, table: &str) -> Result<TransactWriteItem, StoreError> {
        let broken =
            |error: aws_sdk_dynamodb::error::BuildError| StoreError::Fault(error.to_string());
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        let mut expression = Expression::default();
        let condition = self
            .condition
            .as_ref()
            .map(|condition| condition.write(&mut expression));
        let built = TransactWriteItem::builder();
        Ok(match &self.write {
            Write::Put(item) => built.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(item.0.clone()))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(some(expression.names))
                    .set_expression_attribute_values(some(expression.values))
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(broken)?,
            ),
            Write::Update(key, update) => {
                let change = update.write(&mut expression);
                built.update(
                    UpdateOf::builder()
                        .table_name(table)
                        .set_key(Some(key.attributes()))
                        .update_expression(change)
                        .set_condition_expression(condition)
                        .set_expression_attribute_names(some(expression.names))
                        .set_expression_attribute_values(some(expression.values))
                        .return_values_on_condition_check_failure(old)
                        .build()
                        .map_err(broken)?,
                )
            }
            Write::Delete(key) => built.delete(
                Delete::builder()
                    .table_name(table)
                    .set_key(Some(key.attributes()))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(some(expression.names))
                    .set_expression_attribute_values(some(expression.values))
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(broken)?,
            ),
            Write::Check(key) => built.condition_check(
                ConditionCheck::builder()
                    .table_name(table)
                    .set_key(Some(key.attributes()))
                    .set_condition_expression(condition)
                    .set_expression_attribute_names(some(expression.names))
                    .set_expression_attribute_values(some(expression.values))
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(broken)?,
            ),
        }
        .build())
    }
}

/// The version that somebody else wrote meanwhile, or that the record is gone.
pub(crate) fn stale(old: Option<&Item>) -> StoreError {
    match old {
        Some(item) => StoreError::Stale {
            current: item.version(),
        },
        None => StoreError::NotFound,
    }
}
