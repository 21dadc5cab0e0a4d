//! `cargo run -p plat-infra -- write` makes the committed files anew; `check` tells whether they are as they would be made,
//! and whether the stacks keep the rules.

use plat_infra::rules::Stacks;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["write"] => plat_infra::write(),
        ["check"] => check(),
        ["verify-audit", rest @ ..] => plat_infra::verify_audit(rest).map(|intact| tell(&intact)),
        _ => Err("say write, check or verify-audit".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            say(&reason);
            ExitCode::FAILURE
        }
    }
}

fn check() -> Result<(), String> {
    plat_infra::check().map_err(|differs| differs.to_string())?;
    let stacks = Stacks::committed()?;
    let broken = stacks.broken(&plat_local::functions());
    if broken.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = broken.iter().map(ToString::to_string).collect();
    Err(lines.join("\n"))
}

#[allow(clippy::print_stdout)] // A program for people.
fn tell(what: &str) {
    println!("{what}");
}

#[allow(clippy::print_stderr)] // A program for people.
fn say(reason: &str) {
    eprintln!("{reason}");
}
