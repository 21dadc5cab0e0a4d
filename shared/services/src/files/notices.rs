//! What the default bus tells of files: that one was put, and what a search for malware found in it.
//!
//! Keys come as they are. It is the older notices, which S3 itself puts into queues, that have them encoded.

use jiff::Timestamp;
use serde::Deserialize;

/// A file was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// Where it is.
    pub key: String,
    /// Which version it made, where there are versions.
    pub version: Option<String>,
    /// Bytes.
    pub size: u64,
    /// The bucket that it is in.
    pub bucket: String,
    /// When.
    pub at: Timestamp,
}

/// A file was searched for malware, or should have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// Where it is.
    pub key: String,
    /// Which version it is about, where there are versions.
    pub version: Option<String>,
    /// What was found.
    pub verdict: Verdict,
    /// The bucket that it is in.
    pub bucket: String,
    /// When.
    pub at: Timestamp,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Clean,
    /// Malware.
    Threat {
        /// What it is called.
        names: Vec<String>,
    },
    /// It could not be told.
    Unknown {
        /// Why: `UNSUPPORTED`, `ACCESS_DENIED`, `FAILED`, or what may come.
        status: String,
    },
}

/// Reads S3's "Object Created", in the bus's envelope.
///
/// # Errors
/// It is something else.
pub fn uploaded(envelope: &str) -> serde_json::Result<Uploaded> {
    let Envelope {
        kind: Created::ObjectCreated,
        time,
        detail: Put { bucket, object },
    } = serde_json::from_str(envelope)?;
    Ok(Uploaded {
        key: object.key,
        version: told(object.version_id),
        size: object.size,
        bucket: bucket.name,
        at: time,
    })
}

/// Reads the verdict of GuardDuty, in the bus's envelope.
///
/// # Errors
/// It is something else.
pub fn scanned(envelope: &str) -> serde_json::Result<Scanned> {
    let Envelope {
        kind: Searched::ScanResult,
        time,
        detail: Scan { file, result },
    } = serde_json::from_str(envelope)?;
    let verdict = match result.status.as_str() {
        "NO_THREATS_FOUND" => Verdict::Clean,
        "THREATS_FOUND" => {
            let threats = result.threats.unwrap_or_default();
            let names = threats.into_iter().map(|threat| threat.name).collect();
            Verdict::Threat { names }
        }
        _ => Verdict::Unknown {
            status: result.status,
        },
    };
    Ok(Scanned {
        key: file.key,
        version: told(file.version_id),
        verdict,
        bucket: file.bucket,
        at: time,
    })
}

/// A version, where there is one: a bucket that keeps none says so in several ways.
fn told(version: Option<String>) -> Option<String> {
    version.filter(|version| !version.is_empty())
}

#[derive(Deserialize)]
struct Envelope<K, D> {
    #[serde(rename = "detail-type")]
    kind: K,
    time: Timestamp,
    detail: D,
}

#[derive(Deserialize)]
enum Created {
    #[serde(rename = "Object Created")]
    ObjectCreated,
}

#[derive(Deserialize)]
enum Searched {
    #[serde(rename = "GuardDuty Malware Protection Object Scan Result")]
    ScanResult,
}

