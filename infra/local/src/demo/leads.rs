//! Leads of the demo team, each with what was done about it.

use super::{ARRIVALS, Demo, Dice, LEADS, text, with};
use futures::future::try_join_all;
use http::Method;
use serde_json::{Value, json};

const FIRST_NAMES: [&str; 24] = [
    "James", "Maria", "Robert", "Linda", "Carlos", "Patricia", "David", "Jennifer", "Luis",
    "Barbara", "José", "Susan", "Thomas", "Jessica", "Daniel", "Karen", "Anthony", "Nancy", "Mark",
    "Sandra", "Steven", "Zoë", "Andrew", "Renée",
];
const LAST_NAMES: [&str; 25] = [
    "Alvarez",
    "Baker",
    "Castillo",
    "Dawson",
    "Ellis",
    "Fischer",
    "Garza",
    "Hughes",
    "Ibarra",
    "Jensen",
    "Keller",
    "Lozano",
    "Mueller",
    "Nguyen",
    "Ortega",
    "Price",
    "Quinn",
    "Ramos",
    "Schultz",
    "Trevino",
    "Underwood",
    "Vargas",
    "Whitaker",
    "Yates",
    "Zamora",
];
const STREETS: [&str; 10] = [
    "Barton Hills Dr",
    "Manor Rd",
    "E 38th St",
    "Burnet Rd",
    "Slaughter Ln",
    "Oltorf St",
    "Rundberg Ln",
    "Duval St",
    "Stassney Ln",
    "Enfield Rd",
];
const SOURCES: [&str; 6] = [
    "zillow",
    "referral",
    "direct mail",
    "driving for dollars",
    "website",
    "realtor.com",
];
const STAGES: [&str; 4] = ["First call", "Waiting for photos", "Offer out", "Nurture"];
const TAGS: [&str; 6] = [
    "absentee owner",
    "probate",
    "cash buyer",
    "hot",
    "tired landlord",
    "pre-foreclosure",
];
const COMPANIES: [&str; 5] = [
    "Lone Star Holdings",
    "Garza Rentals",
    "Cedar Park Properties",
    "Bluebonnet Homes",
    "Hill Country Realty",
];
const NOTES: [&str; 5] = [
    "Left a voicemail; prefers a text in the evening.",
    "Roof is from 2004, the air conditioning was replaced last summer. Open to an offer as is.",
    "Asked to be called again after the tenant moves out at the end of the month.",
    "Sister is on the title too; both have to sign.",
    "Wants to see comps from the same street before talking numbers.",
];
/// Weighted as a team's list is: many new, few won.
const STATUSES: [&str; 12] = [
    "new",
    "new",
    "new",
    "contacted",
    "contacted",
    "contacted",
    "qualified",
    "qualified",
    "proposal",
    "negotiation",
    "won",
    "lost",
];

/// The leads of one arrival, and what is done about them.
pub(super) async fn arrive(
    demo: &Demo<'_>,
    token: &str,
    arrival: usize,
    people: &[String],
    dice: &mut Dice,
) -> Result<Vec<Value>, String> {
    let bodies: Vec<Value> = (0..LEADS / ARRIVALS)
        .map(|nth| lead(arrival * (LEADS / ARRIVALS) + nth, people, dice))
        .collect();
    let created = bodies
        .iter()
        .map(|body| demo.post("/api/leads", token, body));
    let leads = try_join_all(created).await?;
    let worked: Vec<Work> = leads.iter().map(|lead| Work::plan(lead, dice)).collect();
    // Tags are created by their first use; one lead after another keeps them one each.
    for work in &worked {
        work.tag(demo, token).await?;
    }
    try_join_all(worked.iter().map(|work| work.make(demo, token))).await?;
    Ok(leads)
}

/// What happens to a lead after it arrived.
struct Work {
    lead: String,
    tags: Vec<&'static str>,
    note: Option<&'static str>,
    moves: Vec<&'static str>,
}

impl Work {
    fn plan(lead: &Value, dice: &mut Dice) -> Self {
        let goal = dice.pick(&STATUSES);
        let path = ["contacted", "qualified", "proposal", "negotiation"];
        let moves = match goal {
            "new" => Vec::new(),
            "won" => path.iter().copied().chain(["won"]).collect(),
            "lost" => vec!["contacted", "lost"],
            open => path
                .iter()
                .copied()
                .take_while(|step| *step != open)
                .chain([open])
                .collect(),
        };
        let tags = (0..dice.roll(3)).map(|_| dice.pick(&TAGS)).collect();
        let note = (dice.roll(3) == 0).then(|| dice.pick(&NOTES));
        Self {
            lead: text(lead, "/id"),
            tags,
            note,
            moves,
        }
    }

    async fn tag(&self, demo: &Demo<'_>, token: &str) -> Result<(), String> {
        if !self.tags.is_empty() {
            let path = format!("/api/leads/{}/tags", self.lead);
            demo.post(&path, token, &json!({"tags": self.tags})).await?;
        }
        Ok(())
    }

    async fn make(&self, demo: &Demo<'_>, token: &str) -> Result<(), String> {
        if let Some(note) = self.note {
            let path = format!("/api/leads/{}/notes", self.lead);
            demo.post(&path, token, &json!({"content": note})).await?;
        }
        for status in &self.moves {
            let path = format!("/api/leads/{}/status", self.lead);
            let body = json!({"status": status});
            demo.send(Method::PATCH, &path, token, &body).await?;
        }
        Ok(())
    }
}

fn lead(nth: usize, people: &[String], dice: &mut Dice) -> Value {
    let (first, last) = (dice.pick(&FIRST_NAMES), dice.pick(&LAST_NAMES));
    let plain: String = format!("{first}.{last}")
        .chars()
        .filter(char::is_ascii)
        .collect();
    let mut lead = json!({
        "name": format!("{first} {last}"),
        "source": dice.pick(&SOURCES),
        "propertyType": "residential",
        "address": {
            "street": format!("{} {}", 100 + dice.roll(9_800), dice.pick(&STREETS)),
            "city": "Austin", "state": "TX", "zip": format!("787{:02}", dice.roll(60)), "country": "US",
        },
        "score": dice.roll(101),
        "value": {"amount": format!("{}.00", 120_000 + 2_500 * dice.roll(240)), "currency": "USD"},
        "consent": {"email": dice.roll(4) != 0, "sms": dice.roll(2) == 0, "call": dice.roll(3) != 0},
    });
    // 555-0100 to 555-0199 are kept for fiction in every area code.
    lead = with(
        lead,
        "phone",
        json!(format!(
            "({}) 555-01{:02}",
            dice.pick(&["512", "737", "830"]),
            nth % 100
        )),
    );
    if dice.roll(10) != 0 {
        lead = with(
            lead,
            "email",
            json!(format!("{}{nth}@mail.example", plain.to_lowercase())),
        );
    }
    if dice.roll(4) == 0 {
        lead = with(lead, "company", json!(dice.pick(&COMPANIES)));
        lead = with(lead, "position", json!("Owner"));
    }
    if dice.roll(3) == 0 {
        lead = with(lead, "stage", json!(dice.pick(&STAGES)));
    }
    if dice.roll(5) != 0 {
        lead = with(
            lead,
            "assignedTo",
            json!(people.get(dice.roll(people.len()))),
        );
    }
    lead
}
