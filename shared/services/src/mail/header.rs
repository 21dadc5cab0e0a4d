//! Headers that cannot be split: a value is one line, or it is no value.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::collections::BTreeMap;
use std::fmt;
use thiserror::Error;

/// The longest name or subject, in characters. Mail programs show some 70.
const LONGEST_TEXT: usize = 300;

/// The longest name and value of a header that SES takes, in characters.
const LONGEST_NAME: usize = 126;
const LONGEST_VALUE: usize = 870;

/// So many bytes become, in base 64 and with what stands around them, the 75 characters of an encoded word (RFC 2047).
const ENCODED_BYTES: usize = 45;

/// Headers that the sender makes, or that tell the provider what to do.
const NOT_OURS: [&str; 11] = [
    "bcc",
    "cc",
    "date",
    "from",
    "message-id",
    "mime-version",
    "received",
    "reply-to",
    "return-path",
    "sender",
    "subject",
];
const NOT_OURS_PREFIXES: [&str; 5] = ["content-", "dkim-", "x-ses-", "x-sg-", "x-smtpapi"];

/// What cannot stand in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotAHeader {
    /// A line break or another control character.
    #[error("a header is one line")]
    ControlCharacter,
    /// Nothing is left of it.
    #[error("a header has a value")]
    Empty,
    /// It is longer than providers take.
    #[error("a header is not so long")]
    TooLong,
    /// The name is none, or is the sender's to set.
    #[error("this header is not for us to set")]
    Name,
    /// Other characters than those of ASCII, where only they may stand.
    #[error("this header is plain text")]
    NotAscii,
    /// Not an address of the web by which one click is enough.
    #[error("one click needs an https address")]
    NotHttps,
}

/// Text for people that stands in a header, such as a subject or a name: one line, in any script.
#[derive(Clone, PartialEq, Eq)]
pub struct HeaderText(String);

