//! What a team sets once for all its work.
//!
//! Here belong the endpoints under `/api/settings`. Not here: what a person sets for themselves (`auth`), keys of providers
//! (`integrations`), and how follow-ups are written and sent by these settings (`emails`).

mod api_key_view;
mod api_keys;
mod business;
mod create_api_key;
mod create_custom_field;
mod custom_fields;
mod delete_api_key;
mod delete_custom_field;
mod email;
mod field_view;
mod problems;
mod test_email;
mod update_business;
mod update_custom_field;
mod update_email;
mod view;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        api_keys::endpoint().into(),
        business::endpoint().into(),
        create_api_key::endpoint().into(),
        create_custom_field::endpoint().into(),
        custom_fields::endpoint().into(),
        delete_api_key::endpoint().into(),
        delete_custom_field::endpoint().into(),
        email::endpoint().into(),
        test_email::endpoint().into(),
        update_business::endpoint().into(),
        update_custom_field::endpoint().into(),
        update_email::endpoint().into(),
    ]
}
