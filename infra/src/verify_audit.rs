//! `verify-audit`: whether an audit log, as the API answered it, is as it was written.
//!
//! Here belongs the reading of what was saved. Not here: what makes a chain intact (`domain::audit`).

use plat_domain::AuditHead;
use plat_domain::audit::{KeptHead, verify};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;

/// How it is called.
const USAGE: &str = "\
verify-audit [--head <hash or seq:hash>] [--after <seq:hash>] <file, or - for the standard input>

The file has rows, or whole pages, as `GET /api/teams/{teamId}/audit` and `GET /api/admin/audit-logs` answer them, in any
order. `--head` is the head of the chain that somebody kept, as `X-Audit-Head` tells it: without one it does not show
whether rows at the end were cut off. `--after` is the head up to which the chain was checked before. A row that was written
while the log was being read may show as missing: read it again.";

/// What is to be checked.
struct Asked<'a> {
    file: &'a str,
    head: Option<KeptHead>,
    after: AuditHead,
}

/// Checks what `arguments` name; a line for each chain that is intact.
///
/// # Errors
/// The first place at which a chain is not intact, or why nothing could be checked.
pub fn verify_audit(arguments: &[&str]) -> Result<String, String> {
    let asked = read_arguments(arguments)?;
    let rows = match asked.file {
        "-" => read_rows(std::io::stdin().lock()),
        file => std::fs::File::open(file)
            .map_err(|error| error.to_string())
            .and_then(|opened| read_rows(std::io::BufReader::new(opened))),
    };
    let rows = rows.map_err(|error| format!("{} cannot be read: {error}", asked.file))?;
    check(rows, &asked)
}

fn read_arguments<'a>(arguments: &[&'a str]) -> Result<Asked<'a>, String> {
    let (mut file, mut head, mut after) = (None, None, AuditHead::start());
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut kept = || rest.next().and_then(|text| KeptHead::parse(text));
        match *argument {
            "--head" => head = Some(kept().ok_or(USAGE)?),
            "--after" => {
                let kept = kept().ok_or(USAGE)?;
                after = AuditHead {
                    seq: kept.seq.ok_or(USAGE)?,
                    hash: kept.hash,
                };
            }
            named if file.is_none() => file = Some(named),
            _ => return Err(USAGE.to_owned()),
        }
    }
    let file = file.ok_or(USAGE)?;
    Ok(Asked { file, head, after })
}

/// Rows that stand one after the other, in lists, or in pages with `items`.
fn read_rows(from: impl Read) -> Result<Vec<Value>, String> {
    let mut rows = Vec::new();
    for value in serde_json::Deserializer::from_reader(from).into_iter::<Value>() {
        let value = value.map_err(|error| error.to_string())?;
        match value {
            Value::Array(many) => rows.extend(many),
            Value::Object(mut page) if page.get("items").is_some_and(Value::is_array) => {
                if let Some(Value::Array(many)) = page.remove("items") {
                    rows.extend(many);
                }
            }
            Value::Object(row) => rows.push(row.into()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                return Err("it has something else than rows".to_owned());
            }
        }
    }
    Ok(rows)
}

fn check(rows: Vec<Value>, asked: &Asked<'_>) -> Result<String, String> {
    let mut chains: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in rows {
        let chain = match row.get("teamId") {
            Some(Value::String(team)) => format!("team {team}"),
            Some(_) | None => "no team".to_owned(),
        };
        chains.entry(chain).or_default().push(row);
    }
    let one = chains.len() <= 1;
    if !one && (asked.head.is_some() || asked.after != AuditHead::start()) {
        return Err("a head is that of one chain, but the rows are of several".to_owned());
    }
    if chains.is_empty() {
        chains.insert(String::new(), Vec::new());
    }
    let said = |chain: &str, told: String| {
        if one {
            told
        } else {
            format!("{chain}: {told}")
        }
    };
    let mut intact = Vec::new();
    for (chain, rows) in chains {
        match verify(rows, &asked.after, asked.head.as_ref()) {
            Ok(found) => intact.push(said(&chain, found.to_string())),
            Err(broken) => return Err(said(&chain, broken.to_string())),
        }
    }
    Ok(intact.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Value> {
        read_rows(text.as_bytes()).unwrap()
    }

    fn asked(head: Option<&str>) -> Asked<'static> {
        Asked {
            file: "-",
            head: head.and_then(KeptHead::parse),
            after: AuditHead::start(),
        }
    }

    #[test]
    fn rows_are_read_one_a_line_in_lists_and_in_pages() {
        let lines = read("{\"seq\":1}\n{\"seq\":2}\n");
        assert_eq!(lines, read("[{\"seq\":1},{\"seq\":2}]"));
        assert_eq!(
            lines,
            read(
                "{\"items\":[{\"seq\":1}],\"nextCursor\":\"c\"}{\"items\":[{\"seq\":2}],\"nextCursor\":null}"
            )
        );
        assert!(read_rows("{\"seq\":".as_bytes()).is_err());
    }

    #[test]
    fn a_call_names_one_file_and_heads_that_are_heads() {
        let hash = AuditHead::start().hash;
        let head = format!("3:{hash}");
        assert!(read_arguments(&["log.json", "--head", &hash]).is_ok());
        assert_eq!(
            read_arguments(&["--after", &head, "-"]).unwrap().after.seq,
            3
        );
        for wrong in [
            &["--head", hash.as_str()][..],
            &["a", "b"],
            &["a", "--head"],
            &["a", "--head", "x"],
            &["a", "--after", &hash],
        ] {
            assert!(read_arguments(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_row_of_another_chain_is_one_too_many() {
        let rows = read("{\"seq\":1,\"teamId\":\"A\"} {\"seq\":7,\"teamId\":\"B\"}");
        let told = check(rows.clone(), &asked(None)).unwrap_err();
        assert!(told.starts_with("team A: row 1 was altered"), "{told}");
        let hash = AuditHead::start().hash;
        assert!(check(rows, &asked(Some(&hash))).is_err());
    }
}
