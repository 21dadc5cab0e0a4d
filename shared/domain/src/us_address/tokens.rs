//! The words of an address, before it is known what they mean.

use crate::search::fold;

/// The folded words of a text. `#` is a word of its own, `&` is `and`, and letters with a point behind each are one word, as
/// in `N.W.`. A hyphen beside a digit stays (`112-10`), and so does the stroke of a fraction (`1/2`).
pub(super) fn tokens(text: &str) -> Vec<String> {
    let text: Vec<char> = fold(text).chars().collect();
    let at = |place: usize| text.get(place).copied().unwrap_or(' ');
    let mut tokens = Vec::new();
    let mut word = String::new();
    let mut is_pointed = false;
    for (place, &c) in text.iter().enumerate() {
        let (before, after) = (word.chars().last().unwrap_or(' '), at(place + 1));
        let stays = match c {
            '-' => after.is_alphanumeric() && (before.is_ascii_digit() || after.is_ascii_digit()),
            '/' => before.is_ascii_digit() && after.is_ascii_digit(),
            _ => c.is_alphanumeric(),
        };
        if stays && !(c == '-' && word.is_empty()) {
            word.push(c);
            continue;
        }
        if matches!(c, '\'' | '’' | '‘' | '`' | 'ʼ') {
            continue;
        }
        let is_initial = word.chars().count() == 1 || is_pointed;
        if c == '.' && is_initial && after.is_alphabetic() && !at(place + 2).is_alphanumeric() {
            is_pointed = true;
            continue;
        }
        is_pointed = false;
        end(&mut word, &mut tokens);
        match c {
            '#' => tokens.push("#".to_owned()),
            '&' => tokens.push("and".to_owned()),
            _ => {}
        }
    }
    end(&mut word, &mut tokens);
    tokens
}

fn end(word: &mut String, tokens: &mut Vec<String>) {
    if !word.is_empty() {
        tokens.push(std::mem::take(word));
    }
}

/// The words as the tables spell several.
pub(super) fn joined(words: &[String]) -> String {
    words.join("_")
}

/// Whether a word is a ZIP code of five or nine digits.
pub(super) fn is_zip(word: &str) -> bool {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match word.split_once('-') {
        Some((zip, more)) => zip.len() == 5 && more.len() == 4 && is_number(zip) && is_number(more),
        None => matches!(word.len(), 5 | 9) && is_number(word),
    }
}

/// Whether a word begins with a digit.
pub(super) fn is_numeric(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// Digits without the ending of an ordinal: `21` of `21st`.
pub(super) fn cardinal(word: &str) -> Option<&str> {
    let digits = ["st", "nd", "rd", "th"]
        .into_iter()
        .find_map(|ending| word.strip_suffix(ending))?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_falls_into_words() {
        let cases = [
            ("123 N.W. Main St.", "123 nw main st"),
            ("123 N.Main St", "123 n main st"),
            ("P.O. Box 12", "po box 12"),
            ("P. O. Box 12", "p o box 12"),
            ("Washington, D.C.", "washington dc"),
            ("Apt.#4-B", "apt # 4-b"),
            ("112-10 O'Brien Ave", "112-10 obrien ave"),
            ("12 1/2 Élm & Oak", "12 1/2 elm and oak"),
            ("I-10", "i-10"),
            ("Winston-Salem", "winston salem"),
            ("12-", "12"),
            ("- 12 / x", "12 x"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(tokens(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn a_zip_code_has_five_or_nine_digits() {
        for (word, expected) in [
            ("62704", true),
            ("62704-1234", true),
            ("627041234", true),
            ("6270", false),
            ("62704-12", false),
            ("6270a", false),
            ("", false),
        ] {
            assert_eq!(is_zip(word), expected, "{word}");
        }
    }
}
