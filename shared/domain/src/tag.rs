//! Labels: their names and colours.
//!
//! What belongs here: when two names are the same tag, and the colour a tag gets without
//! asking. What does not: how often a tag is used.

use crate::Invalid;
use crate::invalid::wire_string;
use crate::text::{Text, caseless};

/// The longest name of a tag, in characters. It must fit a label on a card.
const MAX_NAME: usize = 50;

/// The name of a tag, kept as given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagName(Text<1, MAX_NAME>);

impl TagName {
    /// Reads a name.
    ///
    /// # Errors
    /// `required`, `too_long` (above 50 characters), `control_character`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Text::parse(text).map(Self)
    }

    /// The name as given.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The name in lower case: two names with the same key are one tag.
    pub fn key(&self) -> String {
        caseless(self.as_str())
    }
}

wire_string!(TagName, { "type": "string", "minLength": 1, "maxLength": MAX_NAME });

/// A colour as `#RRGGBB` in upper case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Color(String);

/// Colours that carry white text (contrast of at least 4.5 to 1, WCAG 2.2 criterion 1.4.3).
const PALETTE: [&str; 12] = [
    "#B91C1C", "#C2410C", "#A16207", "#4D7C0F", "#15803D", "#0F766E", "#0E7490", "#1D4ED8",
    "#4338CA", "#7E22CE", "#A21CAF", "#BE185D",
];

impl Color {
    /// Reads `#` and six hexadecimal digits in any case.
    ///
    /// # Errors
    /// `invalid_color`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        text.strip_prefix('#')
            .filter(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .map(|_| Self(text.to_ascii_uppercase()))
            .ok_or_else(|| {
                Invalid::new(
                    "invalid_color",
                    "Write a color as # and six hexadecimal digits, such as #1D4ED8.",
                )
            })
    }

    /// The colour of a tag for which none was chosen: always the same for the same name.
    pub fn for_name(name: &TagName) -> Self {
        // FNV-1a, 32 bits: any spread will do, but it must never change.
        let hash = name.key().bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        let [first, ..] = PALETTE;
        let index = usize::try_from(hash).unwrap_or(0) % PALETTE.len();
        let color = PALETTE.get(index).copied().unwrap_or(first);
        Self(color.to_owned())
    }

    /// The colour as `#RRGGBB`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

wire_string!(Color, { "type": "string", "pattern": "^#[0-9A-Fa-f]{6}$", "examples": ["#1D4ED8"] });

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_does_not_make_another_tag() {
        let (a, b) = (
            TagName::parse(" Hot Lead ").unwrap(),
            TagName::parse("hot lead").unwrap(),
        );

        assert_eq!(a.as_str(), "Hot Lead");
        assert_eq!(a.key(), b.key());
        assert_eq!(Color::for_name(&a), Color::for_name(&b));
    }

    #[test]
    fn a_name_has_1_to_50_characters() {
        assert_eq!(TagName::parse(" ").unwrap_err().code, "required");
        assert_eq!(
            TagName::parse(&"x".repeat(51)).unwrap_err().code,
            "too_long"
        );
        assert!(TagName::parse(&"é".repeat(50)).is_ok());
    }

    #[test]
    fn a_color_is_upper_case() {
        assert_eq!(Color::parse("#1d4ed8").unwrap().as_str(), "#1D4ED8");
    }

    #[test]
    fn what_is_no_color_is_refused() {
        for text in [
            "", "#", "1D4ED8", "#1D4ED", "#1D4ED80", "#1D4EDG", "red", "#ééé",
        ] {
            assert_eq!(
                Color::parse(text).map_err(|e| e.code),
                Err("invalid_color"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn the_color_of_a_name_never_changes() {
        let color = |name| Color::for_name(&TagName::parse(name).unwrap());

        assert_eq!(
            color("a").as_str(),
            PALETTE[(0xe40c_292c_u32 % 12) as usize]
        );
    }

    #[test]
    fn names_spread_over_the_palette() {
        let colors: BTreeSet<Color> = (0..200)
            .map(|n| Color::for_name(&TagName::parse(&format!("tag {n}")).unwrap()))
            .collect();

        assert_eq!(colors.len(), PALETTE.len());
    }

    proptest! {
        #[test]
        fn every_tag_has_a_color(name in "\\PC{1,50}") {
            if let Ok(name) = TagName::parse(&name) {
                let color = Color::for_name(&name);
                prop_assert_eq!(Color::parse(color.as_str()).unwrap(), color);
            }
        }
    }
}
