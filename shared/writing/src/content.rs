//! What a body says, whatever it was written in: blocks of runs of text. Everything that is sent is written from this, so
//! nothing can be sent that it has no word for.

/// A paragraph, or an item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) kind: Kind,
    pub(crate) runs: Vec<Run>,
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Paragraph,
    Bullet,
    Numbered,
}

/// Text that looks the same from its first to its last character. A line break in it is one that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) text: String,
    pub(crate) look: Look,
}

/// How text looks, and where it leads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) strong: bool,
    pub(crate) em: bool,
    pub(crate) link: Option<Link>,
}

/// An address that can be followed without harm to whoever does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link(String);

impl Link {
    /// An absolute address of the web, of mail or of a phone. Of anything else, none.
    pub(crate) fn parse(address: &str) -> Option<Self> {
        let mut link = String::with_capacity(address.len());
        for c in address.trim().chars() {
            match c {
                // Programs leave these out before they look at an address.
                '\t' | '\n' | '\r' => {}
                ' ' => link.push_str("%20"),
                '"' => link.push_str("%22"),
                '<' => link.push_str("%3C"),
                '>' => link.push_str("%3E"),
                other if other.is_whitespace() || crate::line::is_hidden(other) => return None,
                other => link.push(other),
            }
        }
        let (scheme, rest) = link.split_once(':')?;
        let leads_somewhere = match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => {
                let host = rest.strip_prefix("//")?.split(['/', '?', '#']).next()?;
                // What stands before an `@` looks like the host, and is not.
                !host.is_empty() && !host.contains(['@', '\\'])
            }
            "mailto" | "tel" => !rest.is_empty(),
            _ => false,
        };
        leads_somewhere.then_some(Self(link))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Puts blocks together from what comes along.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    blocks: Vec<Block>,
    kind: Option<Kind>,
    runs: Vec<Run>,
}

impl Builder {
    /// Ends the block that is being written and begins one of this kind.
    pub(crate) fn begin(&mut self, kind: Kind) {
        self.end();
        self.kind = Some(kind);
    }

    /// Ends the block that is being written.
    pub(crate) fn end(&mut self) {
        self.part();
        self.kind = None;
    }

    /// Ends the block that is being written, if anything is in it: a paragraph within an item is the item.
    pub(crate) fn part(&mut self) {
        let mut runs = std::mem::take(&mut self.runs);
        trim_end(&mut runs);
        if !runs.is_empty() {
            let kind = self.kind.take().unwrap_or(Kind::Paragraph);
            self.blocks.push(Block { kind, runs });
        }
    }

    /// Breaks the line within a block.
    pub(crate) fn break_line(&mut self) {
        if !self.runs.is_empty() {
            self.append("\n", &Look::default());
        }
    }

    /// Adds text; white space of any length is one space, and none at the beginning of a line. Addresses of the web in it
    /// become links.
    pub(crate) fn text(&mut self, text: &str, look: &Look) {
        let mut line = String::with_capacity(text.len());
        let mut at_space = self
            .runs
            .last()
            .is_none_or(|run| run.text.ends_with([' ', '\n']));
        for c in text.chars() {
            if c.is_whitespace() || crate::line::ends_line(c) {
                if !at_space {
                    line.push(' ');
                }
                at_space = true;
            } else if !crate::line::is_hidden(c) {
                line.push(c);
                at_space = false;
            }
        }
        if look.link.is_some() {
            return self.append(&line, look);
        }
        let mut rest = line.as_str();
        while let Some((before, address, after)) = find_address(rest) {
            self.append(before, look);
            let link = Link::parse(address);
            self.append(
                address,
                &Look {
                    link,
                    ..look.clone()
                },
            );
            rest = after;
        }
        self.append(rest, look);
    }

    fn append(&mut self, text: &str, look: &Look) {
        if text.is_empty() {
            return;
        }
        match self.runs.last_mut() {
            Some(last) if last.look == *look => last.text.push_str(text),
            _ => self.runs.push(Run {
                text: text.to_owned(),
                look: look.clone(),
            }),
        }
    }

    /// What was written.
    pub(crate) fn finish(mut self) -> Vec<Block> {
        self.end();
        self.blocks
    }
}

fn trim_end(runs: &mut Vec<Run>) {
    while let Some(last) = runs.last_mut() {
        last.text.truncate(last.text.trim_end().len());
        if !last.text.is_empty() {
            return;
        }
        runs.pop();
    }
}

