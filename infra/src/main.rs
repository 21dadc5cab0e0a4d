//! `cargo run -p plat-infra -- write` makes the committed files anew; `check` tells whether they are as they would be made.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["write"] => plat_infra::write(),
        ["check"] => plat_infra::check().map_err(|differs| differs.to_string()),
        _ => Err("say write or check".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            say(&reason);
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stderr)] // A program for people.
fn say(reason: &str) {
    eprintln!("{reason}");
}
