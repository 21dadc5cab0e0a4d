//! What a file really is, by its first and its last bytes.
//!
//! Each type that is taken is known by what it must have; whatever else a file might be need not be told apart.

mod office;

use super::FileType;

/// The brands of pictures in HEIF that are compressed as HEVC (ISO/IEC 23008-12, annex B).
const HEIC_BRANDS: [&[u8]; 8] = [
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs",
];

/// How a text begins that is more than text: what a browser would run, or a type of its own.
const NOT_PLAIN: [&[u8]; 9] = [
    b"<!doctype",
    b"<html",
    b"<head",
    b"<body",
    b"<script",
    b"<iframe",
    b"<svg",
    b"<?xml",
    b"%pdf-",
];

/// How much of a text's beginning is looked at for that.
const OPENING: usize = 256;

/// Bytes that stand for no character in Windows-1252.
const UNASSIGNED: [u8; 5] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/// Whether a file that begins with `head` and ends with `tail` is of this type. `whole` says that the head is all of it.
pub(super) fn is(kind: FileType, whole: bool, head: &[u8], tail: &[u8]) -> bool {
    match kind {
        FileType::Pdf => without_mark(head).starts_with(b"%PDF-"),
        FileType::Docx => office::is(office::Kind::Word, head, tail),
        FileType::Xlsx => office::is(office::Kind::Excel, head, tail),
        FileType::Csv | FileType::Txt => is_text(whole, head, tail),
        FileType::Png => {
            head.starts_with(b"\x89PNG\r\n\x1a\n") && head.get(12..16) == Some(b"IHDR")
        }
        FileType::Jpeg => {
            head.starts_with(&[0xff, 0xd8, 0xff]) && head.get(3).is_some_and(|mark| *mark >= 0xc0)
        }
        FileType::Heic => is_heic(head),
        FileType::Webp => {
            let picture = head
                .get(12..16)
                .is_some_and(|kind| kind.starts_with(b"VP8"));
            head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") && picture
        }
    }
}

/// ISO/IEC 14496-12: the file begins with a box of brands, the main one first.
fn is_heic(head: &[u8]) -> bool {
    let brands = || {
        let length = head.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))?;
        let brands = head.get(..usize::try_from(length).ok()?)?;
        // Between the main brand and the others stands its version.
        Some((brands.get(8..12)?, brands.get(16..)?))
    };
    let known = |brand: &[u8]| HEIC_BRANDS.contains(&brand);
    head.get(4..8) == Some(b"ftyp")
        && brands().is_some_and(|(main, others)| known(main) || others.chunks(4).any(known))
}

/// Text has no control characters but those between lines and columns. It is UTF-8, or what Excel and its kin write: UTF-16
/// that says so, or Windows-1252.
fn is_text(whole: bool, head: &[u8], tail: &[u8]) -> bool {
    match head {
        [0xff, 0xfe, text @ ..] => is_utf16(text, tail, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => is_utf16(text, tail, u16::from_be_bytes),
        _ => {
            let controls = |bytes: &[u8]| bytes.iter().any(|byte| is_control((*byte).into()));
            let is_utf8 = || begins_utf8(head, whole) && ends_utf8(tail, whole);
            let is_1252 = || {
                !head
                    .iter()
                    .chain(tail)
                    .any(|byte| UNASSIGNED.contains(byte))
            };
            !controls(head) && !controls(tail) && (is_utf8() || is_1252()) && is_plain(head)
        }
    }
}

/// `tail` may begin in the middle of a character, where its two halves cannot be told apart; one of them reads.
fn is_utf16(text: &[u8], tail: &[u8], unit: fn([u8; 2]) -> u16) -> bool {
    let units = |bytes: &[u8]| -> Vec<u16> {
        let pairs = bytes.chunks_exact(2);
        pairs
            .filter_map(|pair| pair.first_chunk().map(|pair| unit(*pair)))
            .collect()
    };
    let clean = |units: &[u16]| !units.iter().any(|unit| is_control(*unit));
    let text = units(text);
    let ascii = |unit: &u16| u8::try_from(*unit).unwrap_or(b'?');
    let opening: Vec<u8> = text.iter().take(OPENING).map(ascii).collect();
    let ends = [tail, tail.get(1..).unwrap_or_default()];
    clean(&text) && ends.iter().any(|tail| clean(&units(tail))) && is_plain(&opening)
}

const fn is_control(unit: u16) -> bool {
    matches!(unit, 0..=8 | 0x0b | 0x0e..=0x1f | 0x7f)
}

/// The last character may be cut off if the text goes on.
fn begins_utf8(head: &[u8], whole: bool) -> bool {
    match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => !whole && error.error_len().is_none(),
    }
}

/// The first character may be cut off if the text begins before.
fn ends_utf8(tail: &[u8], whole: bool) -> bool {
    let cut = tail.iter().take(3).take_while(|byte| **byte & 0xc0 == 0x80);
    let cut = if whole { 0 } else { cut.count() };
    std::str::from_utf8(tail.get(cut..).unwrap_or_default()).is_ok()
}

fn is_plain(text: &[u8]) -> bool {
    let text = without_mark(text).trim_ascii_start();
    let begins = |other: &&[u8]| {
        let begin = text.get(..other.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(other))
    };
    !NOT_PLAIN.iter().any(begins)
}

/// Without the mark that says that a text is UTF-8.
fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

#[cfg(test)]
mod tests;
