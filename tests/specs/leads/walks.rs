//! Whole walks over `GET /api/leads`, compared with a model that sorts and filters in memory.

use super::support::{Dice, texts, walk};
use futures::future::join;
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use plat_domain::{Actor, Id, Lead, Name, Origin};
use plat_store::Command;
use plat_testing::TestApp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const FIRST: [(&str, &str); 8] = [
    ("Ann", "ann"),
    ("Anna", "anna"),
    ("\u{141}ukasz", "lukasz"),
    ("\u{c1}ngel", "angel"),
    ("O'Neil", "o neil"),
    ("Bob", "bob"),
    ("Zo\u{eb}", "zoe"),
    ("Mary-Jane", "mary jane"),
];
const LAST: [(&str, &str); 6] = [
    ("Lee", "lee"),
    ("Leeds", "leeds"),
    ("Stone", "stone"),
    ("M\u{fc}ller", "muller"),
    ("", ""),
    ("Bobson", "bobson"),
];
const COMPANIES: [(&str, &str); 4] = [
    ("", ""),
    ("Stone Homes", "stone homes"),
    ("Lee & Co", "lee co"),
    ("Anna's", "anna s"),
];
const SOURCES: [&str; 4] = ["", "Zillow", "Open house", "referral"];
const STATUSES: [&str; 4] = ["new", "contacted", "won", "lost"];

/// What the model knows of a lead.
struct Known {
    id: String,
    name: Vec<String>,
    words: BTreeSet<String>,
    status: String,
    source: String,
    score: i64,
    contact: i64,
    mine: bool,
    tags: Vec<String>,
    created: Timestamp,
}

