//! The error of one pass: what is wrong, and at which place of the JSON tree.

use std::borrow::Cow;
use std::fmt::{self, Display};

use plat_domain::Invalid;
use serde::de::{Error, Expected, Unexpected};
use serde_json::Value;

use super::FieldError;

/// Messages of types that are not ours may repeat the input; the reply must not grow with it.
const MAX_DETAIL: usize = 300;

/// A pointer repeats names the client chose. Below this many bytes it names the field; an error at
/// a longer one is reported at the nearest object or list around it that has a shorter pointer.
const MAX_POINTER: usize = 1_000;

const REQUIRED: &str = "This field is required.";

/// Where the tree came from: it decides how strictly types are taken, and the words of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Body,
    Params,
}

impl Source {
    pub(super) fn required(self) -> (&'static str, &'static str) {
        match self {
            Self::Body => ("required", REQUIRED),
            Self::Params => ("required", "This parameter is required."),
        }
    }

    fn unknown(self) -> (&'static str, &'static str) {
        match self {
            Self::Body => ("unknown_field", "There is no such field here."),
            Self::Params => ("unknown_parameter", "There is no such parameter here."),
        }
    }
}

/// Boxed, so that the results of a pass without errors stay small.
#[derive(Debug)]
pub(super) struct Fault(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    /// The position of the entry at each level, the innermost first.
    steps: Vec<usize>,
}

#[derive(Debug)]
enum Kind {
    /// Another JSON type was asked for.
    Type(Cow<'static, str>),
    /// As `Type`, where the value is null.
    Null(Cow<'static, str>),
    Range(Cow<'static, str>),
    Length(Cow<'static, str>),
    /// The right type, but not acceptable to a visitor.
    Value(Cow<'static, str>),
    Choice(&'static [&'static str]),
    Repeated,
    UnknownField,
    MissingField(&'static str),
    DuplicateField,
    Custom(String),
}

impl Fault {
    fn new(kind: Kind) -> Self {
        Self(Box::new(Inner {
            kind,
            steps: Vec::new(),
        }))
    }

    pub(super) fn wrong_type(expected: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Type(expected.into()))
    }

    pub(super) fn null(expected: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Null(expected.into()))
    }

    pub(super) fn out_of_range(low: impl Display, high: impl Display) -> Self {
        Self::new(Kind::Range(
            format!("a whole number between {low} and {high}").into(),
        ))
    }

    pub(super) fn length(expected: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Length(expected.into()))
    }

    pub(super) fn repeated() -> Self {
        Self::new(Kind::Repeated)
    }

    /// The error came out of the entry at `position`.
    pub(super) fn within(mut self, position: usize) -> Self {
        self.0.steps.push(position);
        self
    }

    /// The position of the entry at each level, the outermost first.
    pub(super) fn into_place(self) -> Vec<usize> {
        let mut place = self.0.steps;
        place.reverse();
        place
    }

    /// The error as the client shall see it; `None` when it only says that entries up to `done`
    /// were held back in this pass.
    pub(super) fn report(
        &self,
        root: &Value,
        source: Source,
        done: &[usize],
    ) -> Option<FieldError> {
        let steps = &self.0.steps;
        let reentered =
            steps.len() < done.len() && steps.iter().rev().zip(done).all(|(a, b)| a == b);
        let mut spot = locate(root, steps.iter().rev());
        match &self.0.kind {
            Kind::MissingField(name) => {
                if reentered && spot.value.is_some_and(|value| value.get(name).is_some()) {
                    return None;
                }
                spot.push(name);
            }
            Kind::Null(_) if spot.named => {
                let detail = format!("{REQUIRED} It cannot be null.");
                return Some(FieldError {
                    pointer: spot.pointer,
                    code: "required".to_owned(),
                    detail,
                });
            }
            Kind::Type(_)
            | Kind::Null(_)
            | Kind::Range(_)
            | Kind::Length(_)
            | Kind::Value(_)
            | Kind::Choice(_)
            | Kind::Repeated
            | Kind::UnknownField
            | Kind::DuplicateField
            | Kind::Custom(_) => {
                if reentered {
                    return None;
                }
            }
        }
        let (code, detail) = self.0.kind.say(source);
        Some(FieldError {
            pointer: spot.pointer,
            code: code.into_owned(),
            detail: detail.into_owned(),
        })
    }
}

impl Kind {
    fn say(&self, source: Source) -> (Cow<'static, str>, Cow<'static, str>) {
        let fixed = |(code, detail): (&'static str, &'static str)| (code.into(), detail.into());
        let write = |code: &'static str, what: &str| (code.into(), format!("Write {what}.").into());
        match self {
            Self::Type(expected) | Self::Null(expected) => write("invalid_type", expected),
            Self::Range(expected) => write("out_of_range", expected),
            Self::Length(expected) => write("invalid_length", expected),
            Self::Value(expected) => write("invalid", expected),
            Self::Choice(accepted) => write("invalid_choice", &one_of(accepted)),
            Self::Repeated => fixed(("repeated_parameter", "Give this parameter only once.")),
            Self::UnknownField => fixed(source.unknown()),
            Self::MissingField(_) => fixed(source.required()),
            Self::DuplicateField => {
                fixed(("duplicate_field", "This field is given under two names."))
            }
            Self::Custom(message) => match Invalid::untag(message) {
                Some((code, detail)) => (shortened(&code).into(), shortened(&detail).into()),
                None => ("invalid".into(), shortened(message).into()),
            },
        }
    }
}

/// Types that wrap another error as text must not lose its code, so the text carries it.
impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As `Invalid::tagged` writes it; an `Invalid` cannot hold a code known only now.
        let (code, detail) = self.0.kind.say(Source::Body);
        write!(f, "\u{1f}{code}\u{1f}{detail}")
    }
}

