//! What `functions/documents` does, one file an endpoint or a job.

mod delete;
mod expire_pending;
mod faults;
mod get;
mod presign;
mod record_scan;
mod record_upload;
mod stored_versions;
pub(crate) mod support;
mod versions;
mod visibility;
