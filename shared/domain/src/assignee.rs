//! Whose records are asked for.
//!
//! What belongs here: how a request names a member, oneself or nobody. What does not: who may see whose records.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::invalid::{deserialize_text, wire_enum};
use crate::{Invalid, UserId};

/// A member's id, `me` or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(untagged)]
pub enum AssignedTo {
    /// By a word.
    Named(Somebody),
    /// By the id.
    Member(UserId),
}

wire_enum! {
    /// Who needs no id.
    pub enum Somebody {
        /// Whoever asks.
        Me = "me",
        /// Nobody.
        None = "none",
    }
}

impl AssignedTo {
    /// Reads an id or one of the two words.
    ///
    /// # Errors
    /// `invalid_id`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let named = Somebody::parse(text).map(Self::Named);
        named
            .or_else(|_| text.parse().map(Self::Member))
            .map_err(|_| Invalid::new("invalid_id", "Write a member's id, `me` or `none`."))
    }

    /// The assignee who is meant when `me` asks; none for nobody.
    pub const fn asked_by(self, me: UserId) -> Option<UserId> {
        match self {
            Self::Named(Somebody::Me) => Some(me),
            Self::Named(Somebody::None) => None,
            Self::Member(user) => Some(user),
        }
    }
}

impl Serialize for AssignedTo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Named(somebody) => somebody.serialize(serializer),
            Self::Member(user) => user.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for AssignedTo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, Self::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignee_is_named_by_id_or_by_a_word() {
        let (me, other) = (UserId::from_bits(1), UserId::from_bits(2));
        let asked = |text: &str| {
            let read = AssignedTo::parse(text).map_err(|error| error.code);
            read.map(|assignee| assignee.asked_by(me))
        };

        assert_eq!(asked("me"), Ok(Some(me)));
        assert_eq!(asked("none"), Ok(None));
        assert_eq!(asked(&other.to_string()), Ok(Some(other)));
        for wrong in ["", "Me", "you", "01ARZ3"] {
            assert_eq!(asked(wrong), Err("invalid_id"), "{wrong:?}");
        }
    }
}