impl std::error::Error for Fault {}

impl Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(Kind::Custom(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        if matches!(found, Unexpected::Unit | Unexpected::Option) {
            Self::null(plain(expected))
        } else {
            Self::wrong_type(plain(expected))
        }
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let number = matches!(
            found,
            Unexpected::Signed(_) | Unexpected::Unsigned(_) | Unexpected::Float(_)
        );
        Self::new(if number {
            Kind::Range(plain(expected))
        } else {
            Kind::Value(plain(expected))
        })
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::length(plain(expected))
    }

    fn unknown_variant(_: &str, accepted: &'static [&'static str]) -> Self {
        Self::new(Kind::Choice(accepted))
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::new(Kind::UnknownField)
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new(Kind::MissingField(name))
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self::new(Kind::DuplicateField)
    }
}

/// `one of: new, contacted`
pub(super) fn one_of(accepted: &[&str]) -> String {
    format!("one of: {}", accepted.join(", "))
}

/// Adds one token to a JSON pointer, escaped as RFC 6901 asks; `false` if it became too long, and
/// was left as it is.
pub(super) fn push_token(pointer: &mut String, token: &str) -> bool {
    if pointer.len().saturating_add(token.len()) >= MAX_POINTER {
        return false;
    }
    pointer.push('/');
    for character in token.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
    true
}

struct Spot<'v> {
    pointer: String,
    value: Option<&'v Value>,
    /// It is the value of a name, rather than an item of a list or the whole document.
    named: bool,
    /// The pointer goes all the way to the value.
    short: bool,
}

impl Spot<'_> {
    fn push(&mut self, token: &str) {
        self.short = self.short && push_token(&mut self.pointer, token);
    }
}

fn locate<'v, 's>(root: &'v Value, place: impl Iterator<Item = &'s usize>) -> Spot<'v> {
    let mut spot = Spot {
        pointer: String::new(),
        value: Some(root),
        named: false,
        short: true,
    };
    for &step in place {
        match spot.value {
            Some(Value::Object(entries)) => {
                let entry = entries.iter().nth(step);
                if let Some((name, _)) = entry {
                    spot.push(name);
                }
                spot.value = entry.map(|(_, value)| value);
                spot.named = true;
            }
            Some(Value::Array(items)) => {
                spot.push(&step.to_string());
                spot.value = items.get(step);
                spot.named = false;
            }
            // The only item of a list that was given as a single parameter.
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {}
        }
    }
    spot
}

/// What a visitor says it expects names Rust types; a client knows only JSON's.
fn plain(expected: &dyn Expected) -> Cow<'static, str> {
    let text = expected.to_string();
    let known = match text.as_str() {
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128"
        | "usize" => Some("a whole number"),
        "f32" | "f64" => Some("a number"),
        "a boolean" => Some("true or false"),
        "a sequence" => Some("a list"),
        "a map" => Some("an object"),
        "unit" => Some("null"),
        "field identifier" | "variant identifier" => Some("a string"),
        rust if rust.starts_with("struct ") => Some("an object"),
        rust if rust.starts_with("tuple ") => Some("a list"),
        rust if rust.starts_with("enum ") => Some("one of the accepted values"),
        _ => None,
    };
    known.map_or_else(|| shortened(&text).into(), Cow::Borrowed)
}

fn shortened(message: &str) -> String {
    message.chars().take(MAX_DETAIL).collect()
}
