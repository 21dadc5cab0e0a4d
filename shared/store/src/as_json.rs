//! A part of an item that is kept as one text of JSON rather than as a map: `#[serde(with = "crate::as_json")]`.
//!
//! A map's every entry is an object of its own on the way from DynamoDB, and reading fifty rows of maps takes longer
//! than everything else that a list does. No condition or index reaches into such a part.

use serde::de::{self, DeserializeOwned, Visitor};
use serde::{Deserializer, Serialize, Serializer, ser};
use std::fmt;
use std::marker::PhantomData;

pub(crate) fn serialize<T: Serialize, S: Serializer>(
    part: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let text = serde_json::to_string(part).map_err(ser::Error::custom)?;
    serializer.serialize_str(&text)
}

pub(crate) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    struct Text<T>(PhantomData<T>);

    impl<T: DeserializeOwned> Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text of JSON")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            serde_json::from_str(text).map_err(E::custom)
        }
    }

    deserializer.deserialize_str(Text(PhantomData))
}
