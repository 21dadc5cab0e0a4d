//! Reading templates: CloudFormation's YAML as plain data that knows its lines.
//!
//! Short tags are spelled out: `!Sub x` is `{Fn::Sub: x}`, `!GetAtt A.B` is `{Fn::GetAtt: [A, B]}`. Every scalar is its
//! text. What CloudFormation does not read is refused.

use saphyr_parser::{Event, Parser, Tag};
use std::fmt;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The line, from 1.
    pub line: usize,
    /// The value.
    pub value: Value,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A scalar, as it was written.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in its order.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// What stands under `key`, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .find_map(|(name, node)| (name == key).then_some(node))
    }

    /// What stands under the keys of `path`, one below the other.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The entries of a mapping; none of anything else.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Node)> {
        let entries = match &self.value {
            Value::Map(entries) => entries.as_slice(),
            Value::Text(_) | Value::List(_) => &[],
        };
        entries.iter().map(|(key, node)| (key.as_str(), node))
    }

    /// The items of a list; anything else is the only item.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Text(_) | Value::Map(_) => std::slice::from_ref(self),
        }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The text under the keys of `path`.
    pub fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.text()
    }

    /// The number under the keys of `path`.
    pub fn number_at(&self, path: &[&str]) -> Option<u32> {
        self.text_at(path)?.parse().ok()
    }

    /// The logical id that this refers to: the whole of a `!Ref`, the first part of a `!GetAtt`.
    pub fn refers_to(&self) -> Option<&str> {
        match self.get("Ref") {
            Some(id) => id.text(),
            None => self.get("Fn::GetAtt")?.items().first()?.text(),
        }
    }

    /// This value and all in it, depth first.
    pub fn walk(&self) -> Vec<&Node> {
        let mut found = vec![self];
        match &self.value {
            Value::Text(_) => {}
            Value::List(items) => found.extend(items.iter().flat_map(Node::walk)),
            Value::Map(entries) => found.extend(entries.iter().flat_map(|(_, node)| node.walk())),
        }
        found
    }
}

/// A template that was read.
#[derive(Debug, Clone)]
pub struct Template {
    /// Its file.
    pub file: String,
    /// All of it.
    pub root: Node,
    lines: Vec<String>,
}

/// One resource of a template.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'a> {
    /// Its logical id.
    pub id: &'a str,
    /// Its type, such as `AWS::SQS::Queue`.
    pub kind: &'a str,
    /// All of it.
    pub node: &'a Node,
}

impl<'a> Resource<'a> {
    /// One of its properties, or a part of one.
    pub fn property(&self, path: &[&str]) -> Option<&'a Node> {
        self.node.get("Properties")?.at(path)
    }
}

/// Why a template cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable(pub String);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Template {
    /// Reads a template from the text of its file.
    ///
    /// # Errors
    /// It is no YAML that CloudFormation reads.
    pub fn parse(file: &str, text: &str) -> Result<Self, Unreadable> {
        let broken = |line: usize, what: &str| Unreadable(format!("{file}:{line}: {what}"));
        let mut open: Vec<Open> = Vec::new();
        let mut root = None;
        for next in Parser::new_from_str(text) {
            let (event, span) =
                next.map_err(|error| broken(error.marker().line(), &error.to_string()))?;
            let line = span.start.line();
            let (node, tag) = match event {
                Event::Scalar(text, _, _, tag) => (
                    Node {
                        line,
                        value: Value::Text(text.into_owned()),
                    },
                    tag.map(|tag| tag.into_owned()),
                ),
                Event::SequenceStart(_, tag) => {
                    open.push(Open::new(line, tag.map(|tag| tag.into_owned()), false));
                    continue;
                }
                Event::MappingStart(_, tag) => {
                    open.push(Open::new(line, tag.map(|tag| tag.into_owned()), true));
                    continue;
                }
                Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                    Some(done) => done.close(),
                    None => return Err(broken(line, "an end without a beginning")),
                },
                Event::Alias(_) => {
                    return Err(broken(line, "CloudFormation knows no aliases"));
                }
                Event::Nothing
                | Event::StreamStart
                | Event::StreamEnd
                | Event::DocumentStart(_)
                | Event::DocumentEnd => continue,
            };
            let node = spelled_out(node, tag.as_ref());
            match open.last_mut() {
                Some(parent) => parent.add(node).map_err(|what| broken(line, &what))?,
                None => root = Some(node),
            }
        }
        Ok(Self {
            file: file.to_owned(),
            root: root.ok_or_else(|| broken(1, "there is nothing in it"))?,
            lines: text.lines().map(str::to_owned).collect(),
        })
    }

    /// Its resources.
    pub fn resources(&self) -> impl Iterator<Item = Resource<'_>> {
        let resources = self.root.get("Resources");
        resources
            .into_iter()
            .flat_map(Node::entries)
            .filter_map(|(id, node)| {
                let kind = node.text_at(&["Type"])?;
                Some(Resource { id, kind, node })
            })
    }

    /// The resources of a type.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = Resource<'a>> {
        self.resources()
            .filter(move |resource| resource.kind == kind)
    }

    /// The comment behind a value, if its line has one.
    pub fn comment(&self, line: usize) -> Option<&str> {
        let line = self.lines.get(line.checked_sub(1)?)?;
        line.split_once(" # ").map(|(_, comment)| comment)
    }
}

