//! What does not stand where it does not belong.

use crate::sources::{Line, code};

/// Fails with every line that `is_wrong`.
#[track_caller]
fn none(folders: &[&str], except: &[&str], is_wrong: impl Fn(&str) -> bool) {
    let found: Vec<String> = code(folders)
        .iter()
        .filter(|line| !except.iter().any(|place| line.file.starts_with(place)))
        .filter(|line| is_wrong(&line.text))
        .map(Line::to_string)
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn functions_do_not_name_the_sdk() {
    none(&["functions"], &[], |line| line.contains("aws_sdk_"));
}

#[test]
fn keys_are_spelled_in_one_file() {
    let all = ["functions", "shared", "infra"];
    none(&all, &["shared/store/src/keys.rs"], spells_a_key);
}

#[test]
fn the_clock_is_asked_in_one_place() {
    let all = ["functions", "shared"];
    none(&all, &["shared/services/src/clock.rs"], |line| {
        ["Timestamp::now", "SystemTime::now", "Zoned::now"]
            .iter()
            .any(|asked| line.contains(asked))
    });
}

#[test]
fn functions_and_the_store_leave_status_codes_to_replies_and_problems() {
    let all = [
        "functions",
        "shared/store",
        "shared/services",
        "shared/domain",
    ];
    let found: Vec<String> = code(&all)
        .iter()
        .filter(|line| !line.file.ends_with("/problems.rs"))
        .filter(|line| names_a_status(&line.text))
        .map(Line::to_string)
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn only_a_functions_program_names_the_runtime() {
    let found: Vec<String> = code(&["functions", "infra", "shared"])
        .iter()
        .filter(|line| !line.file.starts_with("shared/runtime/"))
        .filter(|line| !line.file.ends_with("/src/main.rs"))
        .filter(|line| line.text.contains("plat_runtime"))
        .map(Line::to_string)
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// Whether a text begins like a key: upper-case letters and a `#`, as in `"LEAD#"`.
fn spells_a_key(line: &str) -> bool {
    line.split('"').skip(1).step_by(2).any(|literal| {
        let word: &str = literal.split('#').next().unwrap_or_default();
        literal.contains('#')
            && !word.is_empty()
            && word.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    })
}

/// Whether a line has a status code: as a number after a word for one, or by its name.
fn names_a_status(line: &str) -> bool {
    let number_after = |word: &str| {
        line.split(word).skip(1).any(|rest| {
            let number: String = rest
                .chars()
                .skip_while(|c| " :=!<>(,".contains(*c))
                .take_while(char::is_ascii_digit)
                .collect();
            number.len() == 3 && number.starts_with(['1', '2', '3', '4', '5'])
        })
    };
    let mut words = line.split(|c: char| !c.is_alphanumeric());
    words.any(|word| word == "StatusCode") || number_after("status") || number_after("Reply::empty")
}

#[test]
fn a_key_and_a_status_are_known_when_seen() {
    for key in ["format!(\"T#{team}\")", "sk.strip_prefix(\"TAGS#USE#\")"] {
        assert!(spells_a_key(key), "{key}");
    }
    for other in ["r#\"{\"a\"}\"#", "\"#1\"", "\"{}#{}\"", "\"GATE\""] {
        assert!(!spells_a_key(other), "{other}");
    }
    for status in [
        "status: 404,",
        "reply.status == 200",
        "Reply::empty(204)",
        "StatusCode::OK",
    ] {
        assert!(names_a_status(status), "{status}");
    }
    for other in ["status: LeadStatus::New", "limit: 100", "status_rows(10)"] {
        assert!(!names_a_status(other), "{other}");
    }
}
