//! What a client says of a file before it is put.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::{Rejection, content};
use crate::Invalid;
use crate::invalid::{wire_enum, wire_string};
use crate::text::composed;

/// The most bytes of a file.
pub const MAX_FILE_SIZE: u64 = 50 * 1024 * 1024;

/// The most characters of a file's name: what common file systems hold.
const MAX_NAME: usize = 255;

/// A file, as it was announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncedFile {
    /// Its name.
    pub name: FileName,
    /// Its type.
    pub kind: FileType,
    /// Its size.
    pub size: FileSize,
    /// The hash of its bytes.
    pub sha256: Sha256,
}

impl AnnouncedFile {
    /// Whether its name ends as files of its type do.
    ///
    /// # Errors
    /// `wrong_extension`.
    pub fn check_name(&self) -> Result<(), Invalid> {
        let extension = self.name.as_str().rsplit_once('.').map(|(_, end)| end);
        let known = self.kind.extensions();
        if extension.is_some_and(|end| known.iter().any(|known| known.eq_ignore_ascii_case(end))) {
            return Ok(());
        }
        let known = known.join(" or .");
        let detail = format!("A file of this type has a name that ends in .{known}.");
        Err(Invalid::new("wrong_extension", detail))
    }

    /// Whether a file of `size` bytes that begins with `head` and ends with `tail` can be the one that was announced. Its
    /// hash is asked last, since it may cost reading all of it.
    ///
    /// # Errors
    /// [`Rejection::WrongSize`], [`Rejection::WrongType`].
    pub fn check_content(&self, size: u64, head: &[u8], tail: &[u8]) -> Result<(), Rejection> {
        if size != self.size.get() {
            return Err(Rejection::WrongSize);
        }
        let whole = u64::try_from(head.len()).is_ok_and(|length| length == size);
        if content::is(self.kind, whole, head, tail) {
            Ok(())
        } else {
            Err(Rejection::WrongType)
        }
    }

    /// Whether a file with this hash, in hexadecimal digits, is the one that was announced.
    ///
    /// # Errors
    /// [`Rejection::WrongHash`].
    pub fn check_hash(&self, sha256: &str) -> Result<(), Rejection> {
        if self.sha256.as_str().eq_ignore_ascii_case(sha256) {
            Ok(())
        } else {
            Err(Rejection::WrongHash)
        }
    }
}

wire_enum! {
    /// The types of files that are taken.
    pub enum FileType {
        /// PDF.
        Pdf = "application/pdf",
        /// A text of Word.
        Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        /// A workbook of Excel.
        Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        /// A table as text.
        Csv = "text/csv",
        /// Text.
        Txt = "text/plain",
        /// A picture.
        Png = "image/png",
        /// A photograph.
        Jpeg = "image/jpeg",
        /// A photograph of an iPhone.
        Heic = "image/heic",
        /// A picture of the web.
        Webp = "image/webp",
    }
}

impl FileType {
    /// How the names of such files end.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
            Self::Csv => &["csv"],
            Self::Txt => &["txt"],
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Heic => &["heic"],
            Self::Webp => &["webp"],
        }
    }
}

