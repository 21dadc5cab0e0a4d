//! Conditions and updates as small pieces that know their own placeholders.

use crate::command::Command;
use crate::record::{actor, time, write_via};
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;

/// An expression with the names and values it uses.
///
/// Placeholders are made from a counter, so pieces can be joined without clashes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expression {
    pub(crate) names: HashMap<String, String>,
    pub(crate) values: HashMap<String, AttributeValue>,
}

impl Expression {
    pub(crate) fn name(&mut self, path: &str) -> String {
        path.split('.')
            .map(|part| {
                let placeholder = format!("#n{}", self.names.len());
                self.names.insert(placeholder.clone(), part.to_owned());
                placeholder
            })
            .collect::<Vec<_>>()
            .join(".")
    }

    pub(crate) fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }
}

/// What must hold of an item for a write to happen.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    /// There is no item under the key.
    Absent,
    /// There is one.
    Present,
    /// The path is set.
    Has(String),
    /// The path is not set.
    Lacks(String),
    /// The path has this value.
    Equals(String, AttributeValue),
    /// The number at the path is below this.
    Below(String, i64),
    /// The number at the path is above this.
    Above(String, i64),
    /// The map at the path has fewer entries than this.
    Fewer(String, usize),
    /// Each of these holds; there is one at least.
    All(Vec<Condition>),
    /// One of these holds; never, if there are none.
    Any(Vec<Condition>),
}

impl Condition {
    pub(crate) fn write(&self, into: &mut Expression) -> String {
        match self {
            Self::Absent => "attribute_not_exists(PK)".to_owned(),
            Self::Present => "attribute_exists(PK)".to_owned(),
            Self::Has(path) => format!("attribute_exists({})", into.name(path)),
            Self::Lacks(path) => format!("attribute_not_exists({})", into.name(path)),
            Self::Equals(path, value) => compare(into, path, "=", value.clone()),
            Self::Below(path, bound) => compare(into, path, "<", number(*bound)),
            Self::Above(path, bound) => compare(into, path, ">", number(*bound)),
            Self::Fewer(path, bound) => {
                let name = into.name(path);
                let value = into.value(AttributeValue::N(bound.to_string()));
                format!("size({name}) < {value}")
            }
            Self::All(parts) => join(into, parts, " AND "),
            // None of none holds, and DynamoDB has no word for that.
            Self::Any(parts) if parts.is_empty() => {
                "attribute_exists(PK) AND attribute_not_exists(PK)".to_owned()
            }
            Self::Any(parts) => join(into, parts, " OR "),
        }
    }
}

fn compare(into: &mut Expression, path: &str, operator: &str, value: AttributeValue) -> String {
    let name = into.name(path);
    let value = into.value(value);
    format!("{name} {operator} {value}")
}

fn join(into: &mut Expression, parts: &[Condition], word: &str) -> String {
    // Parentheses around parentheses are refused.
    if let [one] = parts {
        return one.write(into);
    }
    let parts: Vec<String> = parts
        .iter()
        .map(|part| format!("({})", part.write(into)))
        .collect();
    parts.join(word)
}

/// Changes to single attributes of an item; paths may lead into maps (`sessions.01J…`).
#[derive(Debug, Clone, Default)]
pub(crate) struct Update {
    sets: Vec<(String, AttributeValue)>,
    defaults: Vec<(String, AttributeValue)>,
    adds: Vec<(String, AttributeValue)>,
    counts: Vec<(String, i64)>,
    removes: Vec<String>,
    deletes: Vec<(String, AttributeValue)>,
}

impl Update {
    pub(crate) fn set(mut self, path: impl Into<String>, value: AttributeValue) -> Self {
        self.sets.push((path.into(), value));
        self
    }

    /// Sets the path unless it is set.
    pub(crate) fn set_default(mut self, path: impl Into<String>, value: AttributeValue) -> Self {
        self.defaults.push((path.into(), value));
        self
    }

    pub(crate) fn add(mut self, path: impl Into<String>, amount: i64) -> Self {
        self.adds.push((path.into(), number(amount)));
        self
    }

    /// Adds to a number within a map that is there; `add` reaches no further than the item's own attributes.
    pub(crate) fn count(mut self, path: impl Into<String>, amount: i64) -> Self {
        self.counts.push((path.into(), amount));
        self
    }

    /// Adds these to a set; those that are in it stay as they are.
    pub(crate) fn add_members(mut self, path: impl Into<String>, members: Vec<String>) -> Self {
        self.adds.push((path.into(), AttributeValue::Ss(members)));
        self
    }

    /// Takes these out of a set; one that is empty then is gone.
    pub(crate) fn delete_members(mut self, path: impl Into<String>, members: Vec<String>) -> Self {
        self.deletes
            .push((path.into(), AttributeValue::Ss(members)));
        self
    }

    pub(crate) fn remove(mut self, path: impl Into<String>) -> Self {
        self.removes.push(path.into());
        self
    }