impl HeaderText {
    /// Reads a text; blanks around it are left out.
    ///
    /// # Errors
    /// It has a line break or another control character, is empty, or longer than 300 characters.
    pub fn parse(text: &str) -> Result<Self, NotAHeader> {
        if text.chars().any(breaks) {
            return Err(NotAHeader::ControlCharacter);
        }
        let text = text.trim();
        if text.is_empty() {
            return Err(NotAHeader::Empty);
        }
        if text.chars().count() > LONGEST_TEXT {
            return Err(NotAHeader::TooLong);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// This name before an address, as the header `From` has it (RFC 5322), encoded where it is not ASCII (RFC 2047).
    pub(crate) fn before(&self, address: &str) -> String {
        if self.0.is_ascii() {
            let escaped = self.0.replace('\\', "\\\\").replace('"', "\\\"");
            return format!("\"{escaped}\" <{address}>");
        }
        let mut words = vec![String::new()];
        for c in self.0.chars() {
            match words.last_mut() {
                Some(word) if word.len() + c.len_utf8() <= ENCODED_BYTES => word.push(c),
                Some(_) | None => words.push(c.to_string()),
            }
        }
        let encoded: Vec<String> = words
            .iter()
            .map(|word| format!("=?UTF-8?B?{}?=", BASE64.encode(word)))
            .collect();
        format!("{} <{address}>", encoded.join(" "))
    }
}

impl fmt::Debug for HeaderText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Headers beyond those that the sender makes. Each has a name that is ours to set, and a value of printable ASCII.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(BTreeMap<String, String>);

impl Headers {
    /// The headers by which a mail program offers to unsubscribe with one click (RFC 8058): it posts to `url`, without a
    /// cookie and without asking.
    ///
    /// # Errors
    /// [`NotAHeader::NotHttps`] if it is anything but an address of the web; plain HTTP is good for this machine only.
    pub fn one_click(url: &str) -> Result<Self, NotAHeader> {
        let https = url.starts_with("https://");
        let local = ["http://127.0.0.1:", "http://localhost:"]
            .iter()
            .any(|local| url.starts_with(local));
        if !(https || local) || url.contains(['<', '>', ',', ' ', '"']) {
            return Err(NotAHeader::NotHttps);
        }
        Self::default()
            .with("List-Unsubscribe", &format!("<{url}>"))?
            .with("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
    }

    /// These and one more; of two with one name the last counts.
    ///
    /// # Errors
    /// The name or the value cannot stand there.
    pub fn with(mut self, name: &str, value: &str) -> Result<Self, NotAHeader> {
        if value.chars().any(breaks) {
            return Err(NotAHeader::ControlCharacter);
        }
        if !is_ours(name) {
            return Err(NotAHeader::Name);
        }
        if !value.is_ascii() {
            return Err(NotAHeader::NotAscii);
        }
        if value.trim().is_empty() {
            return Err(NotAHeader::Empty);
        }
        if name.len() > LONGEST_NAME || value.len() > LONGEST_VALUE {
            return Err(NotAHeader::TooLong);
        }
        self.0.retain(|known, _| !known.eq_ignore_ascii_case(name));
        self.0.insert(name.to_owned(), value.to_owned());
        Ok(self)
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Headers that were kept as text.
    pub(crate) fn read(headers: &BTreeMap<String, String>) -> Result<Self, NotAHeader> {
        headers
            .iter()
            .try_fold(Self::default(), |read, (name, value)| {
                read.with(name, value)
            })
    }

    pub(crate) fn to_map(&self) -> BTreeMap<String, String> {
        self.0.clone()
    }
}

/// Whether a character ends a line somewhere, or is none that can be seen.
fn breaks(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

fn is_ours(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    is_name
        && lower != "to"
        && !NOT_OURS.contains(&lower.as_str())
        && !NOT_OURS_PREFIXES
            .iter()
            .any(|prefix| lower.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(mailbox: &str) -> String {
        let (words, _) = mailbox.rsplit_once(" <").unwrap();
        let bytes: Vec<u8> = words
            .split(' ')
            .flat_map(|word| {
                assert!(word.len() <= 75, "{word}");
                let word = word.strip_prefix("=?UTF-8?B?").unwrap();
                BASE64.decode(word.strip_suffix("?=").unwrap()).unwrap()
            })
            .collect();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_value_that_would_split_a_header_is_none() {
        for split in [
            "a\r\nBcc: eve@example.com",
            "a\nb",
            "a\rb",
            "a\0",
            "a\u{85}b",
            "a\u{2028}b",
        ] {
            assert_eq!(HeaderText::parse(split), Err(NotAHeader::ControlCharacter));
            let refused = Headers::default().with("X-Note", split);
            assert_eq!(refused, Err(NotAHeader::ControlCharacter), "{split:?}");
        }
        assert_eq!(HeaderText::parse(" \n"), Err(NotAHeader::ControlCharacter));
        assert_eq!(HeaderText::parse("  "), Err(NotAHeader::Empty));
        assert_eq!(
            HeaderText::parse(&"é".repeat(301)),
            Err(NotAHeader::TooLong)
        );
    }

    #[test]
    fn a_header_of_the_senders_is_not_set_by_others() {
        for name in [
            "Bcc",
            "TO",
            "From",
            "Reply-To",
            "Subject",
            "Content-Type",
            "X-SES-CONFIGURATION-SET",
            "x-smtpapi",
            "",
            "A B",
            "A:",
            "A\r\nBcc",
            "Ä",
        ] {
            let refused = Headers::default().with(name, "x");
            assert_eq!(refused, Err(NotAHeader::Name), "{name:?}");
        }
    }

    #[test]
    fn of_two_headers_with_one_name_the_last_counts() {
        let headers = Headers::default().with("X-Note", "a").unwrap();
        let headers = headers.with("x-note", "b").unwrap();
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("x-note", "b")]);
    }

    #[test]
    fn one_click_is_offered_as_rfc_8058_has_it() {
        let headers = Headers::one_click("https://plat.example/u/abc").unwrap();
        assert_eq!(
            headers.iter().collect::<Vec<_>>(),
            [
                ("List-Unsubscribe", "<https://plat.example/u/abc>"),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ]
        );
        assert!(Headers::one_click("http://127.0.0.1:8000/u/abc").is_ok());
        for wrong in [
            "http://plat.example/u",
            "http://127.0.0.1.evil.example/u",
            "mailto:stop@plat.example",
            "https://plat.example/u>, <https://evil.example/",
            "",
        ] {
            assert_eq!(
                Headers::one_click(wrong),
                Err(NotAHeader::NotHttps),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_name_stands_before_its_address() {
        for (name, mailbox) in [
            ("Ann", "\"Ann\" <a@plat.example>"),
            (
                "Ann, of \"Plat\" \\",
                "\"Ann, of \\\"Plat\\\" \\\\\" <a@plat.example>",
            ),
            ("Zoë", "=?UTF-8?B?Wm/Dqw==?= <a@plat.example>"),
        ] {
            assert_eq!(
                HeaderText::parse(name).unwrap().before("a@plat.example"),
                mailbox
            );
        }
    }

    proptest! {
        #[test]
        fn no_name_gets_out_of_its_header(name in any::<String>()) {
            if let Ok(text) = HeaderText::parse(&name) {
                let mailbox = text.before("a@plat.example");

                prop_assert!(mailbox.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
                if !name.is_ascii() && !text.as_str().is_ascii() {
                    prop_assert_eq!(decoded(&mailbox), text.as_str());
                }
            }
        }
    }
}