/// The name of a file: 1 to 255 characters, trimmed, in Unicode's form NFC. It is shown and told to who downloads it; no
/// path or key is made of it.
///
/// A name with a path is refused rather than cut: what was meant is for its sender to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// Cleans and checks a name.
    ///
    /// # Errors
    /// `control_character`, `required`, `too_long`, `has_path`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = composed(text.trim());
        if name.chars().any(|c| c.is_control() || turns_text(c)) {
            let detail = "Leave out control characters and those that turn the direction of text.";
            return Err(Invalid::new("control_character", detail));
        }
        if name.is_empty() {
            return Err(Invalid::new("required", "Write at least one character."));
        }
        if name.chars().count() > MAX_NAME {
            let detail = format!("Write at most {MAX_NAME} characters.");
            return Err(Invalid::new("too_long", detail));
        }
        if name.contains(['/', '\\']) || [".", ".."].contains(&name.as_str()) {
            let detail = "Write the name of the file without folders.";
            return Err(Invalid::new("has_path", detail));
        }
        Ok(Self(name))
    }

    /// A name that [`parse`](Self::parse) made and a store kept.
    pub fn from_stored(name: String) -> Self {
        Self(name)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

wire_string!(FileName, { "type": "string", "minLength": 1, "maxLength": MAX_NAME });

/// Whether a character makes what follows it run the other way, by which a name can be made to look like another.
const fn turns_text(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The SHA-256 of a file's bytes: 64 hexadecimal digits, kept in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sha256(String);

impl Sha256 {
    /// Reads the digits.
    ///
    /// # Errors
    /// `invalid_sha256`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Self(text.to_ascii_lowercase()));
        }
        let detail = "Write the SHA-256 of the file as 64 hexadecimal digits.";
        Err(Invalid::new("invalid_sha256", detail))
    }

    /// A hash that [`parse`](Self::parse) made and a store kept.
    pub fn from_stored(digits: String) -> Self {
        Self(digits)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

wire_string!(Sha256, { "type": "string", "pattern": "^[0-9A-Fa-f]{64}$" });

/// The size of a file in bytes: 1 to 50 MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct FileSize(u64);

impl FileSize {
    /// A size.
    ///
    /// # Errors
    /// `too_small`, `too_large`.
    pub fn new(bytes: u64) -> Result<Self, Invalid> {
        match bytes {
            0 => Err(Invalid::new("too_small", "The file is empty.")),
            1..=MAX_FILE_SIZE => Ok(Self(bytes)),
            _ => {
                let detail = format!("A file has at most {MAX_FILE_SIZE} bytes, which is 50 MiB.");
                Err(Invalid::new("too_large", detail))
            }
        }
    }

    /// A size that [`new`](Self::new) made and a store kept.
    pub const fn from_stored(bytes: u64) -> Self {
        Self(bytes)
    }

    /// Bytes.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for FileSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = FileSize;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from 1 to {MAX_FILE_SIZE}")
            }

            fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<FileSize, E> {
                FileSize::new(bytes).map_err(Invalid::into_serde)
            }

            fn visit_i64<E: de::Error>(self, bytes: i64) -> Result<FileSize, E> {
                // Below nothing is as wrong as nothing.
                self.visit_u64(u64::try_from(bytes).unwrap_or_default())
            }
        }

        deserializer.deserialize_u64(Bytes)
    }
}

