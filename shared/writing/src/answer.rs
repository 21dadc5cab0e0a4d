//! Reading what a model answered.
//!
//! Providers hold models to a schema where they can; others wrap the JSON in talk, or write a mail as people do. All of
//! these are read. What could embarrass the agent who would have sent it is not: then a template stands in.

use crate::line::{ends_line, is_hidden, one_line};
use crate::{Context, Draft, MAX_BODY, MAX_SUBJECT, markup, render};
use plat_domain::{fold, words};
use serde::Deserialize;
use std::collections::BTreeSet;
use thiserror::Error;

/// The most bytes of an answer with all that is around the draft. What is longer is not looked at.
const MAX_ANSWER: usize = 32 * 1024;

/// How many openings of an object are tried. An answer has one, and few before it.
const MAX_OBJECTS: usize = 8;

/// Why an answer cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum Unusable {
    /// There is nothing in it.
    #[error("the answer is empty")]
    Empty,
    /// It is longer than any mail.
    #[error("the answer is too long")]
    TooLong,
    /// It is JSON that breaks off, or is not what was asked for.
    #[error("the answer cannot be read")]
    Garbled,
    /// It has no subject.
    #[error("the answer has no subject")]
    NoSubject,
    /// It has no body.
    #[error("the answer has no body")]
    NoBody,
    /// Its subject goes on after a line break, as if to add a header.
    #[error("the subject is more than one line")]
    SplitSubject,
    /// It has HTML beyond paragraphs, lists, links and emphasis.
    #[error("the answer has markup that is not sent")]
    Markup,
    /// Something in it was to be filled in.
    #[error("the answer has placeholders")]
    Placeholder,
    /// The model says that it will not write.
    #[error("the model refused to write")]
    Refusal,
    /// It mentions neither the client nor the property.
    #[error("the answer is about something else")]
    OffTopic,
}

impl Unusable {
    /// The name under which it is kept with the mail.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::Garbled => "garbled",
            Self::NoSubject => "no_subject",
            Self::NoBody => "no_body",
            Self::SplitSubject => "split_subject",
            Self::Markup => "markup",
            Self::Placeholder => "placeholder",
            Self::Refusal => "refusal",
            Self::OffTopic => "off_topic",
        }
    }
}

/// The draft in an answer to the prompt for `context`.
///
/// # Errors
/// [`Unusable`].
pub fn read_answer(answer: &str, context: &Context) -> Result<Draft, Unusable> {
    if answer.len() > MAX_ANSWER {
        return Err(Unusable::TooLong);
    }
    if answer.trim().is_empty() {
        return Err(Unusable::Empty);
    }
    let (subject, body) = parts(answer)?;
    let subject = read_subject(&subject)?;
    let body = body.replace("\r\n", "\n").replace('\r', "\n");
    let body: String = body.trim().chars().filter(|c| !is_hidden(*c)).collect();
    if body.len() > MAX_BODY {
        return Err(Unusable::TooLong);
    }
    if markup::is_laden(&subject) || markup::is_laden(&body) {
        return Err(Unusable::Markup);
    }
    let text = render::plain(&body);
    if text.is_empty() {
        return Err(Unusable::NoBody);
    }
    if is_refusal(&text) {
        return Err(Unusable::Refusal);
    }
    if has_placeholder(&subject) || has_placeholder(&body) {
        return Err(Unusable::Placeholder);
    }
    if !is_on_topic(&format!("{subject} {text}"), context) {
        return Err(Unusable::OffTopic);
    }
    Ok(Draft { subject, body })
}

/// A long subject is cut, since the mail is still worth sending. One with a line break is not: somebody tried something.
fn read_subject(subject: &str) -> Result<String, Unusable> {
    let subject = subject.trim();
    // `=?` begins a text that mail programs decode, line breaks and all (RFC 2047).
    if subject.contains(ends_line) || subject.contains("=?") {
        return Err(Unusable::SplitSubject);
    }
    match one_line(subject, MAX_SUBJECT) {
        line if line.is_empty() => Err(Unusable::NoSubject),
        line => Ok(line),
    }
}

#[derive(Deserialize)]
struct Parts {
    subject: Option<String>,
    body: Option<String>,
}

/// Subject and body, as they were written.
fn parts(answer: &str) -> Result<(String, String), Unusable> {
    if let Some(parts) = object(answer).or_else(|| object(&with_escaped_breaks(answer))) {
        let subject = parts.subject.ok_or(Unusable::NoSubject)?;
        return Ok((subject, parts.body.ok_or(Unusable::NoBody)?));
    }
    // What begins like JSON and is none broke off. A mail that shows its braces must not be sent.
    let start = answer
        .trim_start()
        .trim_start_matches("```json")
        .trim_start_matches("```");
    if start.trim_start().starts_with(['{', '['])
        || answer.contains("\"subject\"")
        || answer.contains("\"body\"")
    {
        return Err(Unusable::Garbled);
    }
    if is_refusal(answer) {
        return Err(Unusable::Refusal);
    }
    from_text(answer).ok_or(Unusable::NoSubject)
}

/// The first object in a text that has a subject or a body.
fn object(text: &str) -> Option<Parts> {
    text.match_indices('{')
        .take(MAX_OBJECTS)
        .filter_map(|(start, _)| text.get(start..))
        .filter_map(|rest| {
            serde_json::Deserializer::from_str(rest)
                .into_iter::<Parts>()
                .next()?
                .ok()
        })
        .find(|parts| parts.subject.is_some() || parts.body.is_some())
}

