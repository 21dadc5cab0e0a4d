//! Packs what this domain serves as files: the reference, and one page that shows it with everything the page needs
//! inside. Both are kept as gzip, and named by their hash.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::error::Error;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;

const REFERENCE: &str = "../../openapi.json";
const PAGE: &str = "src/docs/page.html";
const START: &str = "src/docs/start.js";

fn main() -> Result<(), Box<dyn Error>> {
    for file in [REFERENCE, PAGE, START] {
        println!("cargo::rerun-if-changed={file}");
    }
    let out = PathBuf::from(std::env::var("OUT_DIR")?);

    pack(&out, "openapi.json", &fs::read_to_string(REFERENCE)?)?;

    let style = from_archive("/dist/swagger-ui.css")?;
    let bundle = from_archive("/dist/swagger-ui-bundle.js")?;
    let script = inline(&format!("{bundle}\n{}", fs::read_to_string(START)?));
    let page = fs::read_to_string(PAGE)?
        .replace("/* style */", &style)
        .replace("/* script */", &script);
    pack(&out, "page.html", &page)?;
    // The only script that a browser runs on the page is the one with this hash.
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        STANDARD.encode(Sha256::digest(&script))
    );
    fs::write(out.join("policy"), policy)?;
    Ok(())
}

/// One file of Swagger UI's own archive.
fn from_archive(ending: &str) -> Result<String, Box<dyn Error>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    let name = archive
        .file_names()
        .filter_map(Result::ok)
        .find(|name| name.ends_with(ending) && name.matches('/').count() == 2)
        .map(Cow::into_owned)
        .ok_or_else(|| format!("Swagger UI has no {ending}"))?;
    let mut text = String::new();
    archive.by_name(&name)?.read_to_string(&mut text)?;
    Ok(text)
}

/// A script as it may stand in a page: in a string or a pattern, where alone these occur, `\x3C` is the same as `<`.
fn inline(script: &str) -> String {
    ["<!--", "<script", "</script"]
        .iter()
        .fold(script.to_owned(), |script, word| {
            script.replace(word, &word.replace('<', "\\x3C"))
        })
}

fn pack(out: &Path, name: &str, text: &str) -> Result<(), Box<dyn Error>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes())?;
    fs::write(out.join(format!("{name}.gz")), encoder.finish()?)?;
    let hash = STANDARD.encode(Sha256::digest(text));
    fs::write(out.join(format!("{name}.tag")), format!("W/\"{hash}\""))?;
    Ok(())
}
