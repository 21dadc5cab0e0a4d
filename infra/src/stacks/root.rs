//! The domains' place in the root template, which is otherwise written by hand.

use super::Stack;

const BEGIN: &str = "  # The domains. From here to the mark below, `make generate` writes.\n";
const END: &str = "  # The end of the domains.\n";

/// `root` with `stacks` between its marks.
///
/// # Errors
/// A mark is missing.
pub(crate) fn with_domains(root: &str, stacks: &[Stack]) -> Result<String, String> {
    let parts = root.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) = parts.ok_or_else(|| {
        format!(
            "template.yaml lacks a mark: {} or {}",
            BEGIN.trim(),
            END.trim()
        )
    })?;
    let nested: Vec<String> = stacks.iter().map(nested).collect();
    let nested = nested.join("\n");
    Ok(format!("{before}{BEGIN}{nested}{END}{after}"))
}

fn nested(stack: &Stack) -> String {
    let Stack { id, file, .. } = stack;
    let given: String = stack.parameters.iter().map(|each| each.given()).collect();
    format!(
        "  \
  {id}:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: {file}
      Parameters:
{given}"
    )
}
