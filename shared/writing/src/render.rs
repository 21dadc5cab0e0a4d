//! The two parts of a mail, made from one draft.

use crate::content::{Block, Kind, Link, Run};
use crate::line::one_line;
use crate::{Draft, MAX_SUBJECT, markup};

/// The most characters of the beginning that lists show.
pub const MAX_SNIPPET: usize = 160;

/// The most characters of a business's name or address.
const MAX_FOOTER: usize = 300;

/// Who sends, and how to hear no more of them. Senders of commercial mail have to tell both (15 U.S.C. § 7704(a)(5)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    /// The business's name.
    pub business: String,
    /// Its web site, with or without `https://`; empty if it has none.
    pub website: String,
    /// Where it gets post; empty if that is not known.
    pub postal_address: String,
    /// Where mail from it can be refused.
    pub unsubscribe: String,
}

/// A mail as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line of at most [`MAX_SUBJECT`] characters.
    pub subject: String,
    /// The HTML part, a whole document.
    pub html: String,
    /// The text part.
    pub text: String,
    /// How the mail begins, on one line of at most [`MAX_SNIPPET`] characters.
    pub snippet: String,
}

/// Makes a mail of a draft.
pub fn render(draft: &Draft, footer: &Footer) -> Rendered {
    let blocks = markup::read(&draft.body);
    let subject = one_line(&draft.subject, MAX_SUBJECT);
    let body = text_of(&blocks);
    let business = one_line(&footer.business, MAX_FOOTER);
    let address = one_line(&footer.postal_address, MAX_FOOTER);
    let website = website(&footer.website);
    let unsubscribe = Link::parse(&footer.unsubscribe);
    let way_out = unsubscribe.as_ref().map_or("", Link::as_str);
    let named = match &website {
        Some(link) => anchor(link, &escaped(&business)),
        None => escaped(&business),
    };
    let signed = [named, escaped(&address)];
    let signed: Vec<&str> = filled(&signed);
    let told = [
        business,
        website.map_or_else(String::new, |link| link.as_str().to_owned()),
        address,
    ];
    Rendered {
        html: format!(
            "<!doctype html>\n<html>\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n<body>\n{}<hr>\n\
             <p>{}<br><a {UNTRACKED} href=\"{}\">Unsubscribe</a></p>\n</body>\n</html>\n",
            escaped(&subject),
            html_of(&blocks),
            signed.join("<br>"),
            escaped(way_out),
        ),
        text: format!(
            "{body}\n\n---\n{}\nUnsubscribe: {way_out}\n",
            filled(&told).join("\n")
        ),
        snippet: one_line(&body, MAX_SNIPPET),
        subject,
    }
}

/// Has SES and SendGrid leave a link as it is: who unsubscribes does not first go by them, and is no click.
const UNTRACKED: &str = "ses:no-track clicktracking=\"off\"";

/// People write where they are on the web without its scheme.
fn website(given: &str) -> Option<Link> {
    let given = given.trim();
    Link::parse(given).or_else(|| Link::parse(&format!("https://{given}")))
}

fn filled(lines: &[String]) -> Vec<&str> {
    let lines = lines.iter().map(String::as_str);
    lines.filter(|line| !line.is_empty()).collect()
}

fn anchor(link: &Link, words: &str) -> String {
    format!("<a href=\"{}\">{words}</a>", escaped(link.as_str()))
}

/// What somebody reads who gets a body in text.
pub(crate) fn plain(body: &str) -> String {
    text_of(&markup::read(body))
}

fn html_of(blocks: &[Block]) -> String {
    let mut html = String::new();
    for group in blocks.chunk_by(|one, next| one.kind == next.kind) {
        let (open, item, close) = match group.first().map(|block| block.kind) {
            Some(Kind::Bullet) => ("<ul>\n", "li", "</ul>\n"),
            Some(Kind::Numbered) => ("<ol>\n", "li", "</ol>\n"),
            Some(Kind::Paragraph) | None => ("", "p", ""),
        };
        html.push_str(open);
        for block in group {
            html.push_str(&format!("<{item}>{}</{item}>\n", html_of_runs(&block.runs)));
        }
        html.push_str(close);
    }
    html
}

fn html_of_runs(runs: &[Run]) -> String {
    let mut html = String::new();
    for linked in runs.chunk_by(|one, next| one.look.link == next.look.link) {
        let words: String = linked.iter().map(html_of_run).collect();
        match linked.first().and_then(|run| run.look.link.as_ref()) {
            Some(link) => {
                html.push_str(&anchor(link, &words));
            }
            None => html.push_str(&words),
        }
    }
    html
}

fn html_of_run(run: &Run) -> String {
    let mut html = escaped(&run.text).replace('\n', "<br>\n");
    if run.look.em {
        html = format!("<em>{html}</em>");
    }
    if run.look.strong {
        html = format!("<strong>{html}</strong>");
    }
    html
}

fn text_of(blocks: &[Block]) -> String {
    let mut text = String::new();
    let mut number = 0;
    let mut last = None;
    for block in blocks {
        let is_same = last == Some(block.kind);
        number = if is_same { number + 1 } else { 1 };
        text.push_str(match last {
            None => "",
            Some(_) if is_same && block.kind != Kind::Paragraph => "\n",
            Some(_) => "\n\n",
        });
        match block.kind {
            Kind::Paragraph => {}
            Kind::Bullet => text.push_str("- "),
            Kind::Numbered => text.push_str(&format!("{number}. ")),
        }
        text.push_str(&text_of_runs(&block.runs));
        last = Some(block.kind);
    }
    text
}

fn text_of_runs(runs: &[Run]) -> String {
    let mut text = String::new();
    for linked in runs.chunk_by(|one, next| one.look.link == next.look.link) {
        let words: String = linked.iter().map(|run| run.text.as_str()).collect();
        text.push_str(&words);
        if let Some(link) = linked.first().and_then(|run| run.look.link.as_ref())
            && words.trim() != link.as_str()
        {
            text.push_str(&format!(" ({})", link.as_str()));
        }
    }
    text
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests;
