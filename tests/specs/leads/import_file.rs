//! `leads.import_file`

use super::import_support::{counts, get, import, lead, leads, send, table, verdicts};
use plat_testing::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_list_of_owners_becomes_leads() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let file = "Address,Unit #,City,State,Zip,County,Owner 1 First Name,Owner 1 Last Name,\
        Mailing Address,Mailing City,Property Type,Est. Value,Phone 1,Phone 1 DNC,Phone 2,Email 1\n\
        12 Elm St,4,Austin,TX,78701,Travis,Ann,Lee,PO Box 9,Dallas,Single Family,\"$185,000\",\
        (202) 555-0173,Yes,2025550174,ann@example.com\n";

    let done = import(&app, &owner, file, json!({})).await;

    assert_eq!(counts(&done), [1, 0, 0, 0]);
    let ann = lead(&owner, "Ann Lee").await;
    assert_eq!(ann["email"], "ann@example.com");
    assert_eq!(ann["phone"], "(202) 555-0173");
    assert_eq!(
        ann["address"],
        json!({"street": "12 Elm St", "unit": "4", "city": "Austin", "state": "TX", "zip": "78701"})
    );
    assert_eq!(
        ann["value"],
        json!({"amount": "185000.00", "currency": "USD"})
    );
    assert_eq!(ann["propertyType"], "residential");
    assert_eq!(ann["consent"]["call"], false);
    assert_eq!(ann["createdAt"], "2026-03-02T15:00:00Z");
    assert_eq!(
        ann["customFields"],
        json!({
            "County": "Travis", "phone_2": 2_025_550_174_u64, "property_type": "Single Family",
            "mailing_address": "PO Box 9", "mailing_city": "Dallas",
        })
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_and_told_and_only_nobody_fails() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let file = "Name,Email,Phone,Score,Last Contact\n\
        Ann,ann@example.com,call me,700,soon\n\
        Bob,,call me,,\n\
        ,nobody@example.com,,,\n\
        Cy,,,,\n\
        Di,di@example.com; di@example.org,,,3/2/2026\n";

    let done = import(&app, &owner, file, json!({})).await;

    assert_eq!(counts(&done), [2, 0, 0, 3]);
    assert_eq!(
        verdicts(&app, &done).await,
        [
            "2 created ",
            "3 failed invalid_phone",
            "4 failed name_required",
            "5 failed contact_required",
            "6 created ",
        ]
    );
    let ann = lead(&owner, "Ann").await;
    assert_eq!(
        ann["customFields"],
        json!({"phone": "call me", "score": "700", "last_contact": "soon"})
    );
    let di = lead(&owner, "Di").await;
    assert_eq!(di["email"], "di@example.com");
    assert_eq!(di["lastContactAt"], "2026-03-02T00:00:00Z");
    let told = table(&app, &done["result"]).await;
    assert!(told[0][6].contains("Phone: "), "{told:?}");
}

#[tokio::test]
async fn rows_that_failed_are_given_back_to_be_mended_and_sent_again() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let file = "Name,Email,Roof\nAnn,ann@example.com,new\nBob,,=old\n";
    let done = import(&app, &owner, file, json!({})).await;

    let failed = table(&app, &done["failedRows"]).await;
    let url = done["failedRows"]["url"].as_str().unwrap();
    let mended = String::from_utf8(app.download(url).await.bytes.to_vec()).unwrap();
    let mended = mended.replace("Bob,", "Bob,bob@example.com");
    let again = import(&app, &owner, &mended, json!({})).await;

    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0][..3], ["Bob", "", "'=old"]);
    assert_eq!(counts(&again), [1, 0, 0, 0]);
    assert_eq!(
        lead(&owner, "Bob").await["customFields"],
        json!({"Roof": "=old"})
    );
}