impl JsonSchema for FileSize {
    fn schema_name() -> Cow<'static, str> {
        "FileSize".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": MAX_FILE_SIZE })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invalid::code_of;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_name_is_cleaned_or_refused() {
        for (text, name) in [
            (" contract.pdf ", "contract.pdf"),
            ("Jose\u{301}.pdf", "Jos\u{e9}.pdf"),
            ("say \"hi\"; 100%.pdf", "say \"hi\"; 100%.pdf"),
            ("\u{1f3e1} home.pdf", "\u{1f3e1} home.pdf"),
            ("..pdf", "..pdf"),
        ] {
            assert_eq!(FileName::parse(text).unwrap().as_str(), name);
        }
        for (text, code) in [
            ("", "required"),
            (" \t", "required"),
            ("a\r\nSet-Cookie: x.pdf", "control_character"),
            ("nul\0.pdf", "control_character"),
            ("\u{202e}fdp.exe", "control_character"),
            ("\u{2066}a.pdf", "control_character"),
            ("../../etc/passwd.pdf", "has_path"),
            ("C:\\contract.pdf", "has_path"),
            ("..", "has_path"),
        ] {
            assert_eq!(FileName::parse(text).unwrap_err().code, code, "{text:?}");
        }
        let long = |count| format!("{}.pdf", "\u{1f3e1}".repeat(count));
        assert!(FileName::parse(&long(251)).is_ok());
        assert_eq!(FileName::parse(&long(252)).unwrap_err().code, "too_long");
    }

    #[test]
    fn a_name_ends_as_its_type_does() {
        let file = |name: &str, kind| AnnouncedFile {
            name: FileName::parse(name).unwrap(),
            kind,
            size: FileSize::new(1).unwrap(),
            sha256: Sha256::parse(&"a".repeat(64)).unwrap(),
        };
        for kind in FileType::ALL {
            for end in kind.extensions() {
                for end in [(*end).to_owned(), end.to_uppercase()] {
                    assert_eq!(file(&format!("a.b.{end}"), *kind).check_name(), Ok(()));
                }
            }
        }
        for (name, kind) in [
            ("a.exe", FileType::Pdf),
            ("a.pdf.exe", FileType::Pdf),
            ("pdf", FileType::Pdf),
            ("a.pdf.", FileType::Pdf),
            ("a.png", FileType::Jpeg),
            ("a.docm", FileType::Docx),
        ] {
            let refused = file(name, kind).check_name().unwrap_err();
            assert_eq!(refused.code, "wrong_extension", "{name}");
        }
        let refused = file("a", FileType::Jpeg).check_name().unwrap_err();
        assert!(refused.detail.ends_with(".jpg or .jpeg."), "{refused}");
    }

    #[test]
    fn a_size_is_a_whole_number_of_bytes_up_to_50_mib() {
        let most = json!(52_428_800);
        assert_eq!(
            serde_json::from_value::<FileSize>(most).unwrap().get(),
            MAX_FILE_SIZE
        );
        for (value, code) in [
            (json!(0), "too_small"),
            (json!(-5), "too_small"),
            (json!(52_428_801), "too_large"),
            (json!(u64::MAX), "too_large"),
        ] {
            assert_eq!(code_of::<FileSize>(value), code);
        }
        for other in [json!("5"), json!(1.5), json!(null)] {
            assert!(serde_json::from_value::<FileSize>(other).is_err());
        }
    }

    #[test]
    fn a_hash_is_64_digits_in_either_case() {
        let upper = "ABCDEF0123456789".repeat(4);
        let hash = Sha256::parse(&upper).unwrap();
        assert_eq!(hash.as_str(), upper.to_lowercase());
        for other in [
            "",
            "abc",
            &"g".repeat(64),
            &"a".repeat(63),
            &"\u{e9}".repeat(32),
        ] {
            assert_eq!(Sha256::parse(other).unwrap_err().code, "invalid_sha256");
        }
    }

    #[test]
    fn a_file_is_compared_with_what_was_announced() {
        let pdf = b"%PDF-1.7\n%%EOF";
        let hash = "0123456789abcdef".repeat(4);
        let file = AnnouncedFile {
            name: FileName::parse("a.pdf").unwrap(),
            kind: FileType::Pdf,
            size: FileSize::new(14).unwrap(),
            sha256: Sha256::parse(&hash).unwrap(),
        };
        assert_eq!(file.check_content(14, pdf, pdf), Ok(()));
        assert_eq!(file.check_content(15, pdf, pdf), Err(Rejection::WrongSize));
        let html = b"<html></html>\n";
        assert_eq!(
            file.check_content(14, html, html),
            Err(Rejection::WrongType)
        );
        assert_eq!(file.check_hash(&hash.to_uppercase()), Ok(()));
        assert_eq!(file.check_hash(""), Err(Rejection::WrongHash));
    }

    proptest! {
        #[test]
        fn a_name_is_safe_and_cleaning_it_twice_changes_nothing(text in "(?s).{0,260}") {
            if let Ok(name) = FileName::parse(&text) {
                prop_assert_eq!(FileName::parse(name.as_str()), Ok(name.clone()));
                prop_assert!(!name.as_str().contains(['/', '\\', '\r', '\n', '\0']));
                prop_assert!((1..=255).contains(&name.as_str().chars().count()));
            }
        }
    }
}
