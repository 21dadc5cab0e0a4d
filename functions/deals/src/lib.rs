//! Deals: transactions on a property.
//!
//! Here belong the endpoints under `/api/deals`, what they show, and the job that keeps the board at hand. Not here: the
//! rules of a deal (`domain::deal`), how it is stored (`store::deal`), the other jobs that follow its changes (`search`,
//! `activities`, `analytics`).

mod add_document;
mod add_note;
mod assign;
mod board;
mod create;
mod delete;
mod documents;
mod get;
mod history;
mod keep_board;
mod list;
mod problems;
mod set_status;
mod timeline;
mod update;
mod view;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        add_document::endpoint().into(),
        add_note::endpoint().into(),
        assign::endpoint().into(),
        board::endpoint().into(),
        create::endpoint().into(),
        delete::endpoint().into(),
        documents::endpoint().into(),
        get::endpoint().into(),
        history::endpoint().into(),
        keep_board::job().into(),
        list::endpoint().into(),
        set_status::endpoint().into(),
        timeline::endpoint().into(),
        update::endpoint().into(),
    ]
}
