//! Leads: people who might do business.
//!
//! Here belong the endpoints under `/api/leads` and what they show. Not here: the rules of a lead (`domain::lead`), how
//! it is stored (`store::lead`), the jobs that follow its changes (`search`, `activities`).

mod activities;
mod add_note;
mod add_tags;
mod assign;
mod bulk_delete;
mod convert;
mod create;
mod delete;
mod get;
mod history;
mod list;
mod list_notes;
mod name_or_id;
mod problems;
mod remove_tag;
mod restore;
mod set_status;
mod update;
mod view;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        activities::endpoint().into(),
        add_note::endpoint().into(),
        add_tags::endpoint().into(),
        assign::endpoint().into(),
        bulk_delete::endpoint().into(),
        convert::endpoint().into(),
        create::endpoint().into(),
        delete::endpoint().into(),
        get::endpoint().into(),
        history::endpoint().into(),
        list::endpoint().into(),
        list_notes::endpoint().into(),
        remove_tag::endpoint().into(),
        restore::endpoint().into(),
        set_status::endpoint().into(),
        update::endpoint().into(),
    ]
}
