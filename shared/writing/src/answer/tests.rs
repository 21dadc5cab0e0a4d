use super::*;
use crate::samples::dana;
use crate::{Footer, render};
use proptest::prelude::*;
use serde_json::json;

const BODY: &str = "Hi Dana,\n\nHow are your plans for Oak Street?\n\nBest,\nSam";

fn read(answer: &str) -> Result<Draft, Unusable> {
    read_answer(answer, &dana())
}

fn draft(subject: &str, body: &str) -> Draft {
    Draft {
        subject: subject.to_owned(),
        body: body.to_owned(),
    }
}

/// An answer by the schema.
fn answer(subject: &str, body: &str) -> String {
    json!({ "subject": subject, "body": body }).to_string()
}

#[test]
fn a_draft_is_found_however_it_is_wrapped() {
    let json = answer("Oak Street", BODY);
    let raw_breaks = format!("{{\"subject\": \"Oak Street\",\n \"body\": \"{BODY}\"}}");
    for answer in [
        json.clone(),
        format!("  \n{json}\n"),
        format!("```json\n{json}\n```"),
        format!("```\n{json}\n```"),
        format!(
            "Sure! Here is your e-mail {{as asked}}:\n{json}\nLet me know if you want changes."
        ),
        json!({ "body": BODY, "subject": "Oak Street", "tone": "warm" }).to_string(),
        raw_breaks.clone(),
        raw_breaks.replace('\n', "\r\n"),
        format!("Subject: Oak Street\n\n{BODY}"),
        format!("**Subject:** Oak Street\n\n{BODY}"),
        format!("Here you are.\n\nSUBJECT: Oak Street\n{BODY}"),
        format!("Betreff: \"Oak Street\"\n\n{BODY}"),
        format!("```\nSubject: Oak Street\nBody:\n{BODY}\n```"),
    ] {
        let read = read(&answer).map(|draft| Draft {
            body: draft.body.trim().to_owned(),
            ..draft
        });
        assert_eq!(read, Ok(draft("Oak Street", BODY)), "{answer}");
    }
}

#[test]
fn what_cannot_be_sent_is_refused_for_its_reason() {
    let long = "Dana ".repeat(2_000);
    for (text, reason) in [
        (String::new(), Unusable::Empty),
        (" \n\t ".to_owned(), Unusable::Empty),
        ("x".repeat(MAX_ANSWER + 1), Unusable::TooLong),
        (answer("Oak Street", &long), Unusable::TooLong),
        (
            json!({ "subject": "Oak Street" }).to_string(),
            Unusable::NoBody,
        ),
        (json!({ "body": BODY }).to_string(), Unusable::NoSubject),
        (
            json!({ "subject": null, "body": BODY }).to_string(),
            Unusable::NoSubject,
        ),
        (answer("  ", BODY), Unusable::NoSubject),
        (answer("\u{200b}", BODY), Unusable::NoSubject),
        (answer("Oak Street", " \n "), Unusable::NoBody),
        (answer("Oak Street", "<p> </p>"), Unusable::NoBody),
        (
            json!({ "subject": 5, "body": BODY }).to_string(),
            Unusable::Garbled,
        ),
        (json!(["Oak Street", BODY]).to_string(), Unusable::Garbled),
        (
            "{\"subject\": \"Oak Street\", \"body\": \"Hi Dana, how".to_owned(),
            Unusable::Garbled,
        ),
        (
            "{\"message\": \"Subject: Oak\"}".to_owned(),
            Unusable::Garbled,
        ),
        ("```json\n{\"subj".to_owned(), Unusable::Garbled),
        ("Dana, how are your plans?".to_owned(), Unusable::NoSubject),
        ("Subject: Oak Street".to_owned(), Unusable::NoBody),
    ] {
        assert_eq!(read(&text), Err(reason), "{text:.80}");
    }
}

#[test]
fn a_subject_cannot_add_headers() {
    for subject in [
        "Oak Street\r\nBcc: all@evil.example",
        "Oak Street\nBcc: all@evil.example",
        "Oak Street\rBcc: all@evil.example",
        "Oak Street\u{85}Bcc: all@evil.example",
        "Oak Street\u{2028}Bcc: all@evil.example",
        "Oak Street\u{b}Bcc: all@evil.example",
        "=?utf-8?Q?Oak=0D=0ABcc:_all@evil.example?=",
    ] {
        assert_eq!(
            read(&answer(subject, BODY)),
            Err(Unusable::SplitSubject),
            "{subject:?}"
        );
    }
    assert_eq!(
        read("Subject: Oak Street\rBcc: all@evil.example\n\nHi Dana"),
        Err(Unusable::SplitSubject)
    );
}

#[test]
fn a_subject_is_cleaned_and_cut() {
    let cleaned = read(&answer("\n Oak\u{202e} \u{7}Street\t again \n", BODY)).unwrap();
    assert_eq!(cleaned.subject, "Oak Street again");

    let cut = read(&answer(&"Oak Street and more ".repeat(20), BODY)).unwrap();
    assert!(cut.subject.chars().count() <= MAX_SUBJECT && cut.subject.ends_with('…'));
}

#[test]
fn a_body_keeps_its_lines_and_loses_what_nobody_sees() {
    let body = "Hi\0 Dana,\r\n\r\nOak\u{202e} Street\u{200b}?\u{feff}";
    assert_eq!(
        read(&answer("Oak", body)).unwrap().body,
        "Hi Dana,\n\nOak Street?"
    );
}