/// A list or mapping whose end is still to come.
struct Open {
    line: usize,
    tag: Option<Tag>,
    mapping: bool,
    key: Option<String>,
    items: Vec<Node>,
    entries: Vec<(String, Node)>,
}

impl Open {
    fn new(line: usize, tag: Option<Tag>, mapping: bool) -> Self {
        Self {
            line,
            tag,
            mapping,
            key: None,
            items: Vec::new(),
            entries: Vec::new(),
        }
    }

    fn add(&mut self, node: Node) -> Result<(), String> {
        if !self.mapping {
            self.items.push(node);
            return Ok(());
        }
        match (self.key.take(), node.value) {
            (Some(key), value) => {
                if self.entries.iter().any(|(known, _)| *known == key) {
                    return Err(format!("{key} is there twice"));
                }
                let line = node.line;
                self.entries.push((key, Node { line, value }));
            }
            (None, Value::Text(key)) => self.key = Some(key),
            (None, Value::List(_) | Value::Map(_)) => return Err("a key is no text".to_owned()),
        }
        Ok(())
    }

    fn close(self) -> (Node, Option<Tag>) {
        let value = if self.mapping {
            Value::Map(self.entries)
        } else {
            Value::List(self.items)
        };
        let line = self.line;
        (Node { line, value }, self.tag)
    }
}

/// A value with a short tag as the mapping that it stands for.
fn spelled_out(node: Node, tag: Option<&Tag>) -> Node {
    let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) else {
        return node;
    };
    let line = node.line;
    let value = match (tag.suffix.as_str(), node.value) {
        ("GetAtt", Value::Text(text)) => Value::List(
            text.splitn(2, '.')
                .map(|part| Node {
                    line,
                    value: Value::Text(part.to_owned()),
                })
                .collect(),
        ),
        (_, value) => value,
    };
    let key = match tag.suffix.as_str() {
        plain @ ("Ref" | "Condition") => plain.to_owned(),
        function => format!("Fn::{function}"),
    };
    Node {
        line,
        value: Value::Map(vec![(key, Node { line, value })]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Template {
        Template::parse("a.yaml", text).unwrap()
    }

    #[test]
    fn short_tags_are_spelled_out() {
        let template = parse("A: !Ref X\nB: !GetAtt Q.Arn.More\nC: !Sub [\"${a}\", {a: !Ref Y}]\n");

        let root = &template.root;
        assert_eq!(root.text_at(&["A", "Ref"]), Some("X"));
        assert_eq!(root.get("A").unwrap().refers_to(), Some("X"));
        assert_eq!(root.get("B").unwrap().refers_to(), Some("Q"));
        let attribute = root.at(&["B", "Fn::GetAtt"]).unwrap().items();
        assert_eq!(attribute[1].text(), Some("Arn.More"));
        let parts = root.at(&["C", "Fn::Sub"]).unwrap().items();
        assert_eq!(parts[0].text(), Some("${a}"));
        assert_eq!(parts[1].text_at(&["a", "Ref"]), Some("Y"));
    }

    #[test]
    fn a_value_knows_its_line_and_the_comment_behind_it() {
        let template = parse("A:\n  - one\n  - '*'  # any: two\nB: 3\n");

        let items = template.root.get("A").unwrap().items();
        assert_eq!((items[0].line, items[1].line), (2, 3));
        assert_eq!(template.comment(items[1].line), Some("any: two"));
        assert_eq!(template.comment(items[0].line), None);
        assert_eq!(template.root.number_at(&["B"]), Some(3));
    }

    #[test]
    fn what_cloudformation_does_not_read_is_refused() {
        for (text, reason) in [
            (
                "A: &a 1\nB: *a\n",
                "a.yaml:2: CloudFormation knows no aliases",
            ),
            ("A: 1\nA: 2\n", "a.yaml:2: A is there twice"),
            ("", "a.yaml:1: there is nothing in it"),
        ] {
            assert_eq!(Template::parse("a.yaml", text).unwrap_err().0, reason);
        }
        assert!(Template::parse("a.yaml", "A: [1\n").is_err());
    }

    #[test]
    fn resources_are_found_by_their_type() {
        let template = parse(
            "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      A:\n        B: c\n  R:\n    Type: Other\n",
        );

        let queue = template.of_kind("AWS::SQS::Queue").next().unwrap();
        assert_eq!(queue.id, "Q");
        assert_eq!(queue.property(&["A", "B"]).unwrap().text(), Some("c"));
        assert_eq!(template.resources().count(), 2);
    }
}
