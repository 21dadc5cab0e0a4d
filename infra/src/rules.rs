//! What holds for every template, made or written by hand. AWS would refuse some of it only when it is deployed, and
//! some of it never.
//!
//! Here belongs what can be told from the templates and the registry. Not here: whether a template is well formed, which
//! cfn-lint tells.

mod buses;
mod counts;
mod handlers;
mod policies;
mod queues;
mod routes;
mod table;

use crate::committed::{read, root};
use crate::template::{Node, Template, Unreadable};
use plat_registry::Function;
use std::collections::BTreeMap;
use std::fmt;

pub use table::{Index, Table};

/// The root template.
const ROOT: &str = "template.yaml";

/// Where the table is.
const DATA: &str = "infra/data.yaml";

/// The types of a nested stack.
const NESTED: [&str; 2] = ["AWS::CloudFormation::Stack", "AWS::Serverless::Application"];

/// A rule that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Where.
    pub place: String,
    /// What is wrong, and what to do about it.
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// All templates of one deployment: the root, and each that it nests.
#[derive(Debug, Clone)]
pub struct Stacks {
    templates: Vec<Template>,
    /// The nested templates' files by their logical ids in the root.
    nested: BTreeMap<String, String>,
}

impl Stacks {
    /// The committed ones.
    ///
    /// # Errors
    /// A file is not there, or does not read.
    pub fn committed() -> Result<Self, String> {
        let parse =
            |file: &str| Template::parse(file, &read(file)?).map_err(|Unreadable(reason)| reason);
        let main = parse(ROOT)?;
        let mut files: Vec<String> = nested(&main).into_values().collect();
        files.sort();
        files.dedup();
        let mut templates = vec![main];
        for file in files {
            templates.push(parse(&file)?);
        }
        Ok(Self::of(templates))
    }

    /// These; the first is the root.
    pub fn of(templates: Vec<Template>) -> Self {
        let nested = templates.first().map(nested).unwrap_or_default();
        Self { templates, nested }
    }

    /// The template in `file`.
    pub fn template(&self, file: &str) -> Option<&Template> {
        self.templates.iter().find(|template| template.file == file)
    }

    /// The table, as its template has it.
    pub fn table(&self) -> Option<Table> {
        Table::of(self.template(DATA)?)
    }

    /// Every rule that does not hold.
    pub fn broken(&self, functions: &[Function]) -> Vec<Broken> {
        let mut broken = Vec::new();
        broken.extend(buses::broken(self));
        broken.extend(counts::broken(self));
        broken.extend(handlers::broken(self, functions));
        broken.extend(policies::broken(self));
        broken.extend(queues::broken(self));
        broken.extend(routes::broken(self, functions));
        broken.extend(table::broken(self));
        broken
    }

    /// The resource that `node` of `template` means, by its file and id. A parameter means what the root gives for it, and
    /// a nested stack's output what it puts out.
    fn meant<'a>(&'a self, template: &'a Template, node: &'a Node) -> Option<(&'a str, &'a str)> {
        let id = node.refers_to()?;
        if let Some(file) = self.nested.get(id).filter(|_| template.file == ROOT) {
            let attribute = node.get("Fn::GetAtt")?.items().get(1)?.text()?;
            let output = attribute.strip_prefix("Outputs.")?;
            let inner = self.template(file)?;
            return self.meant(inner, inner.root.at(&["Outputs", output, "Value"])?);
        }
        if template.root.at(&["Resources", id]).is_some() {
            return Some((template.file.as_str(), id));
        }
        let main = self
            .templates
            .first()
            .filter(|main| main.file != template.file)?;
        let (stack, _) = self
            .nested
            .iter()
            .find(|(_, file)| **file == template.file)?;
        let given = ["Resources", stack, "Properties", "Parameters", id];
        self.meant(main, main.root.at(&given)?)
    }
}

/// The nested templates' files by their logical ids.
fn nested(main: &Template) -> BTreeMap<String, String> {
    main.resources()
        .filter(|resource| NESTED.contains(&resource.kind))
        .filter_map(|resource| {
            let place = ["TemplateURL", "Location"]
                .into_iter()
                .find_map(|key| resource.property(&[key])?.text())?;
            Some((resource.id.to_owned(), place.to_owned()))
        })
        .collect()
}

/// A rule that does not hold for a node of a template.
fn at(template: &Template, node: &Node, what: impl Into<String>) -> Broken {
    Broken {
        place: format!("{}:{}", template.file, node.line),
        what: what.into(),
    }
}

/// Files under `infra/` that hold a template which the root does not nest.
///
/// # Errors
/// The folder cannot be read.
pub fn unused(stacks: &Stacks) -> Result<Vec<String>, String> {
    let mut unused = Vec::new();
    for folder in ["infra", crate::stacks::FOLDER] {
        let entries =
            std::fs::read_dir(root().join(folder)).map_err(|e| format!("{folder}: {e}"))?;
        for entry in entries {
            let name = entry
                .map_err(|error| format!("{folder}: {error}"))?
                .file_name();
            let file = format!("{folder}/{}", name.display());
            if file.ends_with(".yaml") && stacks.template(&file).is_none() {
                unused.push(file);
            }
        }
    }
    unused.sort();
    Ok(unused)
}

#[cfg(test)]
mod tests;
