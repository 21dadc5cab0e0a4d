//! Identifiers: a ULID that knows what it identifies.
//!
//! What belongs here: the id type, its order, and the kinds of records that have ids.
//! What does not: making a new one, which needs a clock and randomness.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ulid::{ULID_LEN, Ulid};

use crate::Invalid;
use crate::invalid::deserialize_text;

/// What an [`Id`] can identify. The enums have no values; they only mark types.
pub mod kind {
    macro_rules! kinds {
        ($($(#[$doc:meta])* $kind:ident,)+) => {
            $($(#[$doc])* #[derive(Debug)] pub enum $kind {})+
        };
    }

    kinds! {
        /// A person who signs in.
        User,
        /// A tenant.
        Team,
        /// One signed-in device of a user.
        Session,
        /// A person who might do business.
        Lead,
        /// A note on a record.
        Note,
        /// A label on records.
        Tag,
        /// One line of a timeline.
        Activity,
        /// One change of status.
        History,
        /// A token that was handed out.
        Token,
        /// One attempt to change something, kept to recognise its retries.
        Command,
        /// An invitation to a team.
        Invite,
        /// A to-do or a follow-up.
        Task,
        /// One thing that happened.
        Event,
        /// A person being worked.
        Client,
        /// A transaction on a property.
        Deal,
        /// A building or a lot.
        Property,
        /// A file attached to a record.
        Document,
        /// One file that was announced, and where it is kept.
        Upload,
        /// One outgoing e-mail.
        Email,
        /// One of the fields that a team defines for itself.
        CustomField,
        /// Long work that somebody started.
        Batch,
        /// A key by which others send something in.
        ApiKey,
    }
}

/// The id of a user.
pub type UserId = Id<kind::User>;
/// The id of a team.
pub type TeamId = Id<kind::Team>;
/// The id of a session.
pub type SessionId = Id<kind::Session>;
/// The id of a lead.
pub type LeadId = Id<kind::Lead>;
/// The id of a note.
pub type NoteId = Id<kind::Note>;
/// The id of a tag.
pub type TagId = Id<kind::Tag>;
/// The id of an activity.
pub type ActivityId = Id<kind::Activity>;
/// The id of a history row.
pub type HistoryId = Id<kind::History>;
/// The id of a token.
pub type TokenId = Id<kind::Token>;
/// The id of a command.
pub type CommandId = Id<kind::Command>;
/// The id of an invitation.
pub type InviteId = Id<kind::Invite>;
/// The id of a task.
pub type TaskId = Id<kind::Task>;
/// The id of an event.
pub type EventId = Id<kind::Event>;
/// The id of a client.
pub type ClientId = Id<kind::Client>;
/// The id of a deal.
pub type DealId = Id<kind::Deal>;
/// The id of a property.
pub type PropertyId = Id<kind::Property>;
/// The id of a document.
pub type DocumentId = Id<kind::Document>;
/// The id of an e-mail.
pub type EmailId = Id<kind::Email>;
/// The id of one of a team's own fields.
pub type CustomFieldId = Id<kind::CustomField>;
/// The id of a key by which others send something in.
pub type ApiKeyId = Id<kind::ApiKey>;
/// The id of long work.
pub type BatchId = Id<kind::Batch>;
/// The id of an upload.
pub type UploadId = Id<kind::Upload>;

/// A ULID of one kind of record: 48 bits of milliseconds since 1970, then 80 random bits.
///
/// Ids order by the time they were made. The text has 26 upper-case characters of
/// Crockford's base 32; other spellings of the same bits are refused, so that one
/// record has one URL.
pub struct Id<K> {
    ulid: Ulid,
    kind: PhantomData<fn() -> K>,
}

impl<K> Id<K> {
    const fn new(ulid: Ulid) -> Self {
        Self {
            ulid,
            kind: PhantomData,
        }
    }

    /// The id that has these 128 bits.
    pub const fn from_bits(bits: u128) -> Self {
        Self::new(Ulid(bits))
    }

    /// Its 128 bits.
    pub const fn bits(&self) -> u128 {
        self.ulid.0
    }

    /// The id made at `at` (kept to the millisecond) with the low 80 bits of `random`.
    ///
    /// A time before 1970 counts as 1970.
    pub fn from_parts(at: Timestamp, random: u128) -> Self {
        let millisecond = u64::try_from(at.as_millisecond()).unwrap_or(0);
        Self::new(Ulid::from_parts(millisecond, random))
    }

    /// Reads the 26 characters.
    ///
    /// # Errors
    /// `invalid_id`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        // The comparison refuses the other spellings that the decoder understands:
        // lower case, `O` for `0`, and a first character whose high bits would be lost.
        Ulid::from_string(text)
            .ok()
            .map(Self::new)
            .filter(|id| id.ulid.array_to_str(&mut [0; ULID_LEN]) == text)
            .ok_or_else(|| Invalid::new("invalid_id", "Write an id: 26 characters as received."))
    }

    /// When the id was made, to the millisecond.
    pub fn created_at(&self) -> Timestamp {
        // 48 bits of milliseconds reach beyond the year 9999, where `Timestamp` ends.
        i64::try_from(self.ulid.timestamp_ms())
            .ok()
            .and_then(|millisecond| Timestamp::from_millisecond(millisecond).ok())
            .unwrap_or(Timestamp::MAX)
    }

    /// The bits without the kind.
    pub const fn ulid(&self) -> Ulid {
        self.ulid
    }

    /// A text of 26 characters that sorts the other way round: the newest id first.
    ///
    /// It is the base 32 of the complement of the 128 bits.
    pub fn descending(&self) -> String {
        Ulid(!self.ulid.0).to_string()
    }

    /// The smallest id that can be made in the millisecond of `at`.
    pub fn first_at(at: Timestamp) -> Self {
        Self::from_parts(at, u128::MIN)
    }

    /// The largest id that can be made in the millisecond of `at`.
    pub fn last_at(at: Timestamp) -> Self {
        Self::from_parts(at, u128::MAX)
    }
}

// Written by hand because a derive would ask the same traits of `K`, which has no values.

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.ulid == other.ulid
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.ulid.cmp(&other.ulid)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.ulid.hash(state);
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.ulid.array_to_str(&mut [0; ULID_LEN]))
    }
}

