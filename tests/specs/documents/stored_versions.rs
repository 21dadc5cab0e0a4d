//! Files in a store that keeps every version, as S3 does and this machine does not: a document is of the one that came
//! first, and no other stays.

use super::support::{PDF, announce, counted, key, path, pdf, read, sha256};
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use plat_registry::{App, Delivery, Failed, Function, Payload};
use plat_services::files::{
    Announced, FileVersion, Files, FilesError, Found, Part, Presigned, Upload, Written,
};
use plat_testing::TestApp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Files by their key and version.
#[derive(Default)]
struct Versioned(Mutex<BTreeMap<(String, String), Vec<u8>>>);

impl Versioned {
    fn put(&self, key: &str, version: &str, bytes: &[u8]) {
        let place = (key.to_owned(), version.to_owned());
        self.0.lock().unwrap().insert(place, bytes.to_vec());
    }

    fn kept(&self) -> Vec<String> {
        let files = self.0.lock().unwrap();
        files.keys().map(|(_, version)| version.clone()).collect()
    }
}

#[async_trait]
impl Files for Versioned {
    async fn presign_upload(&self, _: &Announced, _: Timestamp) -> Result<Presigned, FilesError> {
        Err(FilesError::Refused("nobody puts files here".to_owned()))
    }

    async fn presign_download(
        &self,
        _: &FileVersion,
        _: &str,
        _: &str,
        _: Timestamp,
    ) -> Result<Presigned, FilesError> {
        Err(FilesError::Refused("nobody gets files here".to_owned()))
    }

    async fn find(&self, file: &FileVersion) -> Result<Option<Found>, FilesError> {
        let files = self.0.lock().unwrap();
        let mut of_key = files.iter().filter(|((key, version), _)| {
            *key == file.key && file.version.as_ref().is_none_or(|wanted| wanted == version)
        });
        Ok(of_key.next_back().map(|((_, version), bytes)| Found {
            size: bytes.len().try_into().unwrap(),
            sha256: Some(sha256(bytes)),
            content_type: None,
            version: Some(version.clone()),
            head: Bytes::copy_from_slice(bytes),
            tail: Bytes::copy_from_slice(bytes),
        }))
    }

    async fn part(&self, _: &FileVersion, _: u64, _: u64) -> Result<Option<Part>, FilesError> {
        Err(nobody_reads_or_writes())
    }

    async fn put(&self, _: &str, _: &str, _: Bytes) -> Result<Written, FilesError> {
        Err(nobody_reads_or_writes())
    }

    async fn begin(&self, _: &str, _: &str) -> Result<Upload, FilesError> {
        Err(nobody_reads_or_writes())
    }

    async fn send_part(&self, _: &Upload, _: u32, _: Bytes) -> Result<String, FilesError> {
        Err(nobody_reads_or_writes())
    }

    async fn complete(&self, _: &Upload, _: &[String], _: u64) -> Result<Written, FilesError> {
        Err(nobody_reads_or_writes())
    }

    async fn abandon(&self, _: &Upload) -> Result<(), FilesError> {
        Err(nobody_reads_or_writes())
    }

    async fn remove(&self, files: &[FileVersion]) -> Result<(), FilesError> {
        for file in files {
            let version = file.version.clone().expect("a version is named");
            self.0.lock().unwrap().remove(&(file.key.clone(), version));
        }
        Ok(())
    }
}

fn nobody_reads_or_writes() -> FilesError {
    FilesError::Refused("nobody reads or writes files here".to_owned())
}

/// Works a notice of an upload with this store of files.
async fn work(app: &TestApp, files: &Arc<Versioned>, envelope: Value) -> Vec<Failed> {
    let with_versions = Arc::new(App {
        files: files.clone(),
        ..App::clone(&app.host.app)
    });
    let functions = plat_local::functions();
    let job = functions.iter().find_map(|function| match function {
        Function::Job(found) if found.operation == "documents.record_upload" => Some(found),
        Function::Job(_) | Function::Endpoint(_) => None,
    });
    let delivery = Delivery {
        id: "1".to_owned(),
        payload: Payload::Message(envelope.to_string()),
    };
    job.unwrap().run(&with_versions, vec![delivery], None).await
}

async fn told_created(app: &TestApp, files: &Arc<Versioned>, key: &str, version: &str) {
    let object = json!({"key": key, "size": PDF.len(), "version-id": version});
    let envelope = json!({
        "detail-type": "Object Created",
        "time": app.now(),
        "detail": {"bucket": {"name": "plat-files"}, "object": object},
    });
    let failed = work(app, files, envelope).await;
    assert_eq!(failed, []);
}

#[tokio::test]
async fn what_is_put_beside_the_first_file_is_removed_and_changes_nothing() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = announce(&owner, &deal, pdf("contract.pdf", PDF)).await;
    let (files, key) = (Arc::new(Versioned::default()), key(&announced));
    files.put(&key, "v1", PDF);
    files.put(&key, "v2", b"something else");

    told_created(&app, &files, &key, "v1").await;
    told_created(&app, &files, &key, "v2").await;
    told_created(&app, &files, &key, "v1").await;

    assert_eq!(files.kept(), ["v1"]);
    assert_eq!(counted(&owner, &deal).await, 1);
    let document = read(&owner, &announced).await;
    assert_eq!(
        (&document["status"], &document["version"]),
        (&json!("available"), &json!(2))
    );
    let url = document["download"]["url"].as_str().unwrap();
    assert!(url.contains("versionId=v1"), "{url}");
}

#[tokio::test]
async fn a_file_that_comes_after_its_document_was_deleted_is_removed_with_its_version() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let deal = owner.deal("12 Elm St", json!({})).await;
    let announced = announce(&owner, &deal, pdf("contract.pdf", PDF)).await;
    owner.delete(&path(&announced)).await.expect(204);
    let (files, key) = (Arc::new(Versioned::default()), key(&announced));
    files.put(&key, "v1", PDF);

    told_created(&app, &files, &key, "v1").await;

    assert_eq!(files.kept(), [""; 0]);
}