#[tokio::test]
async fn files_that_are_none_are_refused_and_removed() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let cell = format!("Name,Email\nAnn,{}\n", "x".repeat(1024 * 1024));
    let wide = format!("{}\n", vec!["a"; 10_000].join(","));
    let cases: [(&[u8], &str); 7] = [
        (b"PK\x03\x04\x14\x00\x06\x00", "not_csv"),
        (b"Name,Email\x01\x02\x7f\n", "not_text"),
        (b"Ann,ann@example.com\n", "no_header"),
        (b"Name,Email\n", "no_rows"),
        (b"\n\n", "empty_file"),
        (cell.as_bytes(), "row_too_long"),
        (wide.as_bytes(), "too_many_columns"),
    ];
    for (file, code) in cases {
        let begun = send(&app, &owner, file, json!({})).await;
        app.settle().await;

        let done = get(&owner, &begun).await;

        assert_eq!(done["status"], "failed", "{code}");
        assert_eq!(done["failure"]["code"], code);
        assert!(done["failure"]["detail"].is_string());
        assert!(done["result"].is_null() && done["endedAt"].is_string());
    }
    assert!(leads(&owner).await.is_empty());
    let files = app.host.files.list().unwrap();
    assert!(
        files.iter().all(|(key, _)| !key.starts_with("imports/")),
        "{files:?}"
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_read_to_its_end_leaves_nothing_behind() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mut file = "Name,Email\n".to_owned();
    for nth in 0..1_500 {
        file.push_str(&format!("Ann {nth},ann{nth}@example.com\n"));
    }
    file.push_str(&format!("Bob,{}\n", "x".repeat(40_000)));

    let done = import(&app, &owner, &file, json!({})).await;

    assert_eq!(done["failure"]["code"], "cell_too_long");
    assert!(leads(&owner).await.is_empty());
}

#[tokio::test]
async fn other_encodings_and_delimiters_are_found_out() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let text = "Name;Email\r\nZo\u{eb};zoe@example.com\r\n";
    let utf16: Vec<u8> = format!("\u{feff}{text}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let begun = send(&app, &owner, &utf16, json!({})).await;
    app.settle().await;

    let done = get(&owner, &begun).await;

    assert_eq!(
        (&done["encoding"], &done["delimiter"]),
        (&json!("UTF-16LE"), &json!(";"))
    );
    assert_eq!(lead(&owner, "Zo\u{eb}").await["email"], "zoe@example.com");
}

#[tokio::test]
async fn what_the_team_says_of_its_fields_holds_for_files() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let body = json!({"name": "Roof age", "type": "number"});
    let field = owner
        .post("/api/settings/custom-fields", body)
        .await
        .expect(201)
        .json();
    let file = "Name,Email,Roof Age\nAnn,ann@example.com,\"1,200\"\nBob,bob@example.com,old\n";

    let done = import(&app, &owner, file, json!({})).await;

    assert_eq!(
        verdicts(&app, &done).await,
        ["2 created ", "3 failed invalid_number"]
    );
    let key = field["key"].as_str().unwrap();
    assert_eq!(lead(&owner, "Ann").await["customFields"][key], 1200);
}

#[tokio::test]
async fn the_parts_of_one_line_are_told_apart() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let file = "Name,Email,Full Address\n\
        Ann,ann@example.com,\"12 Elm St, Austin, TX 78701\"\n\
        Bob,bob@example.com,behind the church\n";

    import(&app, &owner, file, json!({})).await;

    assert_eq!(
        lead(&owner, "Ann").await["address"],
        json!({"street": "12 Elm St", "city": "Austin", "state": "TX", "zip": "78701"})
    );
    assert_eq!(
        lead(&owner, "Bob").await["address"],
        json!({"street": "behind the church"})
    );
}

#[tokio::test]
async fn notes_of_a_row_are_notes_of_its_lead() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let file = "Name,Email,Notes\nAnn,ann@example.com,\"Likes the garden\n---\nCalled twice\"\n";

    import(&app, &owner, file, json!({})).await;

    let ann = lead(&owner, "Ann").await;
    let path = format!("/api/leads/{}/notes", ann["id"].as_str().unwrap());
    let notes = owner.get(&path).await.expect(200).json();
    let mut notes = super::support::texts(notes["items"].as_array().unwrap(), "content");
    notes.sort();
    assert_eq!(notes, ["Called twice", "Likes the garden"]);
}
