//! `POST /api/leads/{leadId}/tags`

use super::support::{Dice, assert_whole, texts};
use futures::future::join_all;
use http::Method;
use plat_testing::TestApp;
use serde_json::{Value, json};

fn path(lead: &Value) -> String {
    format!("/api/leads/{}/tags", lead["id"].as_str().unwrap())
}

#[tokio::test]
async fn names_that_are_new_become_tags_and_known_ones_are_found_in_any_case() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let vip = owner
        .post("/api/tags", json!({"name": "VIP", "color": "#112233"}))
        .await
        .expect(201)
        .json();

    let tagged = owner
        .post(&path(&lead), json!({"tags": ["vip", "Hot", "hot"]}))
        .await
        .expect(200);
    let again = owner
        .post(&path(&lead), json!({"tags": [vip["id"], "HOT"]}))
        .await
        .expect(200);

    let tags = tagged.json()["tags"].clone();
    assert_eq!(texts(tags.as_array().unwrap(), "name"), ["Hot", "VIP"]);
    assert_eq!(
        tags[1],
        json!({"id": vip["id"], "name": "VIP", "color": "#112233"})
    );
    assert_eq!(tagged.header("etag"), "\"2\"");
    assert_eq!(again.json(), tagged.json());
    let all = owner.get("/api/tags").await.json();
    let uses: Vec<_> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| (tag["name"].clone(), tag["uses"].clone()))
        .collect();
    assert_eq!(uses, [(json!("Hot"), json!(1)), (json!("VIP"), json!(1))]);
    assert_whole(&app).await;
}

#[tokio::test]
async fn ids_that_no_tag_has_are_all_named_and_nothing_is_made() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let lead = owner.lead("Ann", json!({})).await;
    let foreign = other
        .post("/api/tags", json!({"name": "Theirs"}))
        .await
        .expect(201)
        .json();

    let refused = owner
        .post(
            &path(&lead),
            json!({"tags": ["new", foreign["id"], "01ARZ3NDEKTSV4RRFFQ69G5FAV"]}),
        )
        .await;

    assert_eq!(
        refused.expect(422).field_errors(),
        ["/tags/1 reference_not_found", "/tags/2 reference_not_found"]
    );
    assert_eq!(owner.get("/api/tags").await.json()["items"], json!([]));
}

#[tokio::test]
async fn one_to_twenty_tags_are_added_at_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let names = |count: usize| (0..count).map(|n| format!("tag {n}")).collect::<Vec<_>>();

    let none = owner.post(&path(&lead), json!({"tags": []})).await;
    let many = owner.post(&path(&lead), json!({"tags": names(21)})).await;
    let wrong = owner
        .post(&path(&lead), json!({"tags": ["ok", "", "x".repeat(51)]}))
        .await;
    let most = owner.post(&path(&lead), json!({"tags": names(20)})).await;

    assert_eq!(none.expect(422).field_errors(), ["/tags invalid_length"]);
    assert_eq!(many.expect(422).field_errors(), ["/tags invalid_length"]);
    assert_eq!(
        wrong.expect(422).field_errors(),
        ["/tags/1 required", "/tags/2 too_long"]
    );
    assert_eq!(
        most.expect(200).json()["tags"].as_array().unwrap().len(),
        20
    );
}

#[tokio::test]
async fn a_lead_wears_at_most_50_tags_and_deleted_ones_take_no_room() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    for first in [0, 20, 40] {
        let names: Vec<_> = (first..(first + 20).min(50))
            .map(|n| format!("tag {n:02}"))
            .collect();
        owner
            .post(&path(&lead), json!({"tags": names}))
            .await
            .expect(200);
    }

    let refused = owner
        .post(&path(&lead), json!({"tags": ["one more"]}))
        .await
        .expect(409);
    let tags = owner.get("/api/tags?limit=100").await.json();
    assert_eq!(tags["items"].as_array().unwrap().len(), 50);
    owner
        .delete(&format!(
            "/api/tags/{}",
            tags["items"][0]["id"].as_str().unwrap()
        ))
        .await
        .expect(204);
    let added = owner
        .post(&path(&lead), json!({"tags": ["one more"]}))
        .await
        .expect(200);

    assert_eq!(
        (refused.problem().as_str(), refused.json()["limit"].as_str()),
        ("limit-reached", Some("tags"))
    );
    assert_eq!(added.json()["tags"].as_array().unwrap().len(), 50);
    assert_whole(&app).await;
}

