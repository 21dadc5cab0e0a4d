//! For every endpoint a request that is good, and the records that it is about.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::Method;
use jiff::SignedDuration;
use plat_registry::Endpoint;
use plat_services::mail_events::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use plat_services::{MailError, two_factor};
use plat_testing::{Answer, MailFault, PASSWORD, ProviderAnswer, Someone, TestApp, mailed_token};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

/// What a two-factor app and the server share.
const SECRET: &[u8] = b"12345678901234567890";

/// A file, and the hash of its bytes.
const PDF: &[u8] = b"%PDF-1.4\n%%EOF\n";
const PDF_SHA256: &str = "14bcd090baf31edba64e9cbd8cdfc15f943344aa72cb3675ad8e91bfcbce03ad";

/// When tasks are due.
const DUE: &str = "2026-06-01T15:00:00Z";

/// A team, and whoever else a request may be about.
pub(crate) struct Scene<'a> {
    pub(crate) app: &'a TestApp,
    /// Owns the team that the records are in.
    pub(crate) owner: Someone<'a>,
    made: AtomicU32,
}

/// A request that succeeds if the caller may make it.
pub(crate) struct Ready {
    method: Method,
    path: String,
    body: Option<Value>,
    prefer: Option<&'static str>,
    signed: Vec<(&'static str, String)>,
}

impl Ready {
    /// With this query.
    pub(crate) fn asking(mut self, query: &str) -> Self {
        self.path = format!("{}?{query}", self.path);
        self
    }

    /// With this preference.
    pub(crate) fn preferring(mut self, preference: &'static str) -> Self {
        self.prefer = Some(preference);
        self
    }

    /// Sends it with this token, if any.
    pub(crate) async fn send(self, app: &TestApp, token: Option<&str>) -> Answer {
        let mut call = app.call(self.method, &self.path);
        if let Some(token) = token {
            call = call.token(token);
        }
        if let Some(preference) = self.prefer {
            call = call.header("prefer", preference);
        }
        for (name, value) in self.signed {
            call = call.header(name, &value);
        }
        match self.body {
            Some(body) => call.json(body).send().await,
            None => call.send().await,
        }
    }
}

impl<'a> Scene<'a> {
    pub(crate) async fn new(app: &'a TestApp) -> Self {
        Self {
            app,
            owner: app.owner("Olga Owner").await,
            made: AtomicU32::new(0),
        }
    }