/// The same JSON with line breaks and tabs in its strings escaped, which small models forget.
fn with_escaped_breaks(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    let (mut in_string, mut after_backslash) = (false, false);
    for c in json.chars() {
        match c {
            '\n' if in_string => escaped.push_str("\\n"),
            '\r' if in_string => {}
            '\t' if in_string => escaped.push(' '),
            other => escaped.push(other),
        }
        if c == '"' && !after_backslash {
            in_string = !in_string;
        }
        after_backslash = c == '\\' && !after_backslash;
    }
    escaped
}

/// What stands before a subject, in languages that models are asked for most.
const SUBJECT_LABELS: &[&str] = &[
    "subject",
    "asunto",
    "assunto",
    "betreff",
    "objet",
    "oggetto",
    "onderwerp",
];

/// Reads a mail written as people do: a line with the subject, then the body. Talk before the subject is left out.
fn from_text(answer: &str) -> Option<(String, String)> {
    let mut lines = answer
        .lines()
        .filter(|line| !line.trim().starts_with("```"));
    let subject = lines.find_map(|line| {
        let (label, subject) = line.split_once([':', '：'])?;
        let label = label
            .trim_matches(|c: char| !c.is_alphabetic())
            .to_lowercase();
        let is_subject = SUBJECT_LABELS.contains(&label.as_str());
        is_subject.then(|| subject.trim_matches(|c: char| c.is_whitespace() || "*\"".contains(c)))
    })?;
    let body = lines.collect::<Vec<_>>().join("\n");
    let body = body.trim();
    let body = ["Body:", "**Body:**"]
        .iter()
        .find_map(|label| body.strip_prefix(label))
        .unwrap_or(body);
    Some((subject.to_owned(), body.to_owned()))
}

/// How models begin when they decline. Each is too odd for a mail to a client: `I can't` alone is not.
const REFUSALS: &[&str] = &[
    "as a language model",
    "as an ai",
    "i am an ai",
    "i am not able to assist",
    "i am not able to help",
    "i am unable to assist",
    "i am unable to create",
    "i am unable to generate",
    "i am unable to help",
    "i am unable to write",
    "i can not assist",
    "i can not help with",
    "i can't assist",
    "i can't comply",
    "i can't create",
    "i can't fulfill",
    "i can't generate",
    "i can't help with",
    "i can't provide",
    "i can't write",
    "i cannot assist",
    "i cannot comply",
    "i cannot create",
    "i cannot fulfill",
    "i cannot generate",
    "i cannot help with",
    "i cannot provide",
    "i cannot write",
    "i won't be able to assist",
    "i won't be able to write",
    "i'm an ai",
    "i'm not able to assist",
    "i'm not able to help with",
    "i'm sorry, but i can",
    "i'm unable to assist",
    "i'm unable to create",
    "i'm unable to generate",
    "i'm unable to help",
    "i'm unable to write",
];

/// How far into an answer a refusal is looked for: it comes first.
const REFUSAL_WITHIN: usize = 240;

fn is_refusal(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(REFUSAL_WITHIN).collect();
    let start = start.replace('’', "'").to_lowercase();
    REFUSALS.iter().any(|refusal| start.contains(refusal))
}

/// The longest placeholder.
const MAX_PLACEHOLDER: usize = 60;

/// Whether something was left to be filled in: `[Your Name]`, `{{name}}`, `{name}`, `<Your Name>`, `%NAME%`, `____`.
fn has_placeholder(text: &str) -> bool {
    let worded = |inside: &str| {
        inside.chars().count() <= MAX_PLACEHOLDER
            && inside.starts_with(char::is_alphabetic)
            && !inside.contains('\n')
    };
    text.contains("{{")
        || text.contains("____")
        || between(text, '{', '}', |inside, _| worded(inside))
        || between(text, '[', ']', |inside, after| {
            worded(inside) && !after.starts_with('(')
        })
        || between(text, '<', '>', |inside, _| {
            let inside = inside.to_lowercase();
            worded(&inside)
                && [
                    "your ",
                    "your_",
                    "insert",
                    "client",
                    "agent",
                    "first name",
                    "company",
                ]
                .iter()
                .any(|start| inside.starts_with(start))
        })
        || text.split('%').skip(1).step_by(2).any(|inside| {
            inside.len() > 2 && inside.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        })
}

/// Whether `is_one` holds for what stands between any `open` and the next `close`, given that and what follows.
fn between(text: &str, open: char, close: char, is_one: impl Fn(&str, &str) -> bool) -> bool {
    text.split(open)
        .skip(1)
        .filter_map(|rest| rest.split_once(close))
        .any(|(inside, after)| is_one(inside, after))
}

/// Parts of addresses that are in any mail about property.
const COMMON: &[&str] = &[
    "apartment",
    "avenue",
    "boulevard",
    "city",
    "court",
    "drive",
    "east",
    "highway",
    "lane",
    "north",
    "place",
    "road",
    "south",
    "square",
    "street",
    "suite",
    "unit",
    "west",
];

/// Whether a mail mentions the client or the property. One word is enough: the rule is for poems and recipes, and must
/// not refuse a mail for its style.
fn is_on_topic(mail: &str, context: &Context) -> bool {
    let names = words(&context.client_name)
        .into_iter()
        .filter(|word| word.chars().count() > 1);
    let places = words(&context.property_address).into_iter().filter(|word| {
        let long = if word.starts_with(|c: char| c.is_ascii_digit()) {
            2
        } else {
            4
        };
        word.chars().count() >= long && !COMMON.contains(&word.as_str())
    });
    let telling: Vec<String> = names.chain(places).collect();
    let said: BTreeSet<String> = words(mail).into_iter().collect();
    let folded = fold(mail);
    // Some scripts do not part words.
    telling.is_empty()
        || telling
            .iter()
            .any(|word| said.contains(word) || (!word.is_ascii() && folded.contains(word)))
}

#[cfg(test)]
mod tests;
