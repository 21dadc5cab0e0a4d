//! People to act as.

use crate::app::TestApp;
use crate::call::{Answer, Call};
use http::Method;
use serde_json::{Value, json};

/// A password that the rules accept.
pub const PASSWORD: &str = "Harvest Moon 7";

/// Somebody who is signed in.
pub struct Someone<'a> {
    app: &'a TestApp,
    /// Their id.
    pub id: String,
    /// Their address.
    pub email: String,
    /// The team of their token.
    pub team: String,
    /// Their access token.
    pub token: String,
    /// Their refresh token.
    pub refresh: String,
}

impl<'a> Someone<'a> {
    pub(crate) async fn register(app: &'a TestApp, name: &str) -> Self {
        let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
        let body = json!({"email": email, "password": PASSWORD, "name": name});
        let answer = app.post("/api/auth/register", body).await.expect(201);
        Self::signed_in(app, &answer.json())
    }

    /// Reads what register, login and their kin answer.
    pub fn signed_in(app: &'a TestApp, reply: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            app,
            id: text(&reply["user"]["id"]),
            email: text(&reply["user"]["email"]),
            team: text(&reply["team"]["id"]),
            token: text(&reply["accessToken"]),
            refresh: text(&reply["refreshToken"]),
        }
    }

    /// Somebody new who joins this person's team with `role`, and acts in it.
    pub async fn invite(&self, name: &str, role: &str) -> Someone<'a> {
        let mut invited = Self::register(self.app, name).await;
        let path = format!("/api/teams/{}/invite", self.team);
        self.post(&path, json!({"email": invited.email, "role": role}))
            .await
            .expect(202);
        let mails = self.app.mail_to(&invited.email).await;
        let token = mailed_token(&mails.last().expect("an invitation is mailed").mail.text);
        invited
            .post("/api/teams/invites/accept", json!({"token": token}))
            .await
            .expect(200);
        let switched = invited
            .post("/api/auth/switch-team", json!({"teamId": self.team}))
            .await
            .expect(200)
            .json();
        invited = Self::signed_in(self.app, &switched);
        invited
    }

    /// A request of theirs.
    pub fn call(&self, method: Method, path: &str) -> Call<'a> {
        self.app.call(method, path).token(&self.token)
    }

    /// A GET of theirs.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path).send().await
    }

    /// A POST of theirs.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path).json(body).send().await
    }

    /// A PATCH of theirs.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PATCH, path).json(body).send().await
    }

    /// A DELETE of theirs.
    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path).send().await
    }

    /// A lead of their team, with what `fields` says beside its name and address.
    pub async fn lead(&self, name: &str, fields: Value) -> Value {
        let mut body = json!({"name": name, "email": format!("{}@leads.example", name.to_lowercase().replace(' ', "."))});
        if let (Some(body), Some(fields)) = (body.as_object_mut(), fields.as_object()) {
            body.extend(fields.clone());
        }
        self.post("/api/leads", body).await.expect(201).json()
    }

    /// A deal of their team, with what `fields` says beside its address.
    pub async fn deal(&self, address: &str, fields: Value) -> Value {
        let mut body = json!({"propertyAddress": address});
        if let (Some(body), Some(fields)) = (body.as_object_mut(), fields.as_object()) {
            body.extend(fields.clone());
        }
        self.post("/api/deals", body).await.expect(201).json()
    }

    /// A client of their team, with what `fields` says beside what every client has.
    pub async fn client(&self, name: &str, fields: Value) -> Value {
        let address = name.to_lowercase().replace(' ', ".");
        let mut body = json!({
            "name": name, "email": format!("{address}@clients.example"), "stage": "lead",
            "propertyAddress": "12 Elm St, Austin", "propertyType": "residential",
        });
        if let (Some(body), Some(fields)) = (body.as_object_mut(), fields.as_object()) {
            body.extend(fields.clone());
        }
        self.post("/api/clients", body).await.expect(201).json()
    }
}

/// The token in the link of a mail.
pub fn mailed_token(text: &str) -> String {
    let (_, rest) = text
        .split_once("token=")
        .unwrap_or_else(|| panic!("no link in: {text}"));
    rest.chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .collect()
}