/// The first address of the web in a text, with what is before and behind it.
fn find_address(text: &str) -> Option<(&str, &str, &str)> {
    let start = ["http://", "https://"]
        .iter()
        .filter_map(|scheme| text.find(scheme))
        .min()?;
    let (before, rest) = text.split_at_checked(start)?;
    let end = rest
        .find(|c: char| c.is_whitespace() || "<>\"".contains(c))
        .unwrap_or(rest.len());
    let address = rest.get(..end)?;
    // What ends a sentence, or closes what was opened before the address, is not part of it.
    let mut length = address
        .trim_end_matches([',', '.', ';', ':', '!', '?', '\'', '*', ']'])
        .len();
    let whole = address.get(..length)?;
    if whole.ends_with(')') && !whole.contains('(') {
        length = whole.trim_end_matches([')', '.', ',']).len();
    }
    let (address, after) = rest.split_at_checked(length)?;
    Some((before, address, after))
}

/// Reads plain text: empty lines part paragraphs, a dash or a star begins an item. Of Markdown, which models write unasked,
/// links and strong text are known.
pub(crate) fn read_plain(text: &str) -> Vec<Block> {
    let mut builder = Builder::default();
    for line in text.split(crate::line::ends_line) {
        let line = line.trim();
        let item = ["- ", "* ", "• "]
            .iter()
            .find_map(|mark| line.strip_prefix(mark));
        match item {
            _ if line.is_empty() => builder.end(),
            Some(item) => {
                builder.begin(Kind::Bullet);
                read_line(&mut builder, item);
            }
            None => {
                builder.break_line();
                read_line(&mut builder, line);
            }
        }
    }
    builder.finish()
}

fn read_line(builder: &mut Builder, line: &str) {
    // An odd number of marks ends with one that marks nothing.
    let pieces: Vec<&str> = line.split("**").collect();
    let last = pieces.len().saturating_sub(1);
    for (nth, piece) in pieces.iter().enumerate() {
        let is_marked = nth % 2 == 1;
        if is_marked && nth == last {
            builder.text("**", &Look::default());
        }
        let strong = is_marked && nth != last;
        read_links(
            builder,
            piece,
            &Look {
                strong,
                ..Look::default()
            },
        );
    }
}

/// Reads `[words](address)`.
fn read_links(builder: &mut Builder, text: &str, look: &Look) {
    let mut rest = text;
    while let Some((words, link, before, after)) = find_link(rest) {
        builder.text(before, look);
        builder.text(
            words,
            &Look {
                link: Some(link),
                ..look.clone()
            },
        );
        rest = after;
    }
    builder.text(rest, look);
}

fn find_link(text: &str) -> Option<(&str, Link, &str, &str)> {
    let (middle, _) = text.match_indices("](").next()?;
    let (head, tail) = text.split_at_checked(middle)?;
    let (before, words) = head.rsplit_once('[')?;
    let (address, after) = tail.get(2..)?.split_once(')')?;
    let link = Link::parse(address).filter(|_| !words.trim().is_empty())?;
    Some((words, link, before, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_do_no_harm_are_links() {
        for (address, link) in [
            (
                "https://plat.example/a?b=c#d",
                Some("https://plat.example/a?b=c#d"),
            ),
            (" HTTP://plat.example ", Some("HTTP://plat.example")),
            (
                "https://plat.example/a b\"<",
                Some("https://plat.example/a%20b%22%3C"),
            ),
            ("ht\ntps://plat.example", Some("https://plat.example")),
            ("mailto:sam@plat.example", Some("mailto:sam@plat.example")),
            ("tel:+15125550100", Some("tel:+15125550100")),
            ("javascript:alert(1)", None),
            ("java\nscript:alert(1)", None),
            ("\u{1}javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("vbscript:x", None),
            ("file:///etc/passwd", None),
            ("//plat.example", None),
            ("/a", None),
            ("https://", None),
            ("https:///a", None),
            ("https://bank.example@evil.example", None),
            ("https://a\u{202e}b.example", None),
            ("", None),
        ] {
            assert_eq!(
                Link::parse(address).as_ref().map(Link::as_str),
                link,
                "{address:?}"
            );
        }
    }

    #[test]
    fn an_address_in_a_text_ends_where_the_sentence_does() {
        for (text, address) in [
            ("See https://plat.example/a.", "https://plat.example/a"),
            ("(see https://plat.example/a)", "https://plat.example/a"),
            (
                "https://plat.example/a_(b), or",
                "https://plat.example/a_(b)",
            ),
            ("\"http://plat.example\"", "http://plat.example"),
            ("https://plat.example/?q=1!", "https://plat.example/?q=1"),
        ] {
            assert_eq!(find_address(text).unwrap().1, address, "{text}");
        }
    }
}
