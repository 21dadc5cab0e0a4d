//! Cursors: where a page of a list ended, sealed so that only the same person goes on with the same list.

use crate::{App, Failure, Principal};
use jiff::{SignedDuration, Timestamp};
use plat_services::Keys;
use plat_store::Position;
use serde::{Deserialize, Serialize};

/// How long a cursor is good.
const LIFE: SignedDuration = SignedDuration::from_hours(24);

#[derive(Serialize, Deserialize)]
struct Cursor {
    after: Position,
    /// Seconds.
    until: i64,
}

/// A list, with its filters and its order.
pub struct ListAt<'a> {
    /// Its operation.
    pub operation: &'static str,
    /// Where it is.
    pub path: &'a str,
    /// What is asked of it, but for `limit`, `cursor` and `page`.
    pub query: Vec<(&'a str, &'a str)>,
}

impl ListAt<'_> {
    /// The cursor with which `who` goes on behind `after` in this list, for a reply that is not the list's own.
    ///
    /// # Errors
    /// If it cannot be sealed, which is a fault of ours.
    pub fn cursor(
        self,
        app: &App,
        who: &Principal,
        after: Position,
        now: Timestamp,
    ) -> Result<String, Failure> {
        let (team, user) = (who.team.to_string(), who.id().to_string());
        seal(&app.keys, &self.context(&team, &user), after, now)
    }

    /// What its cursors are sealed with: the list, who walks it, and by which filters and order.
    pub(crate) fn context(self, team: &str, user: &str) -> String {
        let query = self.query.into_iter();
        let mut query: Vec<_> = query
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        query.sort();
        format!(
            "cursor|{}|{team}|{user}|{}|{}",
            self.operation,
            self.path,
            query.join("\u{1f}")
        )
    }
}

pub(crate) fn seal(
    keys: &Keys,
    context: &str,
    after: Position,
    now: Timestamp,
) -> Result<String, Failure> {
    let until = now.as_second() + LIFE.as_secs();
    let plain = serde_json::to_vec(&Cursor { after, until })
        .map_err(|error| Failure::fault(error.to_string()))?;
    Ok(keys.seal(context, &plain)?)
}

/// The position in a cursor that was sealed with the same context and is not too old.
pub(crate) fn open(keys: &Keys, context: &str, cursor: &str, now: Timestamp) -> Option<Position> {
    let plain = keys.open(context, cursor).ok()?;
    let cursor: Cursor = serde_json::from_slice(&plain).ok()?;
    (now.as_second() < cursor.until).then_some(cursor.after)
}
