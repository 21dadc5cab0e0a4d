//! Reads HTML into blocks. What has no counterpart there is left out: pictures, styles, and all that runs.
//!
//! The tokenizer is the one that browsers' rules describe, so what it takes for a tag is what a mail program would. Which
//! tags nest correctly is of no importance, since none of them is passed on.

use crate::content::{Block, Builder, Kind, Link, Look, read_plain};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use std::cell::RefCell;

/// Tags by which a text is known to be HTML. One with another tag alone is text in which that tag is shown as it is written.
const TELLING: &[&str] = &[
    "a", "b", "body", "br", "div", "em", "h1", "h2", "h3", "head", "html", "i", "li", "ol", "p",
    "script", "span", "strong", "style", "table", "u", "ul",
];

/// Elements that are left out with all that is in them.
const LEFT_OUT: &[&str] = &[
    "audio", "button", "canvas", "datalist", "form", "iframe", "math", "noembed", "noframes",
    "noscript", "object", "script", "select", "style", "svg", "template", "textarea", "title",
    "video", "xmp",
];

/// Elements without content that load something or ask for something.
const LOADING: &[&str] = &[
    "base", "embed", "frame", "img", "input", "link", "meta", "source",
];

/// Reads a body of whichever kind.
pub(crate) fn read(body: &str) -> Vec<Block> {
    if is_markup(body) {
        read_markup(body)
    } else {
        read_plain(body)
    }
}

fn is_markup(body: &str) -> bool {
    body.split('<').skip(1).any(|rest| {
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let length = rest
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(length).unwrap_or_default();
        let ends = after.starts_with(|c: char| c == '>' || c == '/' || c.is_ascii_whitespace());
        ends && after.contains('>') && TELLING.contains(&name.to_ascii_lowercase().as_str())
    })
}

fn read_markup(body: &str) -> Vec<Block> {
    tokenized(body).builder.finish()
}

/// Whether there is markup that has no place in a letter: what runs, loads something or is left out.
pub(crate) fn is_laden(text: &str) -> bool {
    text.contains('<') && tokenized(text).is_laden
}

fn tokenized(body: &str) -> State {
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(body));
    let tokenizer = Tokenizer::new(Reader::default(), TokenizerOpts::default());
    // It stops early only for what a reader asks it to stop for, which this one never does.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let mut state = tokenizer.sink.0.into_inner();
    state.end_text();
    state
}

#[derive(Default)]
struct Reader(RefCell<State>);

#[derive(Default)]
struct State {
    builder: Builder,
    /// The text since the last tag. It comes in pieces, and an address may be in several.
    text: String,
    look: Look,
    /// How many elements that make text strong, or stressed, are open.
    strong: usize,
    em: usize,
    /// The kind of items, for each open list.
    lists: Vec<Kind>,
    /// The element that is being left out, and how often it is open.
    left_out: Option<(String, usize)>,
    is_laden: bool,
}

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut state = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) => state.text.push_str(&text),
            Token::TagToken(tag) => return state.tag(&tag),
            Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

impl State {
    fn end_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        if self.left_out.is_none() {
            // Text that is only partly HTML has its paragraphs as plain text has.
            for (nth, part) in text.split("\n\n").enumerate() {
                if nth > 0 && self.lists.is_empty() {
                    self.builder.part();
                }
                self.builder.text(part, &self.look);
            }
        }
    }

    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        self.end_text();
        let name: &str = &tag.name;
        let opens = tag.kind == TagKind::StartTag;
        if let Some((left_out, depth)) = &mut self.left_out {
            if left_out == name {
                *depth = stepped(*depth, opens);
            }
            if *depth == 0 {
                self.left_out = None;
            }
            return TokenSinkResult::Continue;
        }
        self.is_laden |= is_foreign(tag);
        match raw_kind(name) {
            Some(raw) if opens => {
                self.left_out = Some((name.to_owned(), 1));
                return TokenSinkResult::RawData(raw);
            }
            None if opens && !tag.self_closing && LEFT_OUT.contains(&name) => {
                self.left_out = Some((name.to_owned(), 1));
            }
            Some(_) | None => self.format(tag, name, opens),
        }
        TokenSinkResult::Continue
    }

    /// What a tag that is known does to the text around it. One that is not does nothing.
    fn format(&mut self, tag: &Tag, name: &str, opens: bool) {
        match name {
            "br" => self.builder.break_line(),
            "b" | "strong" => self.strong = stepped(self.strong, opens),
            "i" | "em" => self.em = stepped(self.em, opens),
            "a" => {
                self.look.link = tag
                    .attrs
                    .iter()
                    .find(|attribute| opens && &*attribute.name.local == "href")
                    .and_then(|attribute| Link::parse(&attribute.value));
            }
            "li" if opens => self
                .builder
                .begin(self.lists.last().copied().unwrap_or(Kind::Bullet)),
            "li" => self.builder.end(),
            "ul" | "ol" => {
                self.builder.end();
                if !opens {
                    self.lists.pop();
                } else if name == "ol" {
                    self.lists.push(Kind::Numbered);
                } else {
                    self.lists.push(Kind::Bullet);
                }
            }
            "td" | "th" => self.builder.text(" ", &Look::default()),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.builder.part();
                self.strong = stepped(self.strong, opens);
            }
            "address" | "article" | "blockquote" | "body" | "center" | "dd" | "div" | "dl"
            | "dt" | "footer" | "header" | "hr" | "main" | "p" | "pre" | "section" | "table"
            | "tr" => self.builder.part(),
            _ => {}
        }
        self.look.strong = self.strong > 0;
        self.look.em = self.em > 0;
    }
}

fn is_foreign(tag: &Tag) -> bool {
    let name: &str = &tag.name;
    LEFT_OUT.contains(&name)
        || LOADING.contains(&name)
        || tag.attrs.iter().any(|attribute| {
            let attribute_name: &str = &attribute.name.local;
            attribute_name.starts_with("on")
                || (attribute_name == "href" && Link::parse(&attribute.value).is_none())
        })
}

const fn stepped(depth: usize, opens: bool) -> usize {
    if opens {
        depth + 1
    } else {
        depth.saturating_sub(1)
    }
}

/// In which elements tags are text, and how they end. None of them can be closed by its own tag.
fn raw_kind(name: &str) -> Option<RawKind> {
    match name {
        "script" => Some(RawKind::ScriptData),
        "iframe" | "noembed" | "noframes" | "noscript" | "style" | "xmp" => Some(RawKind::Rawtext),
        "textarea" | "title" => Some(RawKind::Rcdata),
        _ => None,
    }
}
