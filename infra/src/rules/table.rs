//! The table, as its template has it, to be compared with the one that the store makes; and that each of its indexes is
//! watched, since one that refuses a write has the table refuse it.

use super::{Broken, DATA, Stacks, at};
use crate::template::{Node, Template};

/// What a table is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its keys: name and `HASH` or `RANGE`.
    pub key: Vec<(String, String)>,
    /// The types of all keys, by their names.
    pub attributes: Vec<(String, String)>,
    /// Its indexes, by their names.
    pub indexes: Vec<Index>,
    /// What its stream tells.
    pub stream: String,
    /// How it is paid.
    pub billing: String,
    /// By which attribute items expire.
    pub expires_by: String,
}

/// An index of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its keys.
    pub key: Vec<(String, String)>,
    /// `ALL`, `KEYS_ONLY` or `INCLUDE`.
    pub projection: String,
    /// What it carries beside keys, by name.
    pub projected: Vec<String>,
}

pub(super) fn broken(stacks: &Stacks) -> Vec<Broken> {
    let (Some(data), Some(table)) = (stacks.template(DATA), stacks.table()) else {
        return Vec::new();
    };
    let dimension = |node: &Node| {
        let of_index = node.text_at(&["Name"]) == Some("GlobalSecondaryIndexName");
        node.text_at(&["Value"])
            .filter(|_| of_index)
            .map(str::to_owned)
    };
    let templates = stacks.templates.iter();
    let watched: Vec<String> = templates
        .flat_map(|template| template.root.walk())
        .filter_map(dimension)
        .collect();
    let unwatched = table.indexes.iter().map(|index| &index.name);
    unwatched
        .filter(|name| !watched.contains(name))
        .map(|name| {
            at(
                data,
                &data.root,
                format!("no alarm looks at the throttles of {name}"),
            )
        })
        .collect()
}

impl Table {
    /// The only table of `template`; parts that it lacks are empty.
    pub(super) fn of(template: &Template) -> Option<Self> {
        let mut tables = template.of_kind("AWS::DynamoDB::Table");
        let properties = tables.next()?.node.get("Properties")?;
        if tables.next().is_some() {
            return None;
        }
        let mut indexes: Vec<Index> = items(properties, &["GlobalSecondaryIndexes"])
            .iter()
            .map(|index| {
                let mut projected: Vec<String> = items(index, &["Projection", "NonKeyAttributes"])
                    .iter()
                    .filter_map(|name| name.text().map(str::to_owned))
                    .collect();
                projected.sort();
                Index {
                    name: text(index, &["IndexName"]),
                    key: pairs(index, "KeySchema", "KeyType"),
                    projection: text(index, &["Projection", "ProjectionType"]),
                    projected,
                }
            })
            .collect();
        indexes.sort();
        let mut attributes = pairs(properties, "AttributeDefinitions", "AttributeType");
        attributes.sort();
        let expires = text(properties, &["TimeToLiveSpecification", "Enabled"]) == "true";
        Some(Self {
            key: pairs(properties, "KeySchema", "KeyType"),
            attributes,
            indexes,
            stream: text(properties, &["StreamSpecification", "StreamViewType"]),
            billing: text(properties, &["BillingMode"]),
            expires_by: if expires {
                text(properties, &["TimeToLiveSpecification", "AttributeName"])
            } else {
                String::new()
            },
        })
    }
}

fn items<'a>(node: &'a Node, path: &[&str]) -> &'a [Node] {
    node.at(path).map(Node::items).unwrap_or_default()
}

fn text(node: &Node, path: &[&str]) -> String {
    node.text_at(path).unwrap_or_default().to_owned()
}

fn pairs(node: &Node, list: &str, value: &str) -> Vec<(String, String)> {
    items(node, &[list])
        .iter()
        .map(|entry| (text(entry, &["AttributeName"]), text(entry, &[value])))
        .collect()
}
