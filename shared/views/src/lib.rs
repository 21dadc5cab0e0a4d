//! What clients send and see of records that several domains show.
//!
//! Domains do not know each other, so what two of them say of the same record stands here once. Not here: what only one
//! domain shows, which stands beside its endpoints, and what a record is (`domain`) or how it is kept (`store`).

mod activity;
mod client;
mod document;
mod history;
mod note;
mod task;

pub use activity::{ActivityView, RecentActivityView, seen_by};
pub use client::{ClientSummaryView, ClientView};
pub use document::{AnnouncedView, DocumentSummaryView, PresignedView, RejectionView};
pub use history::StatusChangeView;
pub use note::{AddNote, NoteView};
pub use task::TaskSummaryView;
