//! A team to look around in: people of four roles, 200 leads with a past, and some deals and clients that came of them, made
//! through the front door on the first start.

mod clients;
mod deals;
mod leads;

use crate::host::Host;
use clients::Clients;
use deals::Deals;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use jiff::SignedDuration;
use plat_http::Request;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// Everybody's password.
pub const PASSWORD: &str = "Harvest Moon 7";

/// Somebody of the demo team.
pub struct DemoPerson {
    /// Their role.
    pub role: &'static str,
    /// Their name.
    pub name: &'static str,
    /// The address they sign in with.
    pub email: &'static str,
}

/// The demo team, owner first.
pub const PEOPLE: [DemoPerson; 4] = [
    DemoPerson {
        role: "owner",
        name: "Olivia Reyes",
        email: "owner@demo.plat.example",
    },
    DemoPerson {
        role: "manager",
        name: "Marcus Chen",
        email: "manager@demo.plat.example",
    },
    DemoPerson {
        role: "member",
        name: "Mia Okafor",
        email: "member@demo.plat.example",
    },
    DemoPerson {
        role: "assistant",
        name: "Alex Novak",
        email: "assistant@demo.plat.example",
    },
];

const LEADS: usize = 200;

/// The leads are spread over this many days before today.
const DAYS: i64 = 90;

/// Points in that time at which leads arrive; each needs a sign-in, since access tokens last 15 minutes.
const ARRIVALS: usize = 20;

/// Points between two arrivals at which follow-ups go out.
const PAUSES: usize = 4;

/// Creates the demo team unless an earlier start has.
///
/// # Errors
/// A line that says what broke.
pub async fn create(host: &Host, data: &Path) -> Result<(), String> {
    let made = data.join("demo-made");
    if made.exists() {
        return Ok(());
    }
    let ahead = host.clock.ahead();
    host.clock.advance(SignedDuration::from_hours(-24 * DAYS));
    let outcome = Demo {
        host,
        calls: AtomicU32::new(1),
    }
    .make(ahead)
    .await;
    host.clock.advance(ahead - host.clock.ahead());
    outcome?;
    std::fs::write(&made, "")
        .map_err(|error| format!("{} cannot be written: {error}", made.display()))
}

/// Things to try, as lines for a terminal.
pub fn tries(origin: &str, demo: bool) -> Vec<String> {
    let sign_in = if demo {
        let body = json!({"email": PEOPLE[0].email, "password": PASSWORD});
        format!(
            "TOKEN=$(curl -s {origin}/api/auth/login -H 'Content-Type: application/json' -d '{body}' | sed 's/.*\"accessToken\":\"\\([^\"]*\\)\".*/\\1/')"
        )
    } else {
        let body =
            json!({"email": "you@example.com", "password": "choose One 2 keep", "name": "You"});
        format!(
            "TOKEN=$(curl -s {origin}/api/auth/register -H 'Content-Type: application/json' -d '{body}' | sed 's/.*\"accessToken\":\"\\([^\"]*\\)\".*/\\1/')"
        )
    };
    let lead = json!({"name": "Pat Moreno", "phone": "(512) 555-0142", "source": "referral"});
    vec![
        format!("  {sign_in}"),
        format!(
            "  curl -s {origin}/api/leads -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' -d '{lead}'"
        ),
        format!(
            "  curl -s '{origin}/api/leads?q=512.555.0142' -H \"Authorization: Bearer $TOKEN\""
        ),
        format!("  curl -s {origin}/api/deals/board -H \"Authorization: Bearer $TOKEN\""),
        format!("  curl -s {origin}/api/dashboard/stats -H \"Authorization: Bearer $TOKEN\""),
    ]
}

struct Demo<'a> {
    host: &'a Host,
    calls: AtomicU32,
}

/// The same numbers every time, so that every demo looks alike.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // Knuth's multiplier for 64 bits; the high bits are the random ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % sides.max(1)
    }

    fn pick<'b>(&mut self, from: &[&'b str]) -> &'b str {
        let place = self.roll(from.len());
        from.get(place).copied().unwrap_or_default()
    }
}

