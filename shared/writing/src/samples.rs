//! A client to write to in tests.

use crate::{Context, Sender};
use plat_domain::{ClientStage, FollowUpType, PropertyType};

/// Dana, who may sell a house on Oak Street.
pub(crate) fn dana() -> Context {
    Context {
        kind: FollowUpType::Day3,
        client_name: "Dana Whitfield".to_owned(),
        property_address: "1280 Oak Street, Austin, TX 78704".to_owned(),
        property_type: PropertyType::Residential,
        stage: ClientStage::Lead,
        notes: Some("Wants to sell before school starts.".to_owned()),
        custom_fields: vec![("Backyard".to_owned(), "large".to_owned())],
        instructions: None,
        sender: Sender {
            name: "Sam Ortiz".to_owned(),
            team: "Harbor Homes".to_owned(),
        },
        language: "en".to_owned(),
    }
}
