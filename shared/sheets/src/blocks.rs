//! Several texts in one cell: long ones with a line of dashes between them, names with commas.
//!
//! A line of a text that could be taken for the one between two gets one dash more, and loses it when it is read again. A
//! name with a comma in it stands in quotation marks.

/// The line between two texts.
const BETWEEN: &str = "---";

/// The texts in one cell, in their order.
pub fn joined<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut cell = String::new();
    for (place, text) in texts.into_iter().enumerate() {
        if place > 0 {
            cell.push('\n');
            cell.push_str(BETWEEN);
            cell.push('\n');
        }
        for (place, line) in text.split('\n').enumerate() {
            if place > 0 {
                cell.push('\n');
            }
            if is_dashes(line) {
                cell.push('-');
            }
            cell.push_str(line);
        }
    }
    cell
}

/// The texts of a cell. What no line of dashes divides is one text; of empty ones there is none.
pub fn split(cell: &str) -> Vec<String> {
    let mut texts = vec![Vec::new()];
    for line in cell.split('\n') {
        match (is_dashes(line), texts.last_mut()) {
            (true, _) if line.trim_end() == BETWEEN => texts.push(Vec::new()),
            (true, Some(text)) => text.push(line.strip_prefix('-').unwrap_or(line)),
            (false, Some(text)) => text.push(line),
            (_, None) => {}
        }
    }
    let texts = texts.into_iter().map(|lines| lines.join("\n"));
    texts.filter(|text| !text.trim().is_empty()).collect()
}

/// Names in one cell, with commas between them.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names = names.into_iter().map(|name| {
        let plain = !name.contains([',', ';', '"', '\n']) && name.trim() == name;
        if plain {
            name.to_owned()
        } else {
            format!("\"{}\"", name.replace('"', "\"\""))
        }
    });
    names.collect::<Vec<_>>().join(", ")
}

/// The names in a cell, with commas or semicolons between them.
pub fn split_list(cell: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut quoted = false;
    let mut letters = cell.chars().peekable();
    while let Some(c) = letters.next() {
        let Some(name) = names.last_mut() else {
            break;
        };
        match c {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => name.push('"'),
            '"' if quoted => quoted = false,
            '"' if name.trim().is_empty() => {
                name.clear();
                quoted = true;
            }
            ',' | ';' | '\n' if !quoted => names.push(String::new()),
            c => name.push(c),
        }
    }
    let names = names.iter().map(|name| name.trim().to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

fn is_dashes(line: &str) -> bool {
    let line = line.trim_end();
    line.len() >= BETWEEN.len() && line.chars().all(|c| c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_are_divided_by_a_line_of_dashes() {
        assert_eq!(joined(["one", "two\nlines"]), "one\n---\ntwo\nlines");
        assert_eq!(split("one\r\n---\r\ntwo"), ["one\r", "two"]);
        assert_eq!(split("Call back - soon"), ["Call back - soon"]);
        assert_eq!(split(" \n---\n"), Vec::<String>::new());
    }

    #[test]
    fn names_are_divided_by_commas() {
        assert_eq!(
            listed(["a", "b, c", "12\" pipe"]),
            "a, \"b, c\", \"12\"\" pipe\""
        );
        assert_eq!(split_list("a; b,c d ,,"), ["a", "b", "c d"]);
        assert_eq!(split_list("12\" pipe, b"), ["12\" pipe", "b"]);
    }

    proptest! {
        #[test]
        fn names_that_were_listed_are_found_again(
            names in prop::collection::vec("[a,;\"]([a ,;\"]{0,3}[a,;\"])?", 0..4)
        ) {
            let cell = listed(names.iter().map(String::as_str));
            prop_assert_eq!(split_list(&cell), names);
        }

        #[test]
        fn what_was_joined_is_split_again(
            texts in prop::collection::vec("[-a\n ]{0,8}[-a][-a\n]{0,4}", 0..4)
        ) {
            let cell = joined(texts.iter().map(String::as_str));
            prop_assert_eq!(split(&cell), texts);
        }
    }
}
