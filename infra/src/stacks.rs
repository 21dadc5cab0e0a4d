//! The stacks: for each domain a template made from what its functions declare, and its place in the root template.
//!
//! Here belongs how a declaration becomes resources. Not here: what is shared by all domains (`data.yaml` and its
//! neighbours are written by hand), and whether a template is sound (`rules`).

mod endpoint;
mod function;
mod job;
mod names;
mod parameter;
mod policy;
mod root;

use names::Names;
use parameter::Parameter;
use plat_registry::Function;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) use root::with_domains;

/// Where the domains' templates are.
pub(crate) const FOLDER: &str = "infra/domains";

/// A stack may have 500 resources; what is left is for those that somebody adds in a hurry.
pub(crate) const MOST_RESOURCES: usize = 450;

/// Each function has a secret filled in by reference, and CloudFormation fills in 60 for a stack.
pub(crate) const MOST_FUNCTIONS: usize = 60;

/// One template.
pub(crate) struct Stack {
    /// Its logical id in the root template.
    pub(crate) id: String,
    /// Its file, from the repository's root.
    pub(crate) file: String,
    /// Its text.
    pub(crate) text: String,
    parameters: BTreeSet<Parameter>,
}

/// The resources of one function, and what they refer to outside of their stack.
struct Part {
    text: String,
    parameters: BTreeSet<Parameter>,
}

impl Part {
    fn resources(&self) -> usize {
        self.text
            .lines()
            .filter(|line| begins_a_resource(line))
            .count()
    }
}

/// Resources are two spaces in, their properties more, comments apart.
fn begins_a_resource(line: &str) -> bool {
    line.strip_prefix("  ")
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
}

/// The templates of `functions`, in the order of their names.
///
/// # Errors
/// A line on what cannot be deployed.
pub(crate) fn stacks(functions: &[Function]) -> Result<Vec<Stack>, String> {
    let mut domains: BTreeMap<&str, Vec<&Function>> = BTreeMap::new();
    for function in functions {
        let names = Names::of(function.operation())?;
        domains.entry(names.domain).or_default().push(function);
    }
    let mut stacks = Vec::new();
    for (domain, mut members) in domains {
        members.sort_by_key(|function| function.operation());
        let parts = members
            .into_iter()
            .map(|function| part(function, functions))
            .collect::<Result<Vec<_>, _>>()?;
        let rooms = share_out(parts);
        stacks.extend(
            (1..)
                .zip(rooms)
                .map(|(number, parts)| stack(domain, number, &parts)),
        );
    }
    Ok(stacks)
}

fn part(function: &Function, all: &[Function]) -> Result<Part, String> {
    match function {
        Function::Endpoint(endpoint) => endpoint::part(endpoint),
        Function::Job(job) => job::part(job),
    }
    .map(|draft| draft.finish(function, all))?
}

/// Spreads parts over as many stacks as they need. A function's resources stay together; nothing refers from one function
/// to another's but by name.
fn share_out(parts: Vec<Part>) -> Vec<Vec<Part>> {
    let mut stacks: Vec<Vec<Part>> = Vec::new();
    let mut left = 0;
    for part in parts {
        let needed = part.resources();
        match stacks.last_mut() {
            Some(stack) if needed <= left && stack.len() < MOST_FUNCTIONS => {
                left -= needed;
                stack.push(part);
            }
            Some(_) | None => {
                left = MOST_RESOURCES.saturating_sub(needed);
                stacks.push(vec![part]);
            }
        }
    }
    stacks
}

fn stack(domain: &str, number: usize, parts: &[Part]) -> Stack {
    let (ending, more) = match number {
        1 => (String::new(), String::new()),
        number => (format!("-{number}"), number.to_string()),
    };
    let mut parameters = Parameter::of_every_stack();
    parameters.extend(parts.iter().flat_map(|part| &part.parameters));
    let declared: String = parameters.iter().map(|each| each.declaration()).collect();
    let resources: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
    let resources = resources.join("\n");
    let text = format!(
        "\
# Made from the declarations under functions/{domain} by `make generate`. A change by hand does not last.
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Description: >-
  Plat: the functions of {domain}.

Parameters:
{declared}
Globals:
  Function:
    Runtime: provided.al2023
    Architectures: [!Ref Architecture]
    CodeUri: ../../target/lambda/{domain}/
    Environment:
      Variables:
        APP_ORIGIN: !Ref AppOrigin
        METRICS: !Ref Metrics
        PLAT_LOG: !Ref LogLevel
        PLAT_SEAL: !Sub '{{{{resolve:secretsmanager:${{SealSecret}}:SecretString}}}}'
        TABLE_NAME: !Ref TableName
        TRUST_STORE: !Ref TrustStore

Resources:
{resources}"
    );
    Stack {
        id: format!("{}{more}", names::camel(domain)),
        file: format!("{FOLDER}/{domain}{ending}.yaml"),
        text,
        parameters,
    }
}

#[cfg(test)]
mod tests;
