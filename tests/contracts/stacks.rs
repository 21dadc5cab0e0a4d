//! The templates: those written by hand and those made keep the same rules, and their table is the one that the store
//! knows. That they are what the registry makes is in `reference`.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, GlobalSecondaryIndexDescription, KeySchemaElement,
};
use plat_infra::rules::{Index, Stacks, Table, unused};
use plat_local::engine::Engine;
use plat_store::table;

#[test]
fn the_templates_keep_every_rule() {
    let stacks = Stacks::committed().unwrap();
    let broken = stacks.broken(&plat_local::functions());
    let lines: Vec<String> = broken.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "\n{}", lines.join("\n"));
}

#[test]
fn every_template_is_deployed() {
    let stacks = Stacks::committed().unwrap();
    assert_eq!(unused(&stacks).unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn the_table_of_the_stack_is_the_one_that_the_store_makes() {
    let templated = Stacks::committed().unwrap().table().unwrap();
    assert_eq!(made().await, templated);
}

/// The table that the store makes, as the engine describes it.
async fn made() -> Table {
    const NAME: &str = "plat";
    let engine = Engine::memory().await.unwrap();
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .endpoint_url(&engine.endpoint)
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .build();
    let client = Client::from_conf(config);
    table::create(&client, NAME).await.unwrap();
    let described = client.describe_table().table_name(NAME).send().await;
    let described = described.unwrap().table.unwrap();
    let expiry = client
        .describe_time_to_live()
        .table_name(NAME)
        .send()
        .await
        .unwrap();
    let mut attributes: Vec<_> = described
        .attribute_definitions()
        .iter()
        .map(definition)
        .collect();
    attributes.sort();
    let mut indexes: Vec<_> = described
        .global_secondary_indexes()
        .iter()
        .map(index)
        .collect();
    indexes.sort();
    let stream = described.stream_specification().unwrap();
    assert!(stream.stream_enabled());
    Table {
        key: keys(described.key_schema()),
        attributes,
        indexes,
        stream: stream.stream_view_type().unwrap().as_str().to_owned(),
        billing: described
            .billing_mode_summary()
            .and_then(|summary| summary.billing_mode())
            .unwrap()
            .as_str()
            .to_owned(),
        expires_by: expiry
            .time_to_live_description()
            .and_then(|expiry| expiry.attribute_name())
            .unwrap_or_default()
            .to_owned(),
    }
}

fn definition(attribute: &AttributeDefinition) -> (String, String) {
    let kind = attribute.attribute_type().as_str().to_owned();
    (attribute.attribute_name().to_owned(), kind)
}

fn keys(schema: &[KeySchemaElement]) -> Vec<(String, String)> {
    let pair = |key: &KeySchemaElement| {
        let kind = key.key_type().as_str().to_owned();
        (key.attribute_name().to_owned(), kind)
    };
    schema.iter().map(pair).collect()
}

fn index(index: &GlobalSecondaryIndexDescription) -> Index {
    let projection = index.projection().unwrap();
    let mut projected = projection.non_key_attributes().to_vec();
    projected.sort();
    Index {
        name: index.index_name().unwrap().to_owned(),
        key: keys(index.key_schema()),
        projection: projection.projection_type().unwrap().as_str().to_owned(),
        projected,
    }
}
