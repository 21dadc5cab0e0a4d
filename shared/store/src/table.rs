//! The table itself: its key, its indexes, its stream. The stacks and the local host create it from this description.

use crate::error::StoreError;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType,
    TimeToLiveSpecification,
};

/// The global secondary indexes; each is named after its partition key.
pub const INDEXES: [&str; 4] = ["GSI1", "GSI2", "GSI3", "GSI4"];

/// The one sort key of all indexes: lists of one record share an order, and so one attribute.
pub const INDEX_SORT_KEY: &str = "GSK";

/// What the indexes carry beside keys: the part of a record that lists show, where it stands and since when, and its
/// envelope. A status is beside the row where it is changed without reading the record.
///
/// Everything else of a record is under `rest`, so this list is the same for every kind of record.
pub const PROJECTED: [&str; 8] = [
    "type",
    "row",
    "status",
    "since",
    "version",
    "createdAt",
    "updatedAt",
    "createdBy",
];

/// The attribute by which DynamoDB deletes what has expired, in seconds.
pub const EXPIRES_AT: &str = "expiresAt";

/// Creates the table if there is none; for the local host and tests.
pub async fn create(client: &Client, table: &str) -> Result<(), StoreError> {
    let broken = |error: aws_sdk_dynamodb::error::BuildError| StoreError::Fault(error.to_string());
    let attribute = |name: &str| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S)
            .build()
            .map_err(broken)
    };
    let key = |name: &str, kind: KeyType| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind)
            .build()
            .map_err(broken)
    };
    let mut request = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key("PK", KeyType::Hash)?)
        .key_schema(key("SK", KeyType::Range)?)
        .stream_specification(
            StreamSpecification::builder()
                .stream_enabled(true)
                .stream_view_type(StreamViewType::NewAndOldImages)
                .build()
                .map_err(broken)?,
        );
    for name in ["PK", "SK", INDEX_SORT_KEY].into_iter().chain(INDEXES) {
        request = request.attribute_definitions(attribute(name)?);
    }
    for name in INDEXES {
        let projection = Projection::builder()
            .projection_type(ProjectionType::Include)
            .set_non_key_attributes(Some(PROJECTED.map(str::to_owned).to_vec()))
            .build();
        let index = GlobalSecondaryIndex::builder()
            .index_name(name)
            .key_schema(key(name, KeyType::Hash)?)
            .key_schema(key(INDEX_SORT_KEY, KeyType::Range)?)
            .projection(projection)
            .build()
            .map_err(broken)?;
        request = request.global_secondary_indexes(index);
    }
    if let Err(error) = request.send().await {
        return match error.as_service_error() {
            Some(refused) if refused.is_resource_in_use_exception() => Ok(()),
            _ => Err(crate::db::fault("CreateTable", &error)),
        };
    }
    let expiry = TimeToLiveSpecification::builder()
        .enabled(true)
        .attribute_name(EXPIRES_AT)
        .build()
        .map_err(broken)?;
    client
        .update_time_to_live()
        .table_name(table)
        .time_to_live_specification(expiry)
        .send()
        .await
        .map(|_| ())
        .map_err(|error| crate::db::fault("UpdateTimeToLive", &error))
}
