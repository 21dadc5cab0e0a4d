//! Characters that nobody sees, and texts on one line.

/// Whether a character says nothing, but changes how what is around it is shown or read: controls, marks that turn the
/// direction of a text, and characters without width. Those that join or part letters are no such, scripts need them.
pub(crate) fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c,
            '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a character ends a line for some program.
pub(crate) fn ends_line(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// The text on one line of at most `most` characters, cut after a word where that is possible.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let spaced: String = text
        .chars()
        .map(|c| if ends_line(c) { ' ' } else { c })
        .filter(|c| *c == '\t' || !is_hidden(*c))
        .collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    cut(&words.join(" "), most)
}

/// At most `most` characters of a text, the last of which says if there were more.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(most.saturating_sub(1)).collect();
    let ends_whole = chars.next() == Some(' ');
    let kept = match start.rsplit_once(' ') {
        // A text whose last space is far from its end is cut within the word.
        Some((words, _)) if !ends_whole && words.len() * 2 >= start.len() => words,
        Some(_) | None => start.as_str(),
    };
    let kept = kept.trim_end_matches(|c: char| c.is_whitespace() || ",;:.-–—".contains(c));
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_is_cut_after_a_word() {
        for (text, most, line) in [
            ("A short one", 20, "A short one"),
            ("  two\r\nlines\u{2028}and\tmore ", 40, "two lines and more"),
            (
                "The house on Oak Street, again",
                25,
                "The house on Oak Street…",
            ),
            ("Donaudampfschiffahrtsgesellschaft", 10, "Donaudamp…"),
            ("pay\u{202e}pal\u{200b}", 20, "paypal"),
            ("", 10, ""),
        ] {
            assert_eq!(one_line(text, most), line, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_line_is_one_line_and_no_longer_than_asked(text in any::<String>(), most in 1_usize..200) {
            let line = one_line(&text, most);
            prop_assert!(!line.chars().any(|c| c.is_control() || ends_line(c)));
            prop_assert!(line.chars().count() <= most);
        }
    }
}
