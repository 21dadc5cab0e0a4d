//! `POST /intake/{intakeKey}`

use futures::future::join_all;
use http::Method;
use jiff::SignedDuration;
use plat_testing::{Answer, Someone, TestApp};
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn key(by: &Someone<'_>, body: Value) -> String {
    let made = by.post("/api/settings/api-keys", body).await.expect(201);
    let url = made.json()["url"].as_str().unwrap().to_owned();
    url[url.find("/intake/").unwrap()..].to_owned()
}

async fn send(app: &TestApp, key: &str, body: Value) -> Answer {
    app.call(Method::POST, key).json(body).send().await
}

async fn form(app: &TestApp, key: &str, media_type: &str, body: &str) -> Answer {
    let call = app.call(Method::POST, key);
    call.body(media_type, body.to_owned()).send().await
}

async fn lead(by: &Someone<'_>, sent: &Answer) -> Value {
    let id = sent.json()["id"].as_str().unwrap().to_owned();
    by.get(&format!("/api/leads/{id}")).await.expect(200).json()
}

async fn count(by: &Someone<'_>) -> usize {
    let list = by.get("/api/leads?limit=100").await.expect(200).json();
    list["items"].as_array().unwrap().len()
}

async fn timeline(by: &Someone<'_>, lead: &Value) -> Vec<Value> {
    let path = format!("/api/leads/{}/activities", lead["id"].as_str().unwrap());
    let list = by.get(&path).await.expect(200).json();
    list["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_form_becomes_a_lead_with_what_it_says() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let tag = owner.post("/api/tags", json!({"name": "web"})).await.id();
    let key = key(
        &owner,
        json!({"name": "Contact form", "source": "Website", "assignedTo": [owner.id], "tags": [tag]}),
    )
    .await;

    let sent = send(
        &app,
        &key,
        json!({
            "First Name": "Ann", "lastName": "Lee", "email": "Ann@Example.com", "phone_number": "(512) 555-0142",
            "property": {"address": {"street": "12 Oak St", "city": "Austin", "state": "TX", "zip": "78701"}},
            "message": "Please call me.", "utm_source": "spring", "sms_consent": "yes", "status": "won", "score": 99,
        }),
    )
    .await
    .expect(201);

    assert_eq!(sent.json().as_object().unwrap().len(), 2);
    let lead = lead(&owner, &sent).await;
    assert_eq!(
        (
            &lead["name"],
            &lead["email"],
            &lead["source"],
            &lead["status"]
        ),
        (
            &json!("Ann Lee"),
            &json!("Ann@Example.com"),
            &json!("Website"),
            &json!("new")
        )
    );
    assert_eq!(lead["address"]["street"], "12 Oak St");
    assert_eq!(
        (&lead["assignedTo"], &lead["score"]),
        (&json!(owner.id), &Value::Null)
    );
    assert_eq!(lead["tags"][0]["name"], "web");
    assert_eq!(
        lead["consent"],
        json!({"email": false, "sms": true, "call": false})
    );
    assert_eq!(
        lead["customFields"],
        json!({"utm_source": "spring", "status": "won", "score": "99"})
    );
    assert_eq!(lead["createdBy"]["name"], "Contact form");
    let notes = format!("/api/leads/{}/notes", lead["id"].as_str().unwrap());
    let notes = owner.get(&notes).await.json();
    assert_eq!(notes["items"][0]["content"], "Please call me.");
    let uses = owner.get("/api/tags").await.json();
    assert_eq!(uses["items"][0]["uses"], 1);
}

#[tokio::test]
async fn forms_portals_and_automations_are_read() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let key = key(&owner, json!({"name": "All"})).await;
    let multipart = "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nMultiPart\r\n\
                     --x\r\nContent-Disposition: form-data; name=\"cv\"; filename=\"a.pdf\"\r\n\r\n%PDF\r\n\
                     --x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nm@example.com\r\n--x--\r\n";
    let sent = [
        form(&app, &key, "application/x-www-form-urlencoded", "contact%5Bname%5D=Url+Coded&contact%5Bemail%5D=u%40example.com").await,
        form(&app, &key, "multipart/form-data; boundary=x", multipart).await,
        form(
            &app,
            &key,
            "application/x-www-form-urlencoded; charset=utf-8",
            "name=Zillow+Buyer&email=z%40example.com&phone=512-555-0143&listingStreet=5+Elm&listingPostalCode=78702&listingContactEmail=agent%40example.com",
        )
        .await,
        send(&app, &key, json!({"lead": {"first_name": "Realtor", "last_name": "Buyer", "email": "r@example.com", "property_address": "7 Pine"}})).await,
        send(&app, &key, json!({"field_data": [{"name": "full_name", "values": ["Face Book"]}, {"name": "email", "values": ["f@example.com"]}]})).await,
        send(&app, &key, json!({"person": {"name": "Follow Up", "emails": [{"value": "b@example.com"}], "phones": [{"value": "5125550144"}]}})).await,
        send(&app, &key, json!({"email": "nameless@example.com"})).await,
    ];

    let mut names = Vec::new();
    for answer in &sent {
        assert_eq!(answer.status, 201, "{}", answer.text);
        names.push(
            lead(&owner, answer).await["name"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }

    assert_eq!(
        names,
        [
            "Url Coded",
            "MultiPart",
            "Zillow Buyer",
            "Realtor Buyer",
            "Face Book",
            "Follow Up",
            "nameless"
        ]
    );
    let zillow = lead(&owner, &sent[2]).await;
    assert_eq!(
        (
            &zillow["email"],
            &zillow["address"]["street"],
            &zillow["address"]["zip"]
        ),
        (&json!("z@example.com"), &json!("5 Elm"), &json!("78702"))
    );
    assert_eq!(lead(&owner, &sent[3]).await["address"]["street"], "7 Pine");
}

#[tokio::test]
async fn what_cannot_be_a_lead_is_refused_by_what_is_wrong() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let key = key(&owner, json!({"name": "Form"})).await;

    let cases = [
        (json!({"name": "Ann"}), vec!["/email contact_required"]),
        (json!({}), vec!["/email contact_required"]),
        (
            json!({"name": "Ann", "email": "nope"}),
            vec!["/email invalid_email"],
        ),
        (
            json!({"email": "nope", "phone": "12"}),
            vec!["/email invalid_email", "/phone invalid_phone"],
        ),
    ];
    for (body, expected) in cases {
        let refused = send(&app, &key, body.clone()).await.expect(422);
        assert_eq!(refused.field_errors(), expected, "{body}");
    }
    form(&app, &key, "application/json", "{").await.expect(400);
    form(&app, &key, "multipart/form-data", "x")
        .await
        .expect(400);
    form(&app, &key, "text/plain", "email=a@b.c")
        .await
        .expect(415);
    let huge = "x".repeat(1024 * 1024 + 1);
    form(&app, &key, "application/json", &huge)
        .await
        .expect(413);
    assert_eq!(count(&owner).await, 0);
}

#[tokio::test]
async fn no_other_key_is_good_for_anything() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let good = key(&owner, json!({"name": "Form"})).await;
    let last = if good.ends_with('0') { '1' } else { '0' };
    let guessed = format!("{}{last}", &good[..good.len() - 1]);

    for key in ["/intake/x", guessed.as_str(), &good[..good.len() - 1]] {
        let refused = send(&app, key, json!({"email": "ann@example.com"})).await;
        assert_eq!(refused.status, 404, "{key}");
    }
    assert_eq!(count(&owner).await, 0);
}

