//! Free text with a length, and the one way it is cleaned.
//!
//! What belongs here: trimming, normalisation, length and control characters. What
//! does not: texts with a grammar of their own, which have their own modules.

use unicode_normalization::UnicodeNormalization;

use crate::Invalid;
use crate::invalid::wire_string;

/// Texts that may be longer than this may have several lines. No one-line field is as long.
const ONE_LINE_MAX: usize = 300;

/// Text of `MIN` to `MAX` characters: trimmed, in Unicode's form NFC, without control characters.
///
/// Line breaks and tabs are allowed when `MAX` is above 300. Lengths count characters
/// (Unicode scalar values), not bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MIN: usize, const MAX: usize>(String);

/// The name of a person or a thing.
pub type Name = Text<1, 200>;
/// A short text on one line.
pub type Line = Text<1, 200>;
/// The content of a note.
pub type NoteContent = Text<1, 10_000>;
/// Why something was done, as the person who did it put it.
pub type Reason = Text<1, 1_000>;

impl<const MIN: usize, const MAX: usize> Text<MIN, MAX> {
    /// Cleans and measures a text.
    ///
    /// # Errors
    /// `control_character`, `required` (empty where one character would do), `too_short`,
    /// `too_long`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = composed(text.trim());
        if text.chars().any(|c| c.is_control() && !Self::allows(c)) {
            return Err(Invalid::new(
                "control_character",
                "Leave out control characters.",
            ));
        }
        let length = text.chars().count();
        if length < MIN {
            return Err(if MIN == 1 {
                Invalid::new("required", "Write at least one character.")
            } else {
                Invalid::new("too_short", format!("Write at least {MIN} characters."))
            });
        }
        if length > MAX {
            return Err(Invalid::new(
                "too_long",
                format!("Write at most {MAX} characters."),
            ));
        }
        Ok(Self(text))
    }

    /// A text that [`parse`](Self::parse) made and a store kept. Nothing is checked, so it stays readable when the rules
    /// change.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    const fn allows(control: char) -> bool {
        MAX > ONE_LINE_MAX && matches!(control, '\n' | '\r' | '\t')
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<const MIN: usize, const MAX: usize> AsRef<str> for Text<MIN, MAX> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

wire_string!(
    [const MIN: usize, const MAX: usize] Text<MIN, MAX>,
    format!("Text{MIN}To{MAX}"),
    { "type": "string", "minLength": MIN, "maxLength": MAX }
);

/// The text in Unicode's form NFC, which is what plain ASCII is in already.
pub(crate) fn composed(text: &str) -> String {
    if text.is_ascii() {
        text.to_owned()
    } else {
        text.nfc().collect()
    }
}

/// The form in which two spellings of a name count as the same: lower case, NFC.
pub(crate) fn caseless(text: &str) -> String {
    text.to_lowercase().nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_trimmed_and_composed() {
        assert_eq!(
            Name::parse("  Jose\u{301} \n").unwrap().as_str(),
            "Jos\u{e9}"
        );
    }

    #[test]
    fn what_is_wrong_has_a_code() {
        type Code = Text<3, 5>;
        let cases = [
            (Name::parse("").map(drop), "required"),
            (Name::parse(" \t\n").map(drop), "required"),
            (Name::parse(&"x".repeat(201)).map(drop), "too_long"),
            (Name::parse("two\nlines").map(drop), "control_character"),
            (Name::parse("nul\0").map(drop), "control_character"),
            (NoteContent::parse("nul\0").map(drop), "control_character"),
            (
                NoteContent::parse("bell\u{7}").map(drop),
                "control_character",
            ),
            (Code::parse("ab").map(drop), "too_short"),
            (Code::parse("abcdef").map(drop), "too_long"),
        ];
        for (result, code) in cases {
            assert_eq!(result.unwrap_err().code, code);
        }
    }

    #[test]
    fn length_counts_characters_not_bytes() {
        assert!(Name::parse(&"é".repeat(200)).is_ok());
        assert!(Name::parse(&"🏠".repeat(200)).is_ok());
    }

    #[test]
    fn a_long_text_may_have_lines_and_tabs() {
        let content = "First\r\n\tSecond\nThird";
        assert_eq!(NoteContent::parse(content).unwrap().as_str(), content);
    }

    #[test]
    fn the_schema_carries_the_lengths() {
        let schema = serde_json::to_value(schemars::schema_for!(NoteContent)).unwrap();

        assert_eq!(schema["minLength"], 1);
        assert_eq!(schema["maxLength"], 10_000);
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(text in "(?s).{0,250}") {
            if let Ok(once) = Name::parse(&text) {
                prop_assert_eq!(Name::parse(once.as_str()).unwrap(), once.clone());
                let json = serde_json::to_string(&once).unwrap();
                prop_assert_eq!(serde_json::from_str::<Name>(&json).unwrap(), once);
            }
        }
    }
}
