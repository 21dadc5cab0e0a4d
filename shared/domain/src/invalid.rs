//! Why a value was refused, and the two shapes most domain types share on the wire.
//!
//! What belongs here: [`Invalid`] and the macros that turn a `parse` function into
//! `Serialize`, `Deserialize`, `Display`, `FromStr` and `JsonSchema`. What does not:
//! the place of the error in a request body, which only the HTTP layer knows.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, de};

/// Marks the two parts of a tagged error. A control character, because no detail holds one.
const SEPARATOR: char = '\u{1f}';

/// Why a value was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Invalid {
    /// A stable name for programs, in lower_snake_case.
    pub code: &'static str,
    /// One or two sentences for people. They never repeat the refused value.
    pub detail: Cow<'static, str>,
}

impl Invalid {
    /// An error with a code for programs and a sentence for people.
    pub fn new(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    /// The error as one string, for the error types that can only carry text.
    pub fn tagged(&self) -> String {
        format!("{SEPARATOR}{}{SEPARATOR}{}", self.code, self.detail)
    }

    /// Code and detail out of a message that holds a [tagged](Self::tagged) error.
    ///
    /// What a deserializer puts before the error (a path) or after it (serde_json's
    /// ` at line 1 column 5`) is dropped. `None` when the message holds no tagged error.
    pub fn untag(message: &str) -> Option<(String, String)> {
        let (_, tagged) = message.split_once(SEPARATOR)?;
        let (code, detail) = tagged.split_once(SEPARATOR)?;
        Some((code.to_owned(), without_position(detail).to_owned()))
    }

    /// The error as a serde error, from which [`untag`](Self::untag) can read it again.
    pub fn into_serde<E: de::Error>(self) -> E {
        E::custom(self.tagged())
    }
}

/// The detail without the position that serde_json appends when it reads text.
fn without_position(detail: &str) -> &str {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match detail.rsplit_once(" at line ") {
        Some((sentence, position))
            if position
                .split_once(" column ")
                .is_some_and(|(line, column)| is_number(line) && is_number(column)) =>
        {
            sentence
        }
        Some(_) | None => detail,
    }
}

/// Reads a string and parses it: the body of every `Deserialize` of a textual type.
///
/// # Errors
/// What `parse` refuses, tagged; or the deserializer's own error when there is no string.
pub fn deserialize_text<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Result<T, Invalid>,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).map_err(Invalid::into_serde)
}

/// Gives a type with `parse(&str) -> Result<Self, Invalid>` and `as_str(&self) -> &str`
/// its string form: `Display`, `FromStr`, `Serialize`, `Deserialize`, and a `JsonSchema`
/// from the name and the object given. Parameters of a generic type go in brackets first.
macro_rules! wire_string {
    ([$($generics:tt)*] $type:ty, $name:expr, $schema:tt) => {
        impl<$($generics)*> std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl<$($generics)*> std::str::FromStr for $type {
            type Err = $crate::Invalid;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl<$($generics)*> serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de, $($generics)*> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::invalid::deserialize_text(deserializer, Self::parse)
            }
        }

        impl<$($generics)*> schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
    ($type:ty, $schema:tt) => {
        $crate::invalid::wire_string!([] $type, stringify!($type), $schema);
    };
}
pub(crate) use wire_string;

/// Declares an enum together with its wire names, so that a name is written once:
/// `ALL`, `as_str`, `parse` (code `invalid_choice`), `Display`, `FromStr`, `Serialize`,
/// `Deserialize`, `JsonSchema`.
macro_rules! wire_enum {
    (
        $(#[$attribute:meta])*
        pub enum $type:ident {
            $($(#[$variant_attribute:meta])* $variant:ident = $wire:literal,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type {
            $($(#[$variant_attribute])* $variant,)+
        }

        impl $type {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $wire,)+
                }
            }

            /// The value with this wire name.
            ///
            /// # Errors
            /// `invalid_choice`, with the names that are known.
            pub fn parse(text: &str) -> Result<Self, $crate::Invalid> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or_else(|| {
                    let known = [$($wire,)+].join(", ");
                    $crate::Invalid::new("invalid_choice", format!("Write one of: {known}."))
                })
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::Invalid;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::invalid::deserialize_text(deserializer, Self::parse)
            }
        }

        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "enum": [$($wire,)+] })
            }
        }
    };
}
pub(crate) use wire_enum;

/// The code with which a JSON value is refused, or the whole message when it has none.
#[cfg(test)]
pub(crate) fn code_of<T>(value: serde_json::Value) -> String
where
    T: de::DeserializeOwned + std::fmt::Debug,
{
    let message = serde_json::from_value::<T>(value).unwrap_err().to_string();
    Invalid::untag(&message).map_or(message, |(code, _)| code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Email, Role};

    fn refused<T: serde::de::DeserializeOwned + std::fmt::Debug>(json: &str) -> String {
        serde_json::from_str::<T>(json).unwrap_err().to_string()
    }

    #[test]
    fn an_error_is_read_again_from_its_tagged_form() {
        let error = Invalid::new("too_long", "Write at most 5 characters.");

        let read = Invalid::untag(&error.tagged());

        assert_eq!(
            read,
            Some(("too_long".into(), "Write at most 5 characters.".into()))
        );
    }

    #[test]
    fn path_and_position_around_a_tagged_error_are_dropped() {
        let error = Invalid::new("invalid_email", "Write an address.");
        let message = format!("email: {} at line 12 column 345", error.tagged());

        let read = Invalid::untag(&message);

        assert_eq!(
            read,
            Some(("invalid_email".into(), "Write an address.".into()))
        );
    }

    #[test]
    fn a_sentence_that_only_resembles_a_position_is_kept() {
        for detail in [
            "Wait at line 5",
            "Wait at line x column 5",
            "Wait at line 1 column ",
        ] {
            let tagged = Invalid::new("c", detail).tagged();
            assert_eq!(Invalid::untag(&tagged), Some(("c".into(), detail.into())));
        }
    }

    #[test]
    fn a_message_without_a_tag_is_not_ours() {
        for message in ["", "missing field `name`", "\u{1f}half"] {
            assert_eq!(Invalid::untag(message), None, "{message:?}");
        }
    }

    #[test]
    fn a_parse_error_survives_serde_json() {
        let message = refused::<Email>(r#""nobody""#);

        let (code, detail) = Invalid::untag(&message).unwrap();

        assert_eq!(code, "invalid_email");
        assert!(detail.ends_with('.'), "{detail}");
    }

    #[test]
    fn an_unknown_enum_value_names_the_known_ones() {
        let message = refused::<Role>(r#""boss""#);

        let (code, detail) = Invalid::untag(&message).unwrap();

        assert_eq!(code, "invalid_choice");
        assert_eq!(
            detail,
            "Write one of: owner, admin, manager, member, assistant."
        );
    }

    #[test]
    fn a_value_of_the_wrong_json_type_is_left_to_serde() {
        assert_eq!(Invalid::untag(&refused::<Email>("5")), None);
    }
}
