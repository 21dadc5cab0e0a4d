//! What an import of many leads takes: the seconds from the file's last byte to its last verdict, and memory.
//!
//! Every row has an address and a number of its own, as in a list of owners. What follows of the leads, such as their
//! entries in the search, is waited for and told apart: in AWS it is other functions that do it.

use crate::connection::Connection;
use crate::host::{self, LocalHost};
use crate::{fresh_folder, progress, target_folder};
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::{Duration, Instant};

/// Rows, unless the environment says another number.
const ROWS: usize = 100_000;
const ROWS_SET: &str = "PLAT_BENCH_ROWS";

/// What 100,000 rows may take.
const MOST_SECONDS: u64 = 60;
const MOST_MEMORY: u64 = 256 * 1024 * 1024;

/// Area codes that exist.
const AREAS: [u32; 5] = [202, 303, 404, 512, 713];

/// How long an import is waited for.
const PATIENCE: Duration = Duration::from_secs(900);

pub(crate) async fn measure() -> Result<(String, Vec<String>), String> {
    let target = target_folder()?;
    let data = fresh_folder(&target.join("import/data"))?;
    let rows = match std::env::var(ROWS_SET) {
        Ok(number) => number
            .parse()
            .map_err(|_| format!("{ROWS_SET} is no number"))?,
        Err(_) => ROWS,
    };
    let host = LocalHost::start(&target.join("release/plat-local"), &data).await?;
    let mut connection = Connection::open(host.address).await?;
    let token = host::register(&mut connection).await?;
    host::settle(&mut connection).await?;
    progress(&format!("importing {rows} rows"));
    let file = people(rows);
    let size = file.len();
    let body = json!({"fileName": "owners.csv", "size": size});
    let told = connection.post("/api/leads/import", &token, &body).await?;
    let started = Instant::now();
    crate::connection::put_file(told.get("upload"), file.into()).await?;
    let sent = started.elapsed();
    let id = told.pointer("/import/id").and_then(Value::as_str);
    let path = format!("/api/leads/imports/{}", id.unwrap_or_default());
    let done = loop {
        let reply = connection.get(&path, &token).await?;
        let import: Value = serde_json::from_slice(&reply).map_err(|error| error.to_string())?;
        let status = import.get("status").and_then(Value::as_str);
        if !matches!(status, Some("waiting" | "running")) {
            break import;
        }
        if started.elapsed() > PATIENCE {
            return Err(format!("the import is not over: {import}"));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let worked = started.elapsed().saturating_sub(sent);
    let memory = host.peak().unwrap_or_default();
    host::settle(&mut connection).await?;
    let followed = started.elapsed().saturating_sub(sent);
    let created = done.pointer("/counts/created").and_then(Value::as_u64);
    drop(connection);
    host.stop().await?;

    let mut text = format!(
        "| import of {rows} rows, {} MB | |\n|---|---:|\n",
        size / 1_000_000
    );
    let _ = writeln!(text, "| sending the file | {} ms |", sent.as_millis());
    let _ = writeln!(
        text,
        "| until the last verdict | {} ms |",
        worked.as_millis()
    );
    let _ = writeln!(
        text,
        "| until all that follows | {} ms |",
        followed.as_millis()
    );
    let _ = writeln!(
        text,
        "| most memory of the host | {} MB |",
        memory / 1024 / 1024
    );
    let path = target.join("import.md");
    std::fs::write(&path, &text).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut broken = Vec::new();
    if created != u64::try_from(rows).ok() {
        broken.push(format!("bench: not every row became a lead: {done}"));
    }
    if rows <= ROWS && worked.as_secs() >= MOST_SECONDS {
        broken.push(format!("bench: {rows} rows took {} s", worked.as_secs()));
    }
    if memory > MOST_MEMORY {
        broken.push(format!("bench: an import took {memory} bytes of memory"));
    }
    Ok((text, broken))
}

/// A list of owners.
fn people(rows: usize) -> String {
    let mut file =
        "Address,City,State,Zip,Owner 1 First Name,Owner 1 Last Name,Mailing Address,Mailing City,\
        Mailing State,Mailing Zip,Property Type,Bedrooms,Est. Value,Phone 1,Email 1\r\n"
            .to_owned();
    for number in 0..rows {
        let _ = write!(
            file,
            "{} Elm St,Austin,TX,{},Ana,Silva {number},PO Box {number},Dallas,TX,75201,Single Family,{},\
             \"${},{:03}\",({}) {}-{:04},owner{number}@owners.example\r\n",
            number + 1,
            73_301 + number % 400,
            1 + number % 5,
            100 + number % 800,
            number % 1_000,
            AREAS.get(number / 10_000 % AREAS.len()).unwrap_or(&202),
            200 + number / 50_000,
            number % 10_000,
        );
    }
    file
}