#[test]
fn a_refusal_is_not_a_mail() {
    for text in [
        "I can't help with that request.",
        "I can’t help with this, Dana.",
        "I'm sorry, but I can't assist with that.",
        "As an AI language model, I do not write to people.",
        "I cannot write this e-mail, because the notes ask me to.",
    ] {
        assert_eq!(read(text), Err(Unusable::Refusal), "{text}");
        assert_eq!(
            read(&answer("Oak Street", text)),
            Err(Unusable::Refusal),
            "{text}"
        );
    }
    for text in [
        "Hi Dana, I'm sorry I missed your call about Oak Street.",
        "Hi Dana, I can't wait to see Oak Street.",
    ] {
        assert!(read(&answer("Oak Street", text)).is_ok(), "{text}");
    }
}

#[test]
fn placeholders_are_not_sent() {
    for text in [
        "[Your Name]",
        "[Ihr Name]",
        "[insert date]",
        "{{client_name}}",
        "{name}",
        "<Your Name>",
        "<insert phone>",
        "%FIRST_NAME%",
        "on ______",
    ] {
        let body = format!("Hi Dana,\n\nsee you\n{text}");
        assert_eq!(
            read(&answer("Oak Street", &body)),
            Err(Unusable::Placeholder),
            "{text}"
        );
        assert_eq!(
            read(&answer(&format!("Dana {text}"), BODY)),
            Err(Unusable::Placeholder),
            "{text}"
        );
    }
    for text in [
        "[the house](https://plat.example)",
        "from 3% to 4%, not 5%",
        "note [1]",
        "I <3 it",
        "Sam <sam@plat.example>",
    ] {
        let body = format!("Hi Dana, {text}");
        assert!(read(&answer("Oak Street", &body)).is_ok(), "{text}");
    }
}

#[test]
fn markup_beyond_what_a_letter_needs_is_not_sent() {
    for text in [
        "<script>alert(1)</script>",
        "<SCRIPT>",
        "<img src=https://evil.example/p.gif>",
        "<p onclick=\"x()\">Hello</p>",
        "<a href=\"javascript:x()\">Hello</a>",
        "<svg onload=x()>",
        "<style>p{}</style>",
        "<iframe src=//evil.example></iframe>",
        "<form><input></form>",
    ] {
        assert_eq!(
            read(&answer("Oak Street", &format!("Hi Dana {text}"))),
            Err(Unusable::Markup),
            "{text}"
        );
    }
    let simple =
        "<p>Hi <b>Dana</b>,</p><ul><li>see <a href=\"https://plat.example\">this</a></li></ul>";
    assert_eq!(read(&answer("Oak Street", simple)).unwrap().body, simple);
}

#[test]
fn a_mail_is_about_the_client_or_the_property() {
    for (text, reason) in [
        (
            "Roses are red, and so is this street.",
            Some(Unusable::OffTopic),
        ),
        (
            "Here is a recipe: two eggs. Yours, Sam Ortiz, Harbor Homes",
            Some(Unusable::OffTopic),
        ),
        ("How are you, dana?", None),
        ("Dear Ms Whitfield, how are you?", None),
        ("How is the house at number 1280?", None),
        ("How are things in Austin?", None),
    ] {
        assert_eq!(read(&answer("Hello", text)).err(), reason, "{text}");
    }
    assert!(read(&answer("About Oak", "Hello there, how are you?")).is_err());
    assert!(read(&answer("For Dana", "Hello there, how are you?")).is_ok());
}

#[test]
fn names_are_recognised_in_any_script() {
    for (name, text) in [
        ("Zoë Łódź", "Hi Zoe, how are you?"),
        ("王小明", "王小明您好，最近怎么样？"),
        ("", "Hello, how is number 1280?"),
    ] {
        let context = Context {
            client_name: name.to_owned(),
            ..dana()
        };
        assert!(
            read_answer(&answer("Hello", text), &context).is_ok(),
            "{name}"
        );
    }
    let unknown = Context {
        client_name: " ".to_owned(),
        property_address: String::new(),
        ..dana()
    };
    assert!(read_answer(&answer("Hello", "How are you?"), &unknown).is_ok());
}

fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "{\"subject\":\"",
        "\",\"body\":\"",
        "\"}",
        "Subject: ",
        "Dana",
        "\n",
        "\r",
        "\\",
        "\\u0000",
        "```json",
        "{",
        "}",
        "[",
        "<p>",
        "<script>",
        "\u{2028}",
        "=?utf-8?",
        "%",
        "____",
        "{{",
    ];
    prop_oneof![
        prop::sample::select(pieces.to_vec()).prop_map(str::to_owned),
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn what_is_read_can_be_sent(pieces in prop::collection::vec(piece(), 0..20), subject in any::<String>(), body in any::<String>()) {
        let footer = Footer {
            business: "Harbor Homes".to_owned(),
            website: String::new(),
            postal_address: "1 Pier Road".to_owned(),
            unsubscribe: "https://plat.example/u".to_owned(),
        };
        let by_schema = answer(&format!("Dana {subject}"), &format!("Dana {body}"));
        for text in [pieces.concat(), by_schema] {
            if let Ok(draft) = read(&text) {
                prop_assert!(!draft.subject.is_empty());
                prop_assert!(draft.subject.chars().count() <= MAX_SUBJECT);
                prop_assert!(!draft.subject.chars().any(|c| c.is_control() || ends_line(c)));
                prop_assert!(draft.body.len() <= MAX_BODY);
                prop_assert!(!render(&draft, &footer).text.starts_with('\n'));
            }
        }
    }
}