#[tokio::test]
async fn what_fills_in_the_trap_is_taken_and_dropped() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let usual = key(&owner, json!({"name": "Usual"})).await;
    let own = key(&owner, json!({"name": "Own", "trap": "fax"})).await;

    send(
        &app,
        &usual,
        json!({"email": "a@example.com", "website_url": "http://spam"}),
    )
    .await
    .expect(201);
    send(
        &app,
        &own,
        json!({"lead": {"email": "b@example.com", "Fax": "1"}}),
    )
    .await
    .expect(201);
    assert_eq!(count(&owner).await, 0);

    send(
        &app,
        &usual,
        json!({"email": "c@example.com", "website_url": " "}),
    )
    .await
    .expect(201);
    assert_eq!(count(&owner).await, 1);
}

#[tokio::test]
async fn copies_that_come_at_once_are_one_person() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let key = key(&owner, json!({"name": "Form"})).await;
    for (body, copies) in [
        (
            json!({"name": "Ann Lee", "email": "ann@example.com", "message": "Hello"}),
            1_000,
        ),
        (
            json!({"name": "Bob Ray", "phone": "512-555-0142", "message": "Hello"}),
            200,
        ),
    ] {
        let before = count(&owner).await;

        let sent = (0..copies).map(|_| send(&app, &key, body.clone()));
        let answers = join_all(sent).await;

        let ids: BTreeSet<String> = answers
            .iter()
            .map(|answer| answer.json()["id"].to_string())
            .collect();
        let created = answers.iter().filter(|answer| answer.status == 201).count();
        let known = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!((ids.len(), created, known), (1, 1, copies - 1), "{body}");
        assert_eq!(count(&owner).await, before + 1);
        app.settle().await;
        let lead = lead(&owner, &answers[0]).await;
        let lines = timeline(&owner, &lead).await;
        let of = |kind: &str| lines.iter().filter(|line| line["type"] == kind).count();
        assert_eq!((of("lead_created"), of("lead_asked_again")), (1, 0));
        assert_eq!(lead["version"], 1);
    }
}