    /// A name that nobody has; all have the same length.
    pub(crate) fn fresh(&self) -> String {
        format!("Fresh {:06}", self.made.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) async fn lead(&self) -> String {
        let lead = self.owner.lead(&self.fresh(), json!({})).await;
        text(&lead["id"])
    }

    pub(crate) async fn client(&self) -> String {
        let client = self.owner.client(&self.fresh(), json!({})).await;
        text(&client["id"])
    }

    pub(crate) async fn deal(&self) -> String {
        let deal = self.owner.deal(&self.fresh(), json!({})).await;
        text(&deal["id"])
    }

    /// An import that is over.
    async fn import(&self) -> String {
        let name = self.fresh();
        let csv = format!("Name,Email\n{name},{}\n", address(&name));
        let body = json!({"fileName": "leads.csv", "size": csv.len()});
        let announced = self.owner.post("/api/leads/import", body).await;
        let announced = announced.expect(201).json();
        let put = self.app.upload(&announced["upload"], csv).await;
        assert_eq!(put, 200);
        self.app.settle().await;
        text(&announced["import"]["id"])
    }

    async fn task(&self) -> String {
        let body = json!({"title": self.fresh(), "dueAt": DUE});
        self.owner.post("/api/tasks", body).await.expect(201).id()
    }

    /// A document that can be downloaded.
    async fn document(&self) -> String {
        let path = format!("/api/deals/{}/documents", self.deal().await);
        let announced = self.owner.post(&path, pdf()).await.expect(201).json();
        let put = self.app.upload(&announced["upload"], PDF).await;
        assert_eq!(put, 200);
        self.app.settle().await;
        text(&announced["documentId"])
    }

    async fn tag(&self) -> String {
        let body = json!({"name": self.fresh()});
        self.owner.post("/api/tags", body).await.expect(201).id()
    }

    async fn api_key(&self) -> Value {
        let body = json!({"name": self.fresh()});
        let made = self.owner.post("/api/settings/api-keys", body);
        made.await.expect(201).json()
    }

    async fn note(&self, lead: &str) -> String {
        let body = json!({"content": "Call back on Monday"});
        let path = format!("/api/leads/{lead}/notes");
        self.owner.post(&path, body).await.expect(201).id()
    }

    /// A provider that knows every key, and that `person`'s team has connected if they may do that.
    async fn provider(&self, person: &Someone<'_>) -> String {
        let models = "https://api.openai.com/v1/models";
        let known = ProviderAnswer::json(200, &json!({"data": []}));
        self.app.providers.answer(models, known);
        let body = json!({"apiKey": "an-older-key-of-the-team-9999"});
        let path = "/api/integrations/openai/connect";
        let answer = person.post(path, body).await;
        assert!([200, 403].contains(&answer.status), "{}", answer.text);
        "openai".to_owned()
    }

    async fn member(&self) -> String {
        let name = self.fresh();
        self.owner.invite(&name, "member").await.id
    }

    /// A request to `endpoint` about fresh records of the owner's team, and about what is `person`'s own.
    pub(crate) async fn ready(&self, endpoint: &Endpoint, person: &Someone<'_>) -> Ready {
        let operation = endpoint.operation;
        let mut path = endpoint.path.as_str().to_owned();
        let names: Vec<&str> = endpoint.path.parameters().collect();
        let mut lead = None;
        for name in &names {
            let id = match *name {
                "leadId" => {
                    let id = self.lead().await;
                    lead = Some(id.clone());
                    id
                }
                "clientId" => self.client().await,
                "dealId" => self.deal().await,
                "documentId" => self.document().await,
                "taskId" => self.task().await,
                "tagId" => self.tag().await,
                "fieldId" => {
                    let body = json!({"name": self.fresh(), "type": "text"});
                    let made = self.owner.post("/api/settings/custom-fields", body);
                    made.await.expect(201).id()
                }
                "keyId" => text(&self.api_key().await["id"]),
                "intakeKey" => {
                    let url = text(&self.api_key().await["url"]);
                    let (_, key) = url.rsplit_once('/').expect("an address");
                    key.to_owned()
                }
                "noteId" => {
                    let lead = self.lead().await;
                    self.note(&lead).await
                }
                "activityId" => {
                    let call = json!({"type": "call", "leadId": self.lead().await});
                    self.owner
                        .post("/api/activities", call)
                        .await
                        .expect(201)
                        .id()
                }
                "emailId" => text(&self.email(operation == "emails.retry").await["id"]),
                "batchId" => {
                    let begun = self.owner.post(
                        "/api/leads/bulk/delete",
                        json!({"filter": {"minScore": 99}}),
                    );
                    text(&begun.await.expect(202).json()["batch"]["id"])
                }
                "exportId" => {
                    let begun = self.owner.post("/api/leads/export", json!({}));
                    begun.await.expect(202).id()
                }
                "importId" => self.import().await,
                "provider" => self.provider(person).await,
                "token" => self.unsubscribe_token().await,
                "teamId" => self.owner.team.clone(),
                "userId" => self.member().await,
                "sessionId" => self.other_session(person).await,
                other => panic!("{operation}: make a record for {{{other}}}"),
            };
            path = path.replace(&format!("{{{name}}}"), &id);
        }
        if operation == "clients.restore" {
            let client = path.trim_end_matches("/restore");
            self.owner.delete(client).await.expect(204);
        }
        if operation == "tasks.uncomplete" {
            let complete = path.replace("uncomplete", "complete");
            let complete = self.owner.call(Method::PATCH, &complete).send();
            complete.await.expect(200);
        }
        if let Some(lead) = lead {
            self.bring_about(operation, &lead, &path).await;
        }
        if ["admin.audit_logs", "teams.audit"].contains(&operation) {
            self.fill_log().await;
        }
        if ["activities.list", "dashboard.recent_activity"].contains(&operation) {
            // Each line of the page is about another lead, which costs most.
            let leads = self.owner.get("/api/leads?sort=oldest&limit=30").await;
            self.app.advance(SignedDuration::from_millis(1));
            for lead in leads.expect(200).json()["items"].as_array().unwrap() {
                self.note(&text(&lead["id"])).await;
            }
        }
        let mut body = match endpoint.schemas.body {
            Some(_) => Some(self.body(operation, person).await),
            None => None,
        };
        self.app.settle().await;
        // Nobody moves a record in the millisecond in which it was made.
        self.app.advance(SignedDuration::from_millis(1));
        let mut signed = Vec::new();
        if operation == "leads.unmerge" {
            let merge = path.replace("unmerge", "merge");
            let other = json!({"leadId": self.lead().await});
            self.owner.post(&merge, other.clone()).await.expect(200);
            self.app.settle().await;
            self.app.advance(SignedDuration::from_millis(1));
            body = Some(other);
        }
        if operation == "hooks.sendgrid" {
            path = format!("{path}?team={}", self.owner.team);
            let told = self.told_by_sendgrid().await;
            signed = self.sign_as_sendgrid(&told).await;
            body = Some(told);
        }
        if operation == "hooks.lead_intake" {
            let name = self.fresh();
            body = Some(json!({"name": name, "email": address(&name)}));
        }
        Ready {
            method: endpoint.method.clone(),
            path,
            body,
            prefer: None,
            signed,
        }
    }

    /// An e-mail that was sent, or one that failed.
    async fn email(&self, fails: bool) -> Value {
        if fails {
            let refused = MailError::Refused("no".to_owned());
            self.app.mail_faults.add(MailFault::NotTaken(refused));
        }
        let body = json!({"clientId": self.client().await});
        let sent = self.owner.post("/api/emails/send", body).await;
        sent.expect(201).json()
    }

    /// The token of a link to unsubscribe.
    async fn unsubscribe_token(&self) -> String {
        self.email(false).await;
        let mail = self.app.team_mail().await.pop().expect("a mail");
        let link = mail.mail.headers["List-Unsubscribe"].trim_end_matches('>');
        let (_, token) = link.rsplit_once('/').expect("a link");
        token.to_owned()
    }

    async fn told_by_sendgrid(&self) -> Value {
        json!([{
            "event": "open", "sg_event_id": self.fresh(), "sg_message_id": "m-1",
            "timestamp": self.app.now().as_second(),
            "plat_team": self.owner.team, "plat_email": self.email(false).await["id"],
        }])
    }

    /// Connects SendGrid with a fresh key, and signs what it tells.
    async fn sign_as_sendgrid(&self, told: &Value) -> Vec<(&'static str, String)> {
        let scopes = ProviderAnswer::json(200, &json!({"scopes": ["mail.send"]}));
        let providers = &self.app.providers;
        providers.answer("https://api.sendgrid.com/v3/scopes", scopes);
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let shown: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let body = json!({"apiKey": "a-key-of-the-team-1234", "verificationKey": BASE64.encode(shown.as_ref())});
        let path = "/api/integrations/sendgrid/connect";
        self.owner.post(path, body).await.expect(200);
        let at = self.app.now().as_second().to_string();
        let said = format!("{at}{told}");
        let signature = pair.sign(&SystemRandom::new(), said.as_bytes()).unwrap();
        vec![
            (TIMESTAMP_HEADER, at),
            (SIGNATURE_HEADER, BASE64.encode(signature)),
        ]
    }

    /// More than a page of rows of the same size at the top of the audit log.
    async fn fill_log(&self) {
        let note = self.note(&self.lead().await).await;
        let path = format!("/api/notes/{note}");
        self.app.advance(SignedDuration::from_millis(1));
        for n in 10..40 {
            let body = json!({"content": format!("Call back at 15:{n}")});
            self.owner.patch(&path, body).await.expect(200);
        }
    }

    /// What must have happened to a lead before.
    async fn bring_about(&self, operation: &str, lead: &str, path: &str) {
        match operation {
            "leads.restore" => {
                let path = format!("/api/leads/{lead}");
                self.owner.delete(&path).await.expect(204);
            }
            "leads.remove_tag" => {
                let (_, tag) = path.rsplit_once('/').unwrap();
                let path = format!("/api/leads/{lead}/tags");
                let body = json!({"tags": [tag]});
                self.owner.post(&path, body).await.expect(200);
            }
            "leads.list_notes" => {
                self.note(lead).await;
            }
            _ => {}
        }
    }

    /// A good body.
    async fn body(&self, operation: &str, person: &Someone<'_>) -> Value {
        let app = self.app;
        match operation {
            "activities.create" => json!({"type": "call", "leadId": self.lead().await}),
            "auth.forgot_password" => json!({"email": person.email}),
            "auth.login" => json!({"email": person.email, "password": PASSWORD}),
            "auth.login_two_factor" => self.challenge().await,
            "auth.refresh" => json!({"refreshToken": person.refresh}),
            "auth.register" => {
                let name = self.fresh();
                json!({"email": address(&name), "password": PASSWORD, "name": name})
            }
            "auth.reset_password" => {
                let body = json!({"email": person.email});
                app.post("/api/auth/forgot-password", body)
                    .await
                    .expect(202);
                let token = self.last_mailed(&person.email).await;
                json!({"token": token, "password": format!("{PASSWORD}!")})
            }
            "auth.switch_team" => json!({"teamId": person.team}),
            "auth.update_me" => json!({"timezone": "America/Chicago"}),
            "auth.verify_email" => {
                let fresh = app.owner(&self.fresh()).await;
                json!({"token": self.last_mailed(&fresh.email).await})
            }
            "clients.create" => {
                let name = self.fresh();
                json!({
                    "name": name, "email": address(&name), "propertyAddress": "12 Elm St",
                    "propertyType": "residential", "stage": "lead",
                })
            }
            "clients.update" => json!({"stage": "negotiating"}),
            "deals.add_note" => json!({"content": "Call back on Monday"}),
            "deals.assign" => json!({"assignedTo": self.owner.id}),
            "deals.create" => json!({"propertyAddress": self.fresh()}),
            "deals.set_status" => json!({"status": "negotiating", "note": "They called back"}),
            "deals.update" => json!({"notes": "The roof leaks"}),
            "deals.add_document" => pdf(),
            "documents.presign" => {
                let mut body = pdf();
                body["dealId"] = json!(self.deal().await);
                body
            }
            "emails.preview" | "emails.send" => {
                let client = person.client(&self.fresh(), json!({})).await;
                json!({"clientId": client["id"]})
            }
            "integrations.connect" => json!({"apiKey": "a-key-of-the-team-1234"}),
            "leads.add_note" => json!({"content": "Call back on Monday"}),
            "leads.add_tags" => json!({"tags": [self.fresh()]}),
            "leads.assign" => json!({"assignedTo": self.owner.id}),
            "leads.bulk_assign" => json!({"ids": [self.lead().await], "assignedTo": null}),
            "leads.bulk_delete" => json!({"ids": [self.lead().await]}),
            "leads.bulk_update" => json!({"ids": [self.lead().await], "changes": {"score": 40}}),
            "leads.export" => json!({"columns": ["name"]}),
            "leads.convert" => json!({"propertyAddress": "12 Elm St", "propertyType": "land"}),
            "leads.merge" => json!({"leadId": self.lead().await}),
            "leads.unmerge" => json!({"leadId": null}),
            "leads.create" => {
                let name = self.fresh();
                json!({"name": name, "email": address(&name)})
            }
            "leads.import" => json!({"fileName": "leads.csv", "size": 100}),
            "leads.set_status" => json!({"status": "contacted", "note": "They called back"}),
            "leads.update" => json!({"company": "Harvest Homes"}),
            "notes.update" => json!({"content": "Call back on Tuesday"}),
            "settings.create_api_key" => json!({"name": self.fresh()}),
            "settings.create_custom_field" => json!({"name": self.fresh(), "type": "text"}),
            "settings.update_custom_field" => json!({"name": self.fresh()}),
            "settings.update_business" => json!({"license": self.fresh()}),
            "settings.update_email" => json!({"instructions": self.fresh()}),
            "tags.create" => json!({"name": self.fresh()}),
            "tags.update" => json!({"color": "#22aa55"}),
            "tasks.create" => json!({"title": self.fresh(), "dueAt": DUE}),
            "tasks.update" => json!({"priority": "high"}),
            "teams.accept_invite" => {
                let host = app.owner(&self.fresh()).await;
                let path = format!("/api/teams/{}/invite", host.team);
                let body = json!({"email": person.email, "role": "member"});
                host.post(&path, body).await.expect(202);
                json!({"token": self.last_mailed(&person.email).await})
            }
            "teams.create" => json!({"name": self.fresh()}),
            "teams.invite" => json!({"email": address(&self.fresh()), "role": "member"}),
            "teams.set_role" => json!({"role": "assistant"}),
            "teams.update" => json!({"name": self.fresh()}),
            other => panic!("say what a good body of {other} is"),
        }
    }

    async fn last_mailed(&self, address: &str) -> String {
        let mails = self.app.mail_to(address).await;
        mailed_token(&mails.last().expect("a mail").mail.text)
    }

    /// The id of a session that `person` opened on another device.
    async fn other_session(&self, person: &Someone<'_>) -> String {
        let body = json!({"email": person.email, "password": PASSWORD});
        self.app.post("/api/auth/login", body).await.expect(200);
        let sessions = person.get("/api/auth/sessions").await.expect(200).json();
        let others = sessions["items"].as_array().unwrap().iter();
        let mut others = others.filter(|session| session["current"] == false);
        text(&others.next().expect("another session")["id"])
    }

    /// What somebody with two-factor sign-in sends after their password.
    async fn challenge(&self) -> Value {
        let careful = self.app.owner(&self.fresh()).await;
        let context = format!("totp|{}", careful.id);
        let sealed = self.app.host.app.keys.seal(&context, SECRET).unwrap();
        self.app
            .host
            .client
            .update_item()
            .table_name("plat")
            .key("PK", AttributeValue::S(format!("U#{}", careful.id)))
            .key("SK", AttributeValue::S("USER".to_owned()))
            .update_expression("SET twoFactor = :sealed")
            .expression_attribute_values(":sealed", AttributeValue::S(sealed))
            .send()
            .await
            .unwrap();
        let body = json!({"email": careful.email, "password": PASSWORD});
        let reply = self.app.post("/api/auth/login", body).await.expect(200);
        let code = two_factor::code(SECRET, self.app.now()).unwrap();
        json!({"challengeToken": reply.json()["challengeToken"], "code": code})
    }
}

/// What is said of [`PDF`] before it is put.
fn pdf() -> Value {
    json!({"fileName": "contract.pdf", "contentType": "application/pdf", "size": PDF.len(), "sha256": PDF_SHA256})
}

fn address(name: &str) -> String {
    format!("{}@example.com", name.to_lowercase().replace(' ', "."))
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