#[tokio::test]
async fn a_repeated_request_adds_once() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let send = || {
        owner
            .call(Method::POST, &path(&lead))
            .json(json!({"tags": ["hot"]}))
            .idempotency_key("t1")
            .send()
    };

    let (first, again) = (send().await.expect(200), send().await.expect(200));

    assert_eq!(first.text, again.text);
    assert_eq!(again.header("idempotency-replayed"), "true");
}

#[tokio::test]
async fn stale_versions_and_foreign_leads_make_no_tag() {
    let app = TestApp::start().await;
    let (owner, other) = (app.owner("Olive").await, app.owner("Oscar").await);
    let lead = owner.lead("Ann", json!({})).await;

    let stale = owner
        .call(Method::POST, &path(&lead))
        .if_match(5)
        .json(json!({"tags": ["hot"]}))
        .send()
        .await;
    let foreign = other.post(&path(&lead), json!({"tags": ["hot"]})).await;

    assert_eq!(stale.expect(412).json()["currentVersion"], 1);
    foreign.expect(404);
    for who in [&owner, &other] {
        assert_eq!(who.get("/api/tags").await.json()["items"], json!([]));
    }
}

#[tokio::test]
async fn tags_added_at_once_by_several_are_each_made_once_and_all_worn() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let lead = owner.lead("Ann", json!({})).await;
    let to = path(&lead);

    let answers =
        join_all((0..8).map(|n| owner.post(&to, json!({"tags": ["shared", format!("own {n}")]}))))
            .await;

    for answer in answers {
        answer.expect(200);
    }
    let after = owner.get(&to.replace("/tags", "")).await.json();
    assert_eq!(after["tags"].as_array().unwrap().len(), 9);
    assert_whole(&app).await;
}

#[tokio::test]
async fn uses_are_what_a_recount_says_whatever_happened() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mut dice = Dice::new(20_260_302);
    let mut leads = Vec::new();
    for n in 0..6 {
        leads.push(owner.lead(&format!("Lead {n}"), json!({})).await);
    }
    let names = ["red", "green", "blue", "white"];

    for _ in 0..150 {
        let lead = path(dice.pick(&leads));
        let bare = lead.replace("/tags", "");
        let tags = owner.get("/api/tags").await.expect(200).json()["items"]
            .as_array()
            .unwrap()
            .clone();
        let status = match dice.below(10) {
            0..=3 => {
                owner
                    .post(
                        &lead,
                        json!({"tags": [dice.pick(&names), dice.pick(&names)]}),
                    )
                    .await
                    .status
            }
            4 | 5 if !tags.is_empty() => {
                owner
                    .delete(&format!(
                        "{lead}/{}",
                        dice.pick(&tags)["id"].as_str().unwrap()
                    ))
                    .await
                    .status
            }
            6 if !tags.is_empty() => {
                owner
                    .delete(&format!(
                        "/api/tags/{}",
                        dice.pick(&tags)["id"].as_str().unwrap()
                    ))
                    .await
                    .status
            }
            7 => owner.delete(&bare).await.status,
            _ => {
                owner
                    .post(&format!("{bare}/restore"), Value::Null)
                    .await
                    .status
            }
        };
        assert!([200, 204, 404].contains(&status), "{status}");
    }

    assert_whole(&app).await;
    app.settle().await;
    let tags = owner.get("/api/tags").await.json();
    for tag in tags["items"].as_array().unwrap() {
        let wearing = owner
            .get(&format!(
                "/api/leads?tag={}&limit=100",
                tag["id"].as_str().unwrap()
            ))
            .await
            .expect(200)
            .json();
        assert_eq!(
            wearing["items"].as_array().unwrap().len(),
            usize::try_from(tag["uses"].as_u64().unwrap()).unwrap()
        );
    }
}