    /// Signs a change of some attributes with its command, so that the event that tells of it knows who asked.
    pub(crate) fn by(self, command: &Command) -> Self {
        let stamped = self
            .add("version", 1)
            .set("updatedAt", time(command.at))
            .set("updatedBy", actor(&command.by))
            .set("commandId", text(command.id));
        // What the change before left of these must not pass for this one's.
        let stamped = match write_via(&command.origin) {
            Some(via) => stamped.set("via", via),
            None => stamped.remove("via"),
        };
        match command.depth {
            0 => stamped.remove("depth"),
            depth => stamped.set("depth", number(i64::from(depth))),
        }
    }

    pub(crate) fn write(&self, into: &mut Expression) -> String {
        let mut clauses = Vec::new();
        let mut sets: Vec<String> = Vec::new();
        for (path, value) in &self.sets {
            sets.push(compare(into, path, "=", value.clone()));
        }
        for (path, value) in &self.defaults {
            let name = into.name(path);
            let value = into.value(value.clone());
            sets.push(format!("{name} = if_not_exists({name}, {value})"));
        }
        for (path, amount) in &self.counts {
            let name = into.name(path);
            let (none, amount) = (into.value(number(0)), into.value(number(*amount)));
            sets.push(format!("{name} = if_not_exists({name}, {none}) + {amount}"));
        }
        if !sets.is_empty() {
            clauses.push(format!("SET {}", sets.join(", ")));
        }
        if !self.adds.is_empty() {
            let adds: Vec<String> = self
                .adds
                .iter()
                .map(|(path, value)| compare(into, path, "", value.clone()))
                .collect();
            clauses.push(format!("ADD {}", adds.join(", ")));
        }
        if !self.removes.is_empty() {
            let removes: Vec<String> = self.removes.iter().map(|path| into.name(path)).collect();
            clauses.push(format!("REMOVE {}", removes.join(", ")));
        }
        if !self.deletes.is_empty() {
            let deletes: Vec<String> = self
                .deletes
                .iter()
                .map(|(path, value)| compare(into, path, "", value.clone()))
                .collect();
            clauses.push(format!("DELETE {}", deletes.join(", ")));
        }
        clauses.join(" ")
    }
}

pub(crate) fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

pub(crate) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_conditions_never_share_a_placeholder() {
        let mut expression = Expression::default();
        let text = Condition::All(vec![
            Condition::Present,
            Condition::Any(vec![
                Condition::Lacks("a.b".into()),
                Condition::Below("a.b".into(), 3),
            ]),
        ])
        .write(&mut expression);
        assert_eq!(
            text,
            "(attribute_exists(PK)) AND ((attribute_not_exists(#n0.#n1)) OR (#n2.#n3 < :v0))"
        );
        assert_eq!(expression.names.len(), 4);
    }

    #[test]
    fn a_part_that_is_alone_has_no_parentheses_of_its_own() {
        let alone = Condition::Any(vec![Condition::Has("a".into())]);
        let text =
            Condition::All(vec![Condition::Present, alone]).write(&mut Expression::default());
        assert_eq!(text, "(attribute_exists(PK)) AND (attribute_exists(#n0))");
    }

    #[test]
    fn one_of_none_never_holds() {
        let none = Condition::All(vec![Condition::Present, Condition::Any(Vec::new())]);
        let text = none.write(&mut Expression::default());
        assert_eq!(
            text,
            "(attribute_exists(PK)) AND (attribute_exists(PK) AND attribute_not_exists(PK))"
        );
    }

    #[test]
    fn an_update_writes_one_clause_for_each_kind() {
        let mut expression = Expression::default();
        let text = Update::default()
            .set("a", number(1))
            .add("n", 2)
            .remove("m.x")
            .write(&mut expression);
        assert_eq!(text, "SET #n0 = :v0 ADD #n1  :v1 REMOVE #n2.#n3");
    }

    #[test]
    fn a_change_of_some_attributes_is_signed_and_leaves_nothing_of_the_signature_before() {
        let command = |depth| Command {
            id: plat_domain::Id::from_bits(7),
            at: jiff::Timestamp::UNIX_EPOCH,
            by: plat_domain::Actor {
                id: plat_domain::Id::from_bits(1),
                name: "Ann".to_owned(),
            },
            origin: plat_domain::Origin::default(),
            depth,
        };
        let written = |depth| {
            let mut into = Expression::default();
            let text = Update::default().by(&command(depth)).write(&mut into);
            let names = into.names.iter();
            names.fold(text, |text, (short, name)| text.replace(short, name))
        };

        let person = written(0);
        assert!(person.contains("commandId = "), "{person}");
        assert!(person.ends_with("REMOVE via, depth"), "{person}");
        let job = written(2);
        assert!(job.contains("depth = "), "{job}");
        assert!(job.ends_with("REMOVE via"), "{job}");
    }
}