fn split(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn folded(text: &str, table: &[(&str, &str)]) -> String {
    table
        .iter()
        .find(|(shown, _)| *shown == text)
        .unwrap()
        .1
        .to_owned()
}

impl Known {
    fn of(lead: &Value) -> Self {
        let text = |field: &str| lead[field].as_str().unwrap_or_default().to_owned();
        let shown = text("name");
        let (first, last) = shown.split_once(' ').unwrap_or((&shown, ""));
        let name = split(&format!(
            "{} {}",
            folded(first, &FIRST),
            folded(last, &LAST)
        ));
        let mut words: BTreeSet<String> = name.iter().cloned().collect();
        words.extend(split(&folded(&text("company"), &COMPANIES)));
        let email = text("email");
        if let Some((local, domain)) = email.split_once('@') {
            words.extend([email.clone(), local.to_owned(), domain.to_owned()]);
        }
        let digits: String = text("phone").chars().filter(char::is_ascii_digit).collect();
        if !digits.is_empty() {
            words.extend([
                format!("1{digits}"),
                digits.clone(),
                digits[digits.len() - 4..].to_owned(),
            ]);
        }
        Self {
            id: text("id"),
            name,
            words,
            status: text("status"),
            source: text("source").to_lowercase(),
            score: lead["score"].as_i64().unwrap_or(-1),
            contact: text("lastContactAt")
                .parse::<Timestamp>()
                .map_or(-1, Timestamp::as_millisecond),
            mine: lead["assignedTo"].is_string(),
            tags: texts(lead["tags"].as_array().unwrap(), "id"),
            created: text("createdAt").parse().unwrap(),
        }
    }

    fn first_word(&self, prefix: &str) -> String {
        self.words
            .iter()
            .find(|word| word.starts_with(prefix))
            .cloned()
            .unwrap_or_default()
    }
}

/// Creates leads with everything by chance; some are changed or deleted later.
async fn people(
    app: &TestApp,
    owner: &plat_testing::Someone<'_>,
    dice: &mut Dice,
    count: usize,
) -> Vec<Known> {
    let tags: Vec<String> = {
        let mut ids = Vec::new();
        for name in ["hot", "cold", "vip"] {
            ids.push(
                owner
                    .post("/api/tags", json!({"name": name}))
                    .await
                    .expect(201)
                    .id(),
            );
        }
        ids
    };
    let mut ids = Vec::new();
    for n in 0..count {
        // Several in one millisecond now and then.
        if dice.chance(70) {
            app.advance(SignedDuration::from_millis(
                i64::try_from(dice.below(5_000)).unwrap(),
            ));
        }
        let mut body = fields(dice, &owner.id);
        if dice.chance(80) || body.get("phone").is_none() {
            body["email"] = json!(format!("lead{n}@example{}.test", n % 3));
        }
        ids.push(owner.post("/api/leads", body).await.expect(201).id());
    }
    app.settle().await;
    for id in &ids {
        let path = format!("/api/leads/{id}");
        if dice.chance(30) {
            owner
                .post(
                    &format!("{path}/tags"),
                    json!({"tags": [dice.pick(&tags), dice.pick(&tags)]}),
                )
                .await
                .expect(200);
        }
        if dice.chance(20) {
            let mut body = fields(dice, &owner.id);
            body.as_object_mut().unwrap().remove("phone");
            body.as_object_mut().unwrap().remove("status");
            owner.patch(&path, body).await.expect(200);
        }
        if dice.chance(8) {
            owner.delete(&path).await.expect(204);
        }
    }
    app.settle().await;
    let mut known = Vec::new();
    for id in &ids {
        let answer = owner.get(&format!("/api/leads/{id}")).await;
        if answer.status == 200 {
            known.push(Known::of(&answer.json()));
        }
    }
    known
}

fn fields(dice: &mut Dice, me: &str) -> Value {
    let name = format!("{} {}", dice.pick(&FIRST).0, dice.pick(&LAST).0);
    let mut body = json!({"name": name.trim(), "status": dice.pick(&STATUSES)});
    if dice.chance(70) {
        body["phone"] = json!(format!("512-555-{:04}", 100 + dice.below(100)));
    }
    let company = dice.pick(&COMPANIES).0;
    if !company.is_empty() {
        body["company"] = json!(company);
    }
    let source = *dice.pick(&SOURCES);
    if !source.is_empty() {
        body["source"] = json!(if dice.chance(50) {
            source.to_uppercase()
        } else {
            source.to_owned()
        });
    }
    if dice.chance(80) {
        body["score"] = json!(dice.below(8) * 13);
    }
    if dice.chance(60) {
        body["lastContactAt"] = json!(format!("2026-02-{:02}T10:00:00Z", 1 + dice.below(9)));
    }
    if dice.chance(50) {
        body["assignedTo"] = json!(me);
    }
    body
}

/// A list asked for, and what the model says is in it.
fn chance_list(dice: &mut Dice, known: &[Known]) -> (String, Vec<String>) {
    let mut query = Vec::new();
    let mut wanted: Vec<&Known> = known.iter().collect();
    if dice.chance(35) {
        let any: BTreeSet<&str> = (0..1 + dice.below(3))
            .map(|_| *dice.pick(&STATUSES))
            .collect();
        query.extend(any.iter().map(|status| format!("status={status}")));
        wanted.retain(|lead| any.contains(lead.status.as_str()));
    }
    match dice.below(5) {
        0 => {
            query.push("assignedTo=me".to_owned());
            wanted.retain(|lead| lead.mine);
        }
        1 => {
            query.push("assignedTo=none".to_owned());
            wanted.retain(|lead| !lead.mine);
        }
        _ => {}
    }
    if dice.chance(20) {
        let source = dice.pick(&SOURCES[1..]).to_uppercase();
        query.push(format!("source={}", source.replace(' ', "%20")));
        wanted.retain(|lead| lead.source == source.to_lowercase());
    }
    if dice.chance(20) {
        let tags: Vec<&String> = known.iter().flat_map(|lead| &lead.tags).collect();
        let tag = (*dice.pick(&tags)).clone();
        wanted.retain(|lead| lead.tags.contains(&tag));
        query.push(format!("tag={tag}"));
    }
    if dice.chance(20) {
        let least = i64::try_from(dice.below(80)).unwrap();
        query.push(format!("minScore={least}"));
        wanted.retain(|lead| lead.score >= least);
    }
    if dice.chance(20) {
        let at = dice.pick(known).created;
        query.push(format!("createdAfter={at}"));
        wanted.retain(|lead| lead.created >= at);
    }
    if dice.chance(20) {
        let at = dice.pick(known).created;
        query.push(format!("createdBefore={at}"));
        wanted.retain(|lead| lead.created < at);
    }
    let terms = [
        "ann",
        "anna",
        "lee",
        "stone",
        "o",
        "mul",
        "zo",
        "512555",
        "0142",
        "lead1",
        "example0.test",
        "ann lee",
        "stone bob",
    ];
    let term = dice.chance(35).then(|| *dice.pick(&terms));
    if let Some(term) = term {
        query.push(format!("q={}", term.replace(' ', "%20")));
        wanted.retain(|lead| {
            split(term)
                .iter()
                .all(|part| !lead.first_word(part).is_empty())
        });
    }
    let sorts = [
        "",
        "newest",
        "oldest",
        "score",
        "-score",
        "lastContact",
        "-lastContact",
        "name",
        "-name",
    ];
    let sort = *dice.pick(&sorts);
    wanted.sort_by(|a, b| a.id.cmp(&b.id));
    match sort.trim_start_matches('-') {
        "" => match term {
            // The first of the longest terms is the one that is looked up.
            Some(term) => {
                let driver = split(term)
                    .into_iter()
                    .rev()
                    .max_by_key(String::len)
                    .unwrap();
                wanted.sort_by_key(|lead| lead.first_word(&driver));
            }
            None => wanted.reverse(),
        },
        "newest" => wanted.reverse(),
        "oldest" => {}
        "score" => wanted.sort_by_key(|lead| lead.score),
        "lastContact" => wanted.sort_by_key(|lead| lead.contact),
        _ => wanted.sort_by(|a, b| a.name.cmp(&b.name)),
    }
    if sort.starts_with('-') {
        wanted.reverse();
    }
    if !sort.is_empty() {
        query.push(format!("sort={sort}"));
    }
    let path = match query.as_slice() {
        [] => "/api/leads".to_owned(),
        some => format!("/api/leads?{}", some.join("&")),
    };
    (
        path,
        wanted.into_iter().map(|lead| lead.id.clone()).collect(),
    )
}

#[tokio::test]
async fn every_walk_gives_what_the_model_gives_in_its_order() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mut dice = Dice::new(0x5eed_cafe);
    let known = people(&app, &owner, &mut dice, 150).await;
    assert!(known.len() > 120);

    for _ in 0..70 {
        let (path, expected) = chance_list(&mut dice, &known);
        let walked = texts(&walk(&owner, &path, 7).await, "id");
        assert_eq!(walked, expected, "{path}");
    }
}

