//! The characters of a file: which encoding its bytes are in, and how it is known.
//!
//! Spreadsheets write UTF-8 with or without a byte order mark, UTF-16 ("Unicode text"), or the code page of a Western
//! Windows. A file says which by its mark; one without a mark is UTF-8 if it can be, since text in another encoding is
//! valid UTF-8 hardly ever.

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::Unreadable;

/// An encoding that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a mark.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// The code page of Windows in Western languages.
    Windows1252,
}

impl Encoding {
    /// The name, as IANA has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// The encoding of a file that begins with `start`; `whole` says that nothing follows.
    ///
    /// # Errors
    /// It is empty, of another kind, or no text.
    pub fn detect(start: &[u8], whole: bool) -> Result<Self, Unreadable> {
        if start.iter().all(u8::is_ascii_whitespace) && whole {
            return Err(Unreadable::Empty);
        }
        if let Some(kind) = other_kind(start) {
            return Err(Unreadable::OtherKind(kind));
        }
        match start {
            [0xEF, 0xBB, 0xBF, ..] => return Ok(Self::Utf8),
            [0xFF, 0xFE, ..] => return Ok(Self::Utf16Le),
            [0xFE, 0xFF, ..] => return Ok(Self::Utf16Be),
            _ => {}
        }
        if start.contains(&0) {
            return utf16_without_mark(start).ok_or(Unreadable::Binary);
        }
        if start.iter().any(|byte| is_control(*byte)) {
            return Err(Unreadable::Binary);
        }
        Ok(match std::str::from_utf8(start) {
            Ok(_) => Self::Utf8,
            // The last character may be cut where the start ends.
            Err(error) if error.error_len().is_none() && !whole => Self::Utf8,
            Err(_) => Self::Windows1252,
        })
    }

    /// What turns the bytes into text.
    pub(crate) fn decoder(self) -> encoding_rs::Decoder {
        let encoding = match self {
            Self::Utf8 => UTF_8,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
            Self::Windows1252 => WINDOWS_1252,
        };
        encoding.new_decoder_with_bom_removal()
    }
}

/// Control characters that no text file has; a form feed or the end mark of DOS may be in an old one.
const fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0B | 0x0C | 0x1A)
}

/// Text of Western languages in UTF-16 has a zero in every second byte.
fn utf16_without_mark(start: &[u8]) -> Option<Encoding> {
    let zeros = |offset: usize| {
        let bytes = start.iter().skip(offset).step_by(2);
        bytes.filter(|byte| **byte == 0).count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    let most = start.len() / 2 * 4 / 5;
    if odd >= most && even == 0 {
        Some(Encoding::Utf16Le)
    } else if even >= most && odd == 0 {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// What people send in place of a CSV file, by how it begins.
fn other_kind(start: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 9] = [
        (b"PK\x03\x04", "an Excel workbook or a ZIP archive"),
        (b"PK\x05\x06", "an empty ZIP archive"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old Excel workbook"),
        (b"%PDF-", "a PDF document"),
        (b"\x1F\x8B", "a compressed file"),
        (b"\x89PNG\r\n", "a picture"),
        (b"\xFF\xD8\xFF", "a picture"),
        (b"7z\xBC\xAF\x27\x1C", "a compressed file"),
        (b"Rar!\x1A\x07", "a compressed file"),
    ];
    let by_start = kinds.iter().find(|(magic, _)| start.starts_with(magic));
    by_start.map(|(_, kind)| *kind).or_else(|| {
        let text: Vec<u8> = start
            .iter()
            .skip_while(|byte| byte.is_ascii_whitespace())
            .take(14)
            .map(u8::to_ascii_lowercase)
            .collect();
        let is_page = text.starts_with(b"<!doctype html") || text.starts_with(b"<html");
        is_page.then_some("a web page")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_known_by_how_a_file_begins() {
        let utf16 = |text: &str, big: bool| -> Vec<u8> {
            let bytes = |unit: u16| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            };
            text.encode_utf16().flat_map(bytes).collect()
        };
        let cases: [(Vec<u8>, Result<Encoding, &str>); 12] = [
            (b"Name,Phone\n".to_vec(), Ok(Encoding::Utf8)),
            (b"\xEF\xBB\xBFName\n".to_vec(), Ok(Encoding::Utf8)),
            (
                "Zo\u{eb},\u{141}\u{f3}d\u{17a}".as_bytes().to_vec(),
                Ok(Encoding::Utf8),
            ),
            (b"Zo\xEB,Caf\xE9\n".to_vec(), Ok(Encoding::Windows1252)),
            (utf16("\u{feff}Name", false), Ok(Encoding::Utf16Le)),
            (utf16("\u{feff}Name", true), Ok(Encoding::Utf16Be)),
            (utf16("Name\tPhone", false), Ok(Encoding::Utf16Le)),
            (utf16("Name\tPhone", true), Ok(Encoding::Utf16Be)),
            (b" \r\n".to_vec(), Err("empty_file")),
            (b"PK\x03\x04\x14\x00".to_vec(), Err("not_csv")),
            (b"\n<!DOCTYPE html><html>".to_vec(), Err("not_csv")),
            (b"\x7FELF\x02\x01\x01\0\0\x03".to_vec(), Err("not_text")),
        ];
        for (bytes, expected) in cases {
            let told = Encoding::detect(&bytes, true).map_err(|why| why.code());
            assert_eq!(told, expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_character_that_is_cut_at_the_end_of_the_start_is_no_sign_of_another_encoding() {
        assert_eq!(Encoding::detect(b"Zo\xC3", false), Ok(Encoding::Utf8));
        assert_eq!(Encoding::detect(b"Zo\xC3", true), Ok(Encoding::Windows1252));
    }
}
