//! Leads: people who might do business.
//!
//! Here belong the endpoints under `/api/leads` and what they show. Not here: the rules of a lead (`domain::lead`), how
//! it is stored (`store::lead`), the jobs that follow its changes (`search`, `activities`).

mod activities;
mod add_note;
mod add_tags;
mod assign;
mod batch_view;
mod begin_batch;
mod bulk;
mod bulk_assign;
mod bulk_change;
mod bulk_delete;
mod bulk_rows;
mod bulk_update;
mod cancel_bulk;
mod convert;
mod create;
mod custom_fields;
mod delete;
mod duplicates;
mod export;
mod export_columns;
mod export_rows;
mod filter;
mod get;
mod get_bulk;
mod get_export;
mod get_import;
mod history;
mod import;
mod import_file;
mod import_rows;
mod importing;
mod list;
mod list_imports;
mod list_notes;
mod merge;
mod merged_view;
mod move_around;
mod name_or_id;
mod problems;
mod remove_tag;
mod restore;
mod set_status;
mod undo_import;
mod undo_rows;
mod unmerge;
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
        begin_batch::job().into(),
        bulk_assign::endpoint().into(),
        bulk_delete::endpoint().into(),
        bulk_rows::job().into(),
        bulk_update::endpoint().into(),
        cancel_bulk::endpoint().into(),
        convert::endpoint().into(),
        create::endpoint().into(),
        delete::endpoint().into(),
        duplicates::endpoint().into(),
        export::endpoint().into(),
        export_rows::job().into(),
        get::endpoint().into(),
        get_bulk::endpoint().into(),
        get_export::endpoint().into(),
        get_import::endpoint().into(),
        history::endpoint().into(),
        import::endpoint().into(),
        import_file::job().into(),
        import_rows::job().into(),
        list::endpoint().into(),
        list_imports::endpoint().into(),
        list_notes::endpoint().into(),
        merge::endpoint().into(),
        move_around::job().into(),
        remove_tag::endpoint().into(),
        restore::endpoint().into(),
        set_status::endpoint().into(),
        undo_import::endpoint().into(),
        undo_rows::job().into(),
        unmerge::endpoint().into(),
        update::endpoint().into(),
    ]
}
