//! E-mails to clients: written, sent, and followed.
//!
//! Here belong the endpoints under `/api/emails` and the jobs that send follow-ups and take in what providers tell. Not here:
//! what an e-mail says (`writing`), which moves it makes (`domain::outgoing_email`), and how it is stored (`store::email`).

mod by_hand;
mod compose;
mod correspondence;
mod get;
mod hand_over;
mod list;
mod preview;
mod problems;
mod ready;
mod record_event;
mod retry;
mod send;
mod send_follow_up;
mod view;
mod write;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        get::endpoint().into(),
        list::endpoint().into(),
        preview::endpoint().into(),
        record_event::job().into(),
        retry::endpoint().into(),
        send::endpoint().into(),
        send_follow_up::job().into(),
    ]
}
