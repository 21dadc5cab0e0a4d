//! The public keys by which access tokens are verified. Every function reads them; one that signs writes its own first.

use crate::condition::{Condition, Update, text};
use crate::db::{Db, Written};
use crate::error::StoreError;
use crate::keys;
use crate::record::{Item, time};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use std::collections::HashMap;

/// Keys that are remembered. A function that was started before a rotation may sign with the key before for as long as
/// it runs, so the last ones stay.
const KEPT: usize = 4;

/// One public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedKey {
    /// Names it in a token's header.
    pub kid: String,
    /// The key, base64url.
    pub x: String,
}

/// The door to public keys.
pub struct PublicKeys {
    db: Db,
}

impl PublicKeys {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Every key, newest first.
    pub async fn all(&self) -> Result<Vec<PublishedKey>, StoreError> {
        let item = self.db.get(&keys::public_keys(), false).await?;
        Ok(item.as_ref().map(read).unwrap_or_default())
    }

    /// Adds a key, if it is not there, and forgets the oldest.
    pub async fn publish(&self, key: &PublishedKey, now: Timestamp) -> Result<(), StoreError> {
        // First there must be something to add to; whoever comes second finds it.
        let none = Item(keys::public_keys().attributes())
            .with("type", text("public_keys"))
            .with("keys", AttributeValue::M(HashMap::new()));
        let known = match self.db.put(&none, Some(&Condition::Absent)).await? {
            Written::Yes(_) => Vec::new(),
            Written::No(item) => item.as_ref().map(read).unwrap_or_default(),
        };
        let path = format!("keys.{}", key.kid);
        let value = AttributeValue::M(HashMap::from([
            ("x".to_owned(), text(&key.x)),
            ("since".to_owned(), time(now)),
        ]));
        let mut add = Update::default().set(&path, value);
        for old in known.iter().skip(KEPT - 1) {
            add = add.remove(format!("keys.{}", old.kid));
        }
        self.db
            .update(&keys::public_keys(), &add, Some(&Condition::Lacks(path)))
            .await
            .map(|_| ())
    }
}

fn read(item: &Item) -> Vec<PublishedKey> {
    let mut keys: Vec<_> = item
        .0
        .get("keys")
        .and_then(|keys| keys.as_m().ok())
        .into_iter()
        .flatten()
        .filter_map(|(kid, value)| {
            let value = value.as_m().ok()?;
            let since: i64 = value.get("since")?.as_n().ok()?.parse().ok()?;
            let key = PublishedKey {
                kid: kid.clone(),
                x: value.get("x")?.as_s().ok()?.clone(),
            };
            Some((since, key))
        })
        .collect();
    keys.sort_by(|(a, left), (b, right)| b.cmp(a).then_with(|| left.kid.cmp(&right.kid)));
    keys.into_iter().map(|(_, key)| key).collect()
}
