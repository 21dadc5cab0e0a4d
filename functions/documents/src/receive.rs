//! What becomes of a file once it is there: it is compared with what was announced, once.

use jiff::Timestamp;
use plat_domain::{AnnouncedFile, FileKey, Received, Rejection};
use plat_registry::{App, JobFailure};
use plat_services::files::{FileVersion, Found};

/// Looks at the file that was put at `key`, and makes it available or rejects it. Tells whether there is one.
///
/// What was received first is kept, whatever is put there later. What is put beside it, or for a document that was deleted
/// meanwhile, is removed: nothing would lead to it any more.
pub(crate) async fn receive(
    app: &App,
    key: &FileKey,
    stored_as: Option<String>,
    at: Timestamp,
) -> Result<bool, JobFailure> {
    let documents = app.store.team(key.team).documents();
    let (document, version) = documents.of_file(key).await?;
    let put = FileVersion {
        key: key.to_string(),
        version: stored_as,
    };
    if let Some(kept) = &version.value.received {
        let both = put.version.as_ref().zip(kept.stored_as.as_ref());
        if both.is_some_and(|(put, kept)| put != kept) {
            app.files.remove(&[put]).await?;
        }
        return Ok(true);
    }
    let Some(found) = app.files.find(&put).await? else {
        return Ok(false);
    };
    if document.value.deleted_at.is_some() {
        let version = found.version.or(put.version);
        let key = put.key;
        app.files.remove(&[FileVersion { key, version }]).await?;
        return Ok(true);
    }
    let judged = judge(app, &version.value.file, &put, &found).await?;
    let received = Received {
        stored_as: found.version.or(put.version),
        at,
    };
    documents
        .follow(key, "received", at, |version| {
            version.received(received.clone(), judged)
        })
        .await?;
    Ok(true)
}

/// Whether a file is what was announced. Its hash is asked last, since all of it may have to be read for that.
async fn judge(
    app: &App,
    announced: &AnnouncedFile,
    put: &FileVersion,
    found: &Found,
) -> Result<Result<(), Rejection>, JobFailure> {
    if let Err(refused) = announced.check_content(found.size, &found.head, &found.tail) {
        return Ok(Err(refused));
    }
    let sha256 = match &found.sha256 {
        Some(vouched) => vouched.clone(),
        None => app.files.sha256(put).await?,
    };
    Ok(announced.check_hash(&sha256))
}
