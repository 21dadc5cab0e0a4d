//! The header by which a file is kept under its name (RFC 6266), whatever that name is.

use std::fmt::Write;

/// For names of which nothing is left.
const UNNAMED: &str = "file";

/// `Content-Disposition` for a file to be kept as `file_name`.
///
/// The name is given twice: as it is, encoded (RFC 8187), and in ASCII for those who do not read that. A name cannot end
/// the header or lead out of a folder: control characters are left out, and what separates folders is replaced.
pub fn attachment(file_name: &str) -> String {
    let name: String = file_name
        .chars()
        .filter(|c| !c.is_control() && !turns_text(*c))
        .map(|c| if matches!(c, '/' | '\\') { '_' } else { c })
        .collect();
    let name = match name.trim() {
        "" | "." | ".." => UNNAMED,
        name => name,
    };
    // Some decode a percent sign here, though they should not, and so could be made to see other characters.
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '%' => '_',
            ' '..='~' => c,
            _ => '_',
        })
        .collect();
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// Whether it changes the direction of what follows, by which `exe.pdf` can be made to look like `fdp.exe`.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_file_is_kept_under_its_name() {
        for (name, plain, encoded) in [
            ("contract.pdf", "contract.pdf", "contract.pdf"),
            (
                "Deal 12 (final).pdf",
                "Deal 12 (final).pdf",
                "Deal%2012%20%28final%29.pdf",
            ),
            (
                "Kaufvertrag für Ö.pdf",
                "Kaufvertrag f_r _.pdf",
                "Kaufvertrag%20f%C3%BCr%20%C3%96.pdf",
            ),
            ("合同.pdf", "__.pdf", "%E5%90%88%E5%90%8C.pdf"),
            ("a\"b\\c%41.pdf", "a_b_c_41.pdf", "a%22b_c%2541.pdf"),
            ("../../etc/passwd", ".._.._etc_passwd", ".._.._etc_passwd"),
            (
                "a\r\nSet-Cookie: x=1\u{0}.pdf",
                "aSet-Cookie: x=1.pdf",
                "aSet-Cookie%3A%20x%3D1.pdf",
            ),
            ("a\u{202e}fdp.exe", "afdp.exe", "afdp.exe"),
            ("\u{7f}\u{85} ", "file", "file"),
            ("..", "file", "file"),
            ("", "file", "file"),
        ] {
            let expected = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
            assert_eq!(attachment(name), expected, "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn no_name_ends_the_header(name in any::<String>()) {
            let header = attachment(&name);

            prop_assert!(header.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{header}");
            prop_assert_eq!(header.matches('"').count(), 2);
            let quoted = header.split('"').nth(1).unwrap();
            prop_assert!(!quoted.contains(['\\', '/']) && !quoted.is_empty());
            let (_, encoded) = header.rsplit_once("''").unwrap();
            prop_assert!(!encoded.contains([' ', ';', ',', '\'']));
        }

        #[test]
        fn a_name_without_tricks_is_given_as_it_is(name in "[\\p{L}\\p{N}_()-]{1,40}\\.[a-z]{3}") {
            let header = attachment(&name);

            let (_, encoded) = header.rsplit_once("''").unwrap();
            let mut bytes = encoded.bytes();
            let mut decoded = Vec::new();
            while let Some(byte) = bytes.next() {
                decoded.push(if byte == b'%' {
                    let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                } else {
                    byte
                });
            }
            prop_assert_eq!(String::from_utf8(decoded).unwrap(), name);
        }
    }
}
