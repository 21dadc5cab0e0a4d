//! What every function has: itself, its role, its log.

use super::Part;
use super::names::Names;
use super::parameter::Parameter;
use super::policy::Granted;
use plat_registry::Function;
use std::collections::BTreeSet;

/// The longest description that Lambda takes.
const LONGEST_SUMMARY: usize = 256;

/// What is particular to a function: how it runs, and what hands it its work.
pub(super) struct Draft {
    pub(super) memory: u32,
    pub(super) timeout: u32,
    pub(super) summary: &'static str,
    /// What hands it its work, as resources.
    pub(super) source: String,
    /// What those refer to.
    pub(super) parameters: BTreeSet<Parameter>,
}

impl Draft {
    /// The resources of `function`, one of `all`.
    pub(super) fn finish(self, function: &Function, all: &[Function]) -> Result<Part, String> {
        let Self {
            memory,
            timeout,
            summary,
            source,
            mut parameters,
        } = self;
        let names = Names::of(function.operation())?;
        let (id, name, operation) = (names.id(), names.resource(), names.operation);
        if summary.len() > LONGEST_SUMMARY {
            return Err(format!(
                "the summary of {operation} is too long; Lambda takes {LONGEST_SUMMARY} characters"
            ));
        }
        let granted = Granted::to(function, all)?;
        parameters.extend(granted.parameters);
        let statements: String = granted
            .statements
            .iter()
            .map(|each| each.text(14))
            .collect();
        let variables: String = granted
            .variables
            .iter()
            .map(|(variable, value)| format!("          {variable}: {value}\n"))
            .collect();
        let environment = if variables.is_empty() {
            String::new()
        } else {
            format!("      Environment:\n        Variables:\n{variables}")
        };
        let summary = scalar(summary);
        let text = format!(
            "  \
  # {operation}
  {id}:
    Type: AWS::Serverless::Function
    Metadata:
      SkipBuild: true
    Properties:
      FunctionName: !Sub {name}
      Description: {summary}
      Handler: {operation}
      MemorySize: {memory}
      Timeout: {timeout}
      Role: !GetAtt {id}Role.Arn
{environment}      LoggingConfig:
        LogGroup: !Ref {id}LogGroup
  {id}Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal:
              Service: lambda.amazonaws.com
            Action: sts:AssumeRole
      Policies:
        - PolicyName: granted
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
{statements}  {id}LogGroup:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub /aws/lambda/{name}
      RetentionInDays: !Ref LogRetention
{source}"
        );
        Ok(Part { text, parameters })
    }
}

/// A text as YAML, in quotes if it needs them.
pub(super) fn scalar(text: &str) -> String {
    let plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([':', ' '])
        && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
            .contains(&text.to_ascii_lowercase().as_str());
    if plain {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}