impl Demo<'_> {
    async fn make(&self, ahead: SignedDuration) -> Result<(), String> {
        let people = self.people().await?;
        let mut dice = Dice(7);
        let mut deals = Deals::default();
        let mut clients = Clients::default();
        let pauses = i64::try_from(ARRIVALS * PAUSES).unwrap_or(1);
        let pause = SignedDuration::from_hours(24 * DAYS / pauses);
        for arrival in 0..ARRIVALS {
            let token = self.sign_in(PEOPLE[0].email).await?;
            let leads = leads::arrive(self, &token, arrival, &people, &mut dice).await?;
            deals.pass(self, &token, &leads, &mut dice).await?;
            clients.pass(self, &token, &leads, &mut dice).await?;
            for _ in 0..PAUSES {
                let left = ahead - self.host.clock.ahead();
                self.host.clock.advance(pause.min(left));
                clients.hear(self, &mut dice).await?;
            }
        }
        let token = self.sign_in(PEOPLE[0].email).await?;
        clients.write(self, &token, &mut dice).await
    }

    /// Registers the four, and has three join the first one's team. Returns their ids.
    async fn people(&self) -> Result<Vec<String>, String> {
        let mut ids = Vec::new();
        let mut team = String::new();
        for person in &PEOPLE {
            let mut body = json!({"email": person.email, "password": PASSWORD, "name": person.name, "timezone": "America/Chicago"});
            if team.is_empty() {
                body = with(body, "teamName", json!("Harvest Home Buyers"));
            }
            let registered = self.post("/api/auth/register", "", &body).await?;
            ids.push(text(&registered, "/user/id"));
            let token = text(&registered, "/accessToken");
            if team.is_empty() {
                team = text(&registered, "/team/id");
                continue;
            }
            let owner = self.sign_in(PEOPLE[0].email).await?;
            let invite = json!({"email": person.email, "role": person.role});
            self.post(&format!("/api/teams/{team}/invite"), &owner, &invite)
                .await?;
            let mailed = self.invitation(person.email).await?;
            self.post(
                "/api/teams/invites/accept",
                &token,
                &json!({"token": mailed}),
            )
            .await?;
        }
        Ok(ids)
    }

    async fn invitation(&self, email: &str) -> Result<String, String> {
        self.host
            .settle()
            .await
            .map_err(|error| error.to_string())?;
        let mails = self.host.outbox.sent();
        let mail = mails
            .iter()
            .rev()
            .find(|sent| sent.mail.to == email && sent.mail.text.contains("accept-invite?token="));
        let link = mail
            .and_then(|sent| sent.mail.text.split_once("token="))
            .map(|(_, rest)| rest);
        let token = link
            .and_then(|rest| rest.split_whitespace().next())
            .map(str::to_owned);
        token.ok_or_else(|| format!("no invitation was mailed to {email}"))
    }

    async fn sign_in(&self, email: &str) -> Result<String, String> {
        let reply = self
            .post(
                "/api/auth/login",
                "",
                &json!({"email": email, "password": PASSWORD}),
            )
            .await?;
        Ok(text(&reply, "/accessToken"))
    }

    /// Each call comes from elsewhere, so that the limits, which are for clients, let the demo through.
    fn address(&self) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from(
            0x0a00_0000 + self.calls.fetch_add(1, Ordering::Relaxed),
        ))
    }

    async fn post(&self, path: &str, token: &str, body: &Value) -> Result<Value, String> {
        self.send(Method::POST, path, token, body).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: &Value,
    ) -> Result<Value, String> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Ok(value) = HeaderValue::from_str(&format!("Bearer {token}")) {
            headers.insert(AUTHORIZATION, value);
        }
        let request = Request {
            method,
            path: path.to_owned(),
            query: String::new(),
            headers,
            body: body.to_string().into(),
            client_ip: self.address(),
            id: "demo".to_owned(),
        };
        let (reply, _) = self.host.handle(request).await;
        if reply.status >= 300 {
            return Err(format!(
                "the demo data cannot be made: {path}: {}",
                String::from_utf8_lossy(&reply.body)
            ));
        }
        if reply.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&reply.body).map_err(|error| error.to_string())
    }
}

/// The text at a place in a reply; empty where there is none.
fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
    object
}