#[tokio::test]
async fn who_asks_again_is_brought_up_to_date_and_it_is_on_their_timeline_once_a_minute() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let key = key(&owner, json!({"name": "Form", "source": "Website"})).await;
    let first = json!({"name": "Ann Lee", "email": "ann@example.com", "email_consent": "no"});
    let first = send(&app, &key, first).await.expect(201);
    app.advance(SignedDuration::from_mins(5));
    let again = json!({
        "name": "Annie", "email": "ANN@example.com", "company": "Acme", "email_consent": "yes", "message": "Still there?",
    });

    let answers = join_all((0..5).map(|_| send(&app, &key, again.clone()))).await;
    app.settle().await;
    let lead_then = lead(&owner, &first).await;
    let lines = timeline(&owner, &lead_then).await;
    app.advance(SignedDuration::from_mins(1));
    send(&app, &key, again).await.expect(200);

    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 200 && answer.json()["id"] == lead_then["id"])
    );
    assert_eq!(
        (
            &lead_then["name"],
            &lead_then["company"],
            &lead_then["version"]
        ),
        (&json!("Ann Lee"), &json!("Acme"), &json!(2))
    );
    assert_eq!(lead_then["consent"]["email"], false);
    let asked: Vec<&Value> = lines
        .iter()
        .filter(|line| line["type"] == "lead_asked_again")
        .collect();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (
            &asked[0]["data"]["message"],
            &asked[0]["data"]["source"],
            &asked[0]["actor"]["name"]
        ),
        (&json!("Still there?"), &json!("Website"), &json!("Form"))
    );
    let now = timeline(&owner, &lead_then).await;
    let asked = now.iter().filter(|line| line["type"] == "lead_asked_again");
    assert_eq!(asked.count(), 2);
}

#[tokio::test]
async fn a_household_is_two_people_and_who_was_deleted_is_new() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let key = key(&owner, json!({"name": "Form"})).await;
    let ann = json!({"name": "Ann Lee", "phone": "512-555-0142"});

    let first = send(&app, &key, ann.clone()).await.expect(201);
    let other = send(
        &app,
        &key,
        json!({"name": "Zoe Park", "phone": "512-555-0142"}),
    )
    .await;
    let path = format!("/api/leads/{}", first.json()["id"].as_str().unwrap());
    owner.call(Method::DELETE, &path).send().await.expect(204);
    let again = send(&app, &key, ann.clone()).await;
    let once_more = send(&app, &key, ann).await;

    other.expect(201);
    assert_ne!(again.expect(201).json()["id"], first.json()["id"]);
    once_more.expect(200);
}

#[tokio::test]
async fn members_take_turns_and_who_has_left_is_passed_over() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let (mia, max) = (
        owner.invite("Mia", "member").await,
        owner.invite("Max", "member").await,
    );
    let key = key(
        &owner,
        json!({"name": "Form", "assignedTo": [owner.id, mia.id, max.id]}),
    )
    .await;
    let mut works = Vec::new();

    for n in 0..3 {
        let sent = send(&app, &key, json!({"email": format!("a{n}@example.com")})).await;
        works.push(lead(&owner, &sent.expect(201)).await["assignedTo"].clone());
    }
    let left = format!("/api/teams/{}/members/{}", owner.team, mia.id);
    owner.call(Method::DELETE, &left).send().await.expect(204);
    for n in 3..5 {
        let sent = send(&app, &key, json!({"email": format!("a{n}@example.com")})).await;
        works.push(lead(&owner, &sent.expect(201)).await["assignedTo"].clone());
    }

    assert_eq!(
        works,
        [&owner.id, &mia.id, &max.id, &owner.id, &max.id].map(|id| json!(id))
    );
}

#[tokio::test]
async fn values_are_held_to_the_teams_fields_and_nothing_is_lost() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let fields = "/api/settings/custom-fields";
    for body in [
        json!({"name": "Budget range", "type": "money", "required": true}),
        json!({"name": "Move by", "type": "date"}),
    ] {
        owner.post(fields, body).await.expect(201);
    }
    let key = key(&owner, json!({"name": "Form"})).await;

    let sent = send(
        &app,
        &key,
        json!({"email": "ann@example.com", "phone": "12", "Budget Range": "$250,000", "move_by": "soon"}),
    )
    .await
    .expect(201);
    let bare = send(&app, &key, json!({"email": "bob@example.com"})).await;

    bare.expect(201);
    let lead = lead(&owner, &sent).await;
    assert_eq!(lead["customFields"], json!({"budget_range": "250000.00"}));
    let notes = format!("/api/leads/{}/notes", lead["id"].as_str().unwrap());
    let notes = owner.get(&notes).await.json();
    assert_eq!(notes["items"][0]["content"], "Phone: 12\nmove_by: soon");
}

#[tokio::test]
async fn a_key_takes_so_many_in_a_minute() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let key = key(&owner, json!({"name": "Form"})).await;
    let trapped = || send(&app, &key, json!({"website_url": "x"}));
    for _ in 0..12 {
        join_all((0..100).map(|_| trapped())).await;
    }

    let more = trapped().await.expect(429);
    app.advance(SignedDuration::from_mins(1));
    let later = trapped().await;

    assert!(more.header("retry-after").parse::<i64>().unwrap() <= 60);
    later.expect(201);
}
