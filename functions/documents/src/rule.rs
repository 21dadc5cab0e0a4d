//! Who may see and change the documents of a record: whoever may see and change documents, and the record itself.

use plat_domain::Permission;
use plat_http::{Problem, problems};
use plat_registry::{Failure, Principal};

/// That `who` has `permission`, which depends on what a document is attached to.
pub(crate) fn must_have(who: &Principal, permission: Permission) -> Result<(), Failure> {
    if who.can(permission) {
        return Ok(());
    }
    let detail = format!("This needs {permission} too, since it is about such a record.");
    Err(Problem::new(&problems::FORBIDDEN, detail)
        .with("permission", permission.as_str())
        .into())
}