impl<K> FromStr for Id<K> {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.ulid.array_to_str(&mut [0; ULID_LEN]))
    }
}

impl<'de, K> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, Self::parse)
    }
}

impl<K> JsonSchema for Id<K> {
    fn schema_name() -> Cow<'static, str> {
        "Id".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$" })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "01D39ZY06FGSCTVN4T2V9PKHFZ";

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).unwrap()
    }

    #[test]
    fn an_id_is_its_26_characters_on_the_wire() {
        let id: LeadId = TEXT.parse().unwrap();

        assert_eq!(id.to_string(), TEXT);
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{TEXT}\""));
        assert_eq!(
            serde_json::from_str::<LeadId>(&format!("\"{TEXT}\"")).unwrap(),
            id
        );
    }

    #[test]
    fn other_spellings_and_other_texts_are_refused() {
        let lower = TEXT.to_lowercase();
        let cases = [
            "",
            "me",
            lower.as_str(),
            "O1D39ZY06FGSCTVN4T2V9PKHFZ",
            "81D39ZY06FGSCTVN4T2V9PKHFZ",
            "01D39ZY06FGSCTVN4T2V9PKHFU",
            "01D39ZY06FGSCTVN4T2V9PKHF",
            "01D39ZY06FGSCTVN4T2V9PKHFZ0",
            "01D39ZY06FGSCTVN4T2V9PKHÉ",
            " 01D39ZY06FGSCTVN4T2V9PKHF",
        ];
        for text in cases {
            assert_eq!(
                LeadId::parse(text).unwrap_err().code,
                "invalid_id",
                "{text:?}"
            );
        }
    }

    #[test]
    fn the_ids_of_a_millisecond_lie_between_its_first_and_its_last() {
        let (first, last) = (LeadId::first_at(at(1_000)), LeadId::last_at(at(1_000)));

        assert!(LeadId::last_at(at(999)) < first);
        assert!(first < LeadId::from_parts(at(1_000), 7));
        assert!(LeadId::from_parts(at(1_000), 7) < last);
        assert!(last < LeadId::first_at(at(1_001)));
    }

    #[test]
    fn a_time_outside_the_range_of_an_id_is_held_at_its_end() {
        assert_eq!(LeadId::from_parts(at(-1), 0).created_at(), at(0));
        assert_eq!(
            LeadId::parse("7ZZZZZZZZZZZZZZZZZZZZZZZZZ")
                .unwrap()
                .created_at(),
            Timestamp::MAX
        );
    }

    proptest! {
        #[test]
        fn an_id_keeps_its_time_and_its_text(ms in 0_i64..253_402_000_000_000, random: u128) {
            let id = TagId::from_parts(at(ms), random);
            prop_assert_eq!(id.created_at(), at(ms));
            prop_assert_eq!(TagId::parse(&id.to_string()).unwrap(), id);
        }

        #[test]
        fn texts_sort_like_ids_and_descending_texts_the_other_way(a: u128, b: u128) {
            let (a, b) = (NoteId::new(Ulid(a)), NoteId::new(Ulid(b)));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
            prop_assert_eq!(b.cmp(&a), a.descending().cmp(&b.descending()));
            prop_assert_eq!(a.descending().len(), 26);
        }

        #[test]
        fn reading_never_panics(text in "\\PC{0,30}") {
            if let Ok(id) = LeadId::parse(&text) {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