#[tokio::test]
async fn a_walk_over_a_list_that_is_written_to_neither_skips_nor_repeats() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let mut before = Vec::new();
    for n in 0..60 {
        app.advance(SignedDuration::from_millis(1));
        let lead = owner.lead(&format!("Lead {n}"), json!({})).await;
        before.push(lead["id"].as_str().unwrap().to_owned());
    }
    for sort in ["newest", "oldest"] {
        let writing = async {
            for n in 0..40 {
                app.advance(SignedDuration::from_millis(1));
                owner.lead(&format!("Late {sort} {n}"), json!({})).await;
                let path = format!("/api/leads/{}", before[(n * 7) % before.len()]);
                owner
                    .patch(
                        &path,
                        json!({"score": n, "company": format!("C {sort} {n}")}),
                    )
                    .await
                    .expect(200);
            }
        };
        let path = format!("/api/leads?sort={sort}");

        let (rows, ()) = join(walk(&owner, &path, 7), writing).await;

        let ids = texts(&rows, "id");
        let distinct: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len(), "{sort} repeats");
        let kept: Vec<&String> = ids.iter().filter(|id| before.contains(id)).collect();
        let mut expected: Vec<&String> = before.iter().collect();
        if sort == "newest" {
            expected.reverse();
        }
        assert_eq!(kept, expected, "{sort}");
    }
}

/// A request reads at most 1,000 rows for a filter that no index answers.
#[tokio::test]
async fn a_filter_that_leaves_little_is_walked_on_by_cursor() {
    let app = TestApp::start().await;
    let owner = app.owner("Olive").await;
    let needle = owner.lead("Needle", json!({"score": 99})).await;
    app.advance(SignedDuration::from_millis(1));
    let (team, me) = (owner.team.parse().unwrap(), owner.id.parse().unwrap());
    let hay = (0..1_050_u32).map(|n| {
        let (app, at) = (&app, app.now());
        async move {
            let by = Actor {
                id: me,
                name: "Olive".to_owned(),
            };
            let id = Id::from_parts(at, u128::from(n));
            let command = Command {
                id,
                at,
                by,
                origin: Origin::default(),
                depth: 0,
            };
            let name = Name::parse("Hay").unwrap();
            let lead = Lead::new(command.new_id(0), name, at);
            app.host
                .app
                .store
                .team(team)
                .leads()
                .create(&command, lead, None)
                .await
                .unwrap();
        }
    });
    stream::iter(hay)
        .buffer_unordered(20)
        .collect::<Vec<()>>()
        .await;

    let first = owner.get("/api/leads?minScore=99").await.expect(200).json();
    let rows = walk(&owner, "/api/leads?minScore=99", 25).await;

    assert_eq!(first["items"], json!([]));
    assert!(first["nextCursor"].is_string());
    assert_eq!(texts(&rows, "id"), [needle["id"].as_str().unwrap()]);
}
