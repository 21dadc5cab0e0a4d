//! One pass over a JSON tree as a serde deserializer.

use std::borrow::Cow;
use std::slice;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value, map};

use super::fault::{Fault, Source, one_of};

/// 2^53: up to here every whole number has its own f64. A longer one was rounded while parsing,
/// and must not pass as the number the client wrote.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A value of the tree, or the name of an entry.
#[derive(Clone, Copy)]
pub(super) struct Node<'de, 'r> {
    input: Input<'de>,
    source: Source,
    done: Done<'r>,
}

#[derive(Clone, Copy)]
enum Input<'de> {
    Tree(&'de Value),
    Name(&'de str),
}

/// The place below a container up to which an earlier pass has read; empty if it has not been
/// there.
type Done<'r> = &'r [usize];

/// The first entry to offer, and what is done below it.
fn start(done: Done<'_>) -> (usize, Done<'_>) {
    match done {
        [] => (0, &[]),
        [last] => (last.saturating_add(1), &[]),
        [first, below @ ..] => (*first, below),
    }
}

impl<'de, 'r> Node<'de, 'r> {
    pub(super) fn root(value: &'de Value, source: Source) -> Self {
        Self::resumed(value, source, &[])
    }

    /// Continues after the entry at the place `done`.
    pub(super) fn resumed(value: &'de Value, source: Source, done: Done<'r>) -> Self {
        Self {
            input: Input::Tree(value),
            source,
            done,
        }
    }

    /// Text that may stand for a number or a boolean.
    fn loose_text(self) -> Option<&'de str> {
        match (self.input, self.source) {
            (Input::Name(text), _) => Some(text),
            (Input::Tree(Value::String(text)), Source::Params) => Some(text),
            (Input::Tree(_), _) => None,
        }
    }

    fn text(self) -> Result<&'de str, Fault> {
        match self.input {
            Input::Name(text) => Ok(text),
            Input::Tree(Value::String(text)) => Ok(text),
            Input::Tree(_) => Err(self.not("a string")),
        }
    }

    /// The error for a value that is not what was asked for.
    fn not(self, expected: impl Into<Cow<'static, str>>) -> Fault {
        match (self.input, self.source) {
            (Input::Tree(Value::Null), _) => Fault::null(expected),
            (Input::Tree(Value::Array(_)), Source::Params) => Fault::repeated(),
            (Input::Tree(_) | Input::Name(_), _) => Fault::wrong_type(expected),
        }
    }

    fn whole<T>(self, low: T, high: T) -> Result<T, Fault>
    where
        T: TryFrom<i128> + std::fmt::Display,
    {
        let out_of_range = || Fault::out_of_range(low, high);
        let number = if let Some(text) = self.loose_text() {
            let digits = text.strip_prefix('-').unwrap_or(text);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(self.not("a whole number"));
            }
            text.parse().ok()
        } else if let Input::Tree(Value::Number(number)) = self.input {
            match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), _, _) => Some(i128::from(number)),
                (_, Some(number), _) => Some(i128::from(number)),
                // JSON Schema counts 5.0 among the integers, and some clients write it so.
                (_, _, Some(number)) if number.fract() == 0.0 => exact(number),
                (None, None, _) => return Err(self.not("a whole number")),
            }
        } else {
            return Err(self.not("a whole number"));
        };
        match number.map(T::try_from) {
            Some(Ok(number)) => Ok(number),
            Some(Err(_)) | None => Err(out_of_range()),
        }
    }

    fn number(self) -> Result<f64, Fault> {
        let number = if let Some(text) = self.loose_text() {
            // Rust also reads words such as "inf" and "NaN".
            text.parse().ok().filter(|number: &f64| number.is_finite())
        } else if let Input::Tree(Value::Number(number)) = self.input {
            number.as_f64()
        } else {
            None
        };
        number.ok_or_else(|| self.not("a number"))
    }

    fn bool(self) -> Result<bool, Fault> {
        match (self.loose_text(), self.input) {
            (Some("true"), _) | (_, Input::Tree(Value::Bool(true))) => Ok(true),
            (Some("false"), _) | (_, Input::Tree(Value::Bool(false))) => Ok(false),
            (_, Input::Tree(_) | Input::Name(_)) => Err(self.not("true or false")),
        }
    }

    fn items(self) -> Result<&'de [Value], Fault> {
        match (self.input, self.source) {
            (Input::Tree(Value::Array(items)), _) => Ok(items),
            (Input::Tree(one @ Value::String(_)), Source::Params) => Ok(slice::from_ref(one)),
            (Input::Tree(_) | Input::Name(_), _) => Err(self.not("a list")),
        }
    }

    fn entries(self) -> Result<&'de Map<String, Value>, Fault> {
        match self.input {
            Input::Tree(Value::Object(entries)) => Ok(entries),
            Input::Tree(_) | Input::Name(_) => Err(self.not("an object")),
        }
    }

    fn visit_items<V: Visitor<'de>>(
        self,
        items: &'de [Value],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let (next, below) = start(self.done);
        let mut access = Items {
            items,
            next,
            below,
            source: self.source,
        };
        let value = visitor.visit_seq(&mut access)?;
        if access.next < items.len() {
            return Err(Fault::length("fewer items"));
        }
        Ok(value)
    }

    fn visit_entries<V: Visitor<'de>>(
        self,
        entries: &'de Map<String, Value>,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let (next, below) = start(self.done);
        let mut rest = entries.iter();
        if let Some(last) = next.checked_sub(1) {
            rest.nth(last);
        }
        let mut access = Entries {
            rest,
            next,
            below,
            value: None,
            source: self.source,
        };
        let read = visitor.visit_map(&mut access);
        read.map_err(|fault| match access.value {
            // The visitor has seen a name and not asked for its value: it refuses the name.
            Some(_) => fault.within(access.next),
            None => fault,
        })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "whole and at most 2^53")]
