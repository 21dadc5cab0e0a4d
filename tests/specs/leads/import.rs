//! `POST /api/leads/import`

use super::import_support::{PATH, import, lead, leads};
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_file_is_announced_and_waits() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;

    let answer = owner
        .post(PATH, json!({"fileName": "owners.csv", "size": 120}))
        .await
        .expect(201);

    let told = answer.json();
    let path = format!(
        "/api/leads/imports/{}",
        told["import"]["id"].as_str().unwrap()
    );
    assert_eq!(answer.header("location"), path);
    assert_eq!(told["import"]["status"], "waiting");
    assert_eq!(told["import"]["duplicates"], "skip");
    assert_eq!(told["upload"]["method"], "PUT");
    assert_eq!(told["upload"]["headers"]["content-type"], "text/csv");
}

#[tokio::test]
async fn only_what_was_announced_can_be_sent() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let body = json!({"fileName": "leads.csv", "size": 5});
    let told = owner.post(PATH, body).await.expect(201).json();

    let put = app.upload(&told["upload"], "Name,Email\n").await;

    assert_eq!(put, 403);
}

#[tokio::test]
async fn what_is_wrong_is_told_field_by_field() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let cases = [
        (json!({"size": 0}), "/size invalid_size"),
        (json!({"size": 262_144_001}), "/size invalid_size"),
        (json!({"fileName": "a/b.csv"}), "/fileName has_path"),
        (
            json!({"mapping": {"Tel": "telefon"}}),
            "/mapping/Tel invalid_choice",
        ),
        (
            json!({"mapping": {"a/b": "custom:a b"}}),
            "/mapping/a~1b invalid_choice",
        ),
        (
            json!({"mapping": {"A": "phone", "B": "phone"}}),
            "/mapping/B duplicate",
        ),
        (json!({"tags": vec!["x"; 21]}), "/tags invalid_length"),
        (
            json!({"assignedTo": owner.id, "roundRobin": [owner.id]}),
            "/roundRobin not_together",
        ),
        (
            json!({"assignedTo": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}),
            "/assignedTo reference_not_found",
        ),
        (
            json!({"defaultCountry": "XX"}),
            "/defaultCountry invalid_country",
        ),
    ];
    for (wrong, expected) in cases {
        let mut body = json!({"fileName": "leads.csv", "size": 100});
        for (name, value) in wrong.as_object().unwrap() {
            body[name] = value.clone();
        }

        let answer = owner.post(PATH, body).await.expect(422);

        assert_eq!(answer.field_errors(), [expected]);
    }
}

#[tokio::test]
async fn members_may_not_import() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let member = owner.invite("Mia", "member").await;
    let body = json!({"fileName": "leads.csv", "size": 5});

    member.post(PATH, body).await.expect(403);
}

#[tokio::test]
async fn new_leads_get_the_tags_the_source_and_whose_turn_it_is() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let member = owner.invite("Mia", "member").await;
    let file = "Name,Email,Source,Tags\n\
        Ann,ann@example.com,,\n\
        Bob,bob@example.com,Door,\"warm, probate\"\n";
    let more = json!({
        "tags": ["March"], "source": "PropStream", "roundRobin": [owner.id, member.id],
    });

    import(&app, &owner, file, more).await;

    let (ann, bob) = (lead(&owner, "Ann").await, lead(&owner, "Bob").await);
    let tags = |lead: &serde_json::Value| {
        let tags = lead["tags"].as_array().unwrap().iter();
        tags.map(|tag| tag["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (&ann["source"], &bob["source"]),
        (&json!("PropStream"), &json!("Door"))
    );
    assert_eq!(tags(&ann), ["March"]);
    assert_eq!(tags(&bob), ["March", "probate", "warm"]);
    assert_ne!(ann["assignedTo"], bob["assignedTo"]);
    let uses = owner.get("/api/tags").await.expect(200).json();
    let uses: Vec<(&str, u64)> = uses["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| (tag["name"].as_str().unwrap(), tag["uses"].as_u64().unwrap()))
        .collect();
    assert_eq!(uses, [("March", 2), ("probate", 1), ("warm", 1)]);
    super::support::assert_whole(&app).await;
}

#[tokio::test]
async fn numbers_without_a_country_are_of_the_one_that_is_said() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let file = "Name,Phone\nAnn,020 7946 0958\n";

    import(&app, &owner, file, json!({"defaultCountry": "GB"})).await;

    let found = owner
        .get("/api/leads?q=%2B442079460958")
        .await
        .expect(200)
        .json();
    assert_eq!(found["items"][0]["name"], "Ann");
}

#[tokio::test]
async fn columns_are_what_they_are_said_to_be() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let file = "Wer,Mail privat,Phone,Beds\nAnn,ann@example.com,none of yours,3\n";
    let mapping = json!({
        "Wer": "name", "mail privat": "email", "Phone": "ignore", "Beds": "custom:rooms",
    });

    let done = import(&app, &owner, file, json!({"mapping": mapping})).await;

    let ann = lead(&owner, "Ann").await;
    assert_eq!(ann["email"], "ann@example.com");
    assert_eq!(ann["customFields"], json!({"rooms": 3}));
    let fields: Vec<&str> = done["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|column| column["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["name", "email", "ignore", "custom:rooms"]);
}

#[tokio::test]
async fn a_column_that_is_not_there_is_told() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let file = "Name,Email\nAnn,ann@example.com\n";

    let done = import(&app, &owner, file, json!({"mapping": {"Tel": "phone"}})).await;

    assert_eq!(done["status"], "failed");
    assert_eq!(done["failure"]["code"], "unknown_column");
    assert!(leads(&owner).await.is_empty());
}