#[derive(Deserialize)]
struct Put {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
struct Object {
    key: String,
    size: u64,
    #[serde(rename = "version-id")]
    version_id: Option<String>,
}

#[derive(Deserialize)]
struct Scan {
    #[serde(rename = "s3ObjectDetails")]
    file: ScannedFile,
    #[serde(rename = "scanResultDetails")]
    result: ScanResult,
}

#[derive(Deserialize)]
struct ScannedFile {
    #[serde(rename = "bucketName")]
    bucket: String,
    #[serde(rename = "objectKey")]
    key: String,
    #[serde(rename = "versionId")]
    version_id: Option<String>,
}

#[derive(Deserialize)]
struct ScanResult {
    #[serde(rename = "scanResultStatus")]
    status: String,
    threats: Option<Vec<Threat>>,
}

#[derive(Deserialize)]
struct Threat {
    name: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn put(version: &Value) -> String {
        json!({
            "version": "0",
            "id": "17793124-05d4-b198-2fde-7ededc63b103",
            "detail-type": "Object Created",
            "source": "aws.s3",
            "account": "111122223333",
            "time": "2026-03-02T15:00:01Z",
            "region": "eu-west-1",
            "resources": ["arn:aws:s3:::plat-files"],
            "detail": {
                "version": "0",
                "bucket": {"name": "plat-files"},
                "object": {
                    "key": "documents/a+b%20c",
                    "size": 5,
                    "etag": "b1946ac92492d2347c6235b4d2611184",
                    "version-id": version,
                    "sequencer": "617f08299329d189",
                },
                "reason": "PutObject",
            },
        })
        .to_string()
    }

    fn searched(status: &str, threats: &Value) -> String {
        json!({
            "version": "0",
            "id": "72c7d362-737a-6dce-fc78-9e27a0171419",
            "detail-type": "GuardDuty Malware Protection Object Scan Result",
            "source": "aws.guardduty",
            "account": "111122223333",
            "time": "2026-03-02T15:00:03Z",
            "region": "eu-west-1",
            "resources": ["arn:aws:guardduty:eu-west-1:111122223333:malware-protection-plan/b4c7f464ab3a4"],
            "detail": {
                "schemaVersion": "1.0",
                "scanStatus": "COMPLETED",
                "resourceType": "S3_OBJECT",
                "s3ObjectDetails": {
                    "bucketName": "plat-files",
                    "objectKey": "documents/a",
                    "eTag": "b1946ac92492d2347c6235b4d2611184",
                    "versionId": "v1",
                    "s3Throttled": false,
                },
                "scanResultDetails": {"scanResultStatus": status, "threats": threats},
            },
        })
        .to_string()
    }

    #[test]
    fn an_upload_is_told_with_its_key_as_it_is() {
        let uploaded = uploaded(&put(&json!("v1"))).unwrap();
        assert_eq!(
            uploaded,
            Uploaded {
                key: "documents/a+b%20c".to_owned(),
                version: Some("v1".to_owned()),
                size: 5,
                bucket: "plat-files".to_owned(),
                at: "2026-03-02T15:00:01Z".parse().unwrap(),
            }
        );
    }

    #[test]
    fn a_bucket_without_versions_tells_none() {
        for none in [Value::Null, json!("")] {
            assert_eq!(uploaded(&put(&none)).unwrap().version, None);
        }
    }

    #[test]
    fn a_verdict_is_read_for_what_it_says() {
        let threats = json!([{"name": "EICAR-Test-File"}]);
        let unknown = |status: &str| Verdict::Unknown {
            status: status.to_owned(),
        };
        for (status, threats, verdict) in [
            ("NO_THREATS_FOUND", Value::Null, Verdict::Clean),
            (
                "THREATS_FOUND",
                threats,
                Verdict::Threat {
                    names: vec!["EICAR-Test-File".to_owned()],
                },
            ),
            ("UNSUPPORTED", Value::Null, unknown("UNSUPPORTED")),
            ("SOMETHING_NEW", Value::Null, unknown("SOMETHING_NEW")),
        ] {
            let scanned = scanned(&searched(status, &threats)).unwrap();
            assert_eq!(scanned.verdict, verdict);
            assert_eq!(scanned.key, "documents/a");
            assert_eq!(scanned.version.as_deref(), Some("v1"));
        }
    }

    #[test]
    fn one_notice_is_not_taken_for_another() {
        assert!(uploaded(&searched("THREATS_FOUND", &Value::Null)).is_err());
        assert!(scanned(&put(&json!("v1"))).is_err());
        let removed = put(&json!("v1")).replace("Object Created", "Object Deleted");
        assert!(uploaded(&removed).is_err());
    }
}
