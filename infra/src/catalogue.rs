//! The catalogue of domain events: every type there is, what it means, and the JSON Schema of its data.

use plat_domain::{Event, EventType};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The catalogue as a document. `$defs` holds what several types share.
pub fn catalogue() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let types: Map<String, Value> = EventType::ALL
        .iter()
        .map(|kind| {
            let data = kind.data_schema(&mut generator);
            let about = json!({"description": kind.meaning(), "data": data});
            (kind.as_str().to_owned(), about)
        })
        .collect();
    let mut envelope = generator.subschema_for::<Event>().to_value();
    let mut definitions = generator.take_definitions(true);
    // What the envelope says of type and data is what `types` says, one by one.
    if let Some(event) = definitions.remove("Event") {
        envelope = event;
    }
    if let Some(event) = envelope.as_object_mut() {
        event.remove("oneOf");
    }
    if let Some(properties) = envelope
        .get_mut("properties")
        .and_then(Value::as_object_mut)
    {
        let names: Vec<_> = EventType::ALL.iter().map(|kind| kind.as_str()).collect();
        let kind = json!({"description": "What happened.", "enum": names});
        properties.insert("type".to_owned(), kind);
        let data = json!({"description": "What `types` says of this type."});
        properties.insert("data".to_owned(), data);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Domain events of Plat",
        "description": "An event is what `envelope` says, with one of `types` as its `type` and that type's `data`. On the bus it is the detail of an event whose source is `plat` and whose detail type is its type. An event may be told twice; its id is the same.",
        "envelope": envelope,
        "types": types,
        "$defs": definitions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_there_with_its_meaning_and_its_data() {
        let catalogue = catalogue();
        for kind in EventType::ALL {
            let about = &catalogue["types"][kind.as_str()];
            assert!(
                about["description"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty())
            );
            assert!(about["data"].is_object(), "{kind}");
        }
        assert!(catalogue["envelope"]["properties"]["causation"].is_object());
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
            match value {
                Value::Object(object) => {
                    into.extend(object.get("$ref").and_then(Value::as_str));
                    object.values().for_each(|value| references(value, into));
                }
                Value::Array(list) => list.iter().for_each(|value| references(value, into)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        let catalogue = catalogue();
        let mut found = Vec::new();
        references(&catalogue, &mut found);
        assert!(!found.is_empty());
        for reference in found {
            let pointer = reference.trim_start_matches('#');
            assert!(catalogue.pointer(pointer).is_some(), "{reference}");
        }
    }
}