fn exact(whole: f64) -> Option<i128> {
    (whole.abs() <= EXACT).then_some(whole as i128)
}

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $type:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            visitor.$visit(self.whole($type::MIN, $type::MAX)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Node<'de, '_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.input {
            Input::Name(text) => visitor.visit_borrowed_str(text),
            Input::Tree(Value::String(text)) => visitor.visit_borrowed_str(text),
            Input::Tree(Value::Null) => visitor.visit_unit(),
            Input::Tree(Value::Bool(value)) => visitor.visit_bool(*value),
            Input::Tree(Value::Number(number)) => {
                if let Some(number) = number.as_u64() {
                    visitor.visit_u64(number)
                } else if let Some(number) = number.as_i64() {
                    visitor.visit_i64(number)
                } else {
                    visitor.visit_f64(self.number()?)
                }
            }
            Input::Tree(Value::Array(items)) => self.visit_items(items, visitor),
            Input::Tree(Value::Object(entries)) => self.visit_entries(entries, visitor),
        }
    }

    whole_numbers! {
        deserialize_i8 visit_i8 i8
        deserialize_i16 visit_i16 i16
        deserialize_i32 visit_i32 i32
        deserialize_i64 visit_i64 i64
        deserialize_i128 visit_i128 i128
        deserialize_u8 visit_u8 u8
        deserialize_u16 visit_u16 u16
        deserialize_u32 visit_u32 u32
        deserialize_u64 visit_u64 u64
        deserialize_u128 visit_u128 u128
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_f64(self.number()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_f64(self.number()?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_bool(self.bool()?)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.input {
            Input::Tree(Value::Null) => visitor.visit_none(),
            Input::Tree(_) | Input::Name(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_items(self.items()?, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let items = self.items()?;
        if items.len() != length {
            return Err(Fault::length(format!("a list of {length} items")));
        }
        self.visit_items(items, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.visit_entries(self.entries()?, visitor)
    }

    // serde's structs also read themselves from a list, by position. Ours do not.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.visit_entries(self.entries()?, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let (name, content) = match self.input {
            Input::Name(name) => (name, None),
            Input::Tree(Value::String(name)) => (name.as_str(), None),
            Input::Tree(Value::Object(entries)) => match single(entries) {
                Some((name, content)) => (name, Some(content)),
                None => return Err(self.not(one_of(variants))),
            },
            Input::Tree(_) => return Err(self.not(one_of(variants))),
        };
        visitor.visit_enum(Variant {
            name,
            content,
            source: self.source,
            done: self.done,
        })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { bytes byte_buf unit unit_struct }
}

struct Items<'de, 'r> {
    items: &'de [Value],
    next: usize,
    below: Done<'r>,
    source: Source,
}

impl<'de> SeqAccess<'de> for Items<'de, '_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let position = self.next;
        let Some(item) = self.items.get(position) else {
            return Ok(None);
        };
        self.next = position.saturating_add(1);
        let below = std::mem::take(&mut self.below);
        seed.deserialize(Node::resumed(item, self.source, below))
            .map(Some)
            .map_err(|fault| fault.within(position))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len().saturating_sub(self.next))
    }
}

struct Entries<'de, 'r> {
    rest: map::Iter<'de>,
    next: usize,
    below: Done<'r>,
    value: Option<&'de Value>,
    source: Source,
}

impl<'de> MapAccess<'de> for Entries<'de, '_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((name, value)) = self.rest.next() else {
            return Ok(None);
        };
        let name = Node {
            input: Input::Name(name),
            source: self.source,
            done: &[],
        };
        let key = seed
            .deserialize(name)
            .map_err(|fault| fault.within(self.next))?;
        self.value = Some(value);
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let value = self.value.take().unwrap_or(&Value::Null);
        let below = std::mem::take(&mut self.below);
        let position = self.next;
        self.next = position.saturating_add(1);
        seed.deserialize(Node::resumed(value, self.source, below))
            .map_err(|fault| fault.within(position))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

fn single(entries: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut entries = entries.iter();
    let (name, content) = entries.next()?;
    entries.next().is_none().then_some((name.as_str(), content))
}

/// A variant: its name alone, or `{"name": content}`.
struct Variant<'de, 'r> {
    name: &'de str,
    content: Option<&'de Value>,
    source: Source,
    done: Done<'r>,
}

impl<'de> Variant<'de, '_> {
    fn read<T>(self, read: impl FnOnce(Node<'de, '_>) -> Result<T, Fault>) -> Result<T, Fault> {
        let content = self.content.ok_or_else(|| Fault::wrong_type("an object"))?;
        let (next, below) = start(self.done);
        if next > 0 {
            // An earlier pass found the content wrong; the place marks this as said before.
            return Err(Fault::wrong_type("an object"));
        }
        read(Node::resumed(content, self.source, below)).map_err(|fault| fault.within(0))
    }
}

impl<'de> EnumAccess<'de> for Variant<'de, '_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        let name = seed.deserialize(Node {
            input: Input::Name(self.name),
            source: self.source,
            done: &[],
        })?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de, '_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.content {
            None => Ok(()),
            Some(_) => Err(Fault::wrong_type("a string")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        self.read(|node| seed.deserialize(node))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        self.read(|node| node.deserialize_tuple(length, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.read(|node| node.visit_entries(node.entries()?, visitor))
    }
}
