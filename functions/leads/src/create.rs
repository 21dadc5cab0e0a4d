//! `POST /api/leads`

use crate::custom_fields;
use crate::view::LeadView;
use plat_domain::{
    Address, Consent, ContactChannel, CustomFields, Email, Lead, LeadStatus, Line, Moment, Money,
    Name, Permission, Phone, PropertyType, Score, Source, UserId, contact_rule,
};
use plat_http::problems::{self, DUPLICATE};
use plat_registry::{
    App, Can, Created, Endpoint, Failure, Grant, Input, Method, NoPath, Principal,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A new lead: a name, and an e-mail address or a phone number.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateLead {
    /// Their name.
    name: Name,
    /// Their e-mail address; no other lead of the team may have it.
    email: Option<Email>,
    /// Their phone number, in any spelling; numbers without a country code are taken as US numbers.
    phone: Option<Phone>,
    /// Where they work.
    company: Option<Line>,
    /// What they do there.
    position: Option<Line>,
    /// Where they stand; `new` unless given.
    status: Option<LeadStatus>,
    /// How promising they are, 0 to 100.
    score: Option<Score>,
    /// Where they came from, such as `zillow` or `referral`.
    source: Option<Source>,
    /// What they are worth.
    value: Option<Money>,
    /// The team's own word for where they stand.
    stage: Option<Line>,
    /// A member of the team who works them.
    assigned_to: Option<UserId>,
    /// When they were last talked to.
    last_contact_at: Option<Moment>,
    /// Where the property, or the person, is.
    address: Option<Address>,
    /// What kind of property it is about.
    property_type: Option<PropertyType>,
    /// How they like to be reached.
    preferred_contact: Option<ContactChannel>,
    /// What they agreed to; nothing unless given.
    #[serde(default)]
    consent: Consent,
    /// The team's own fields: text, numbers, yes or no; at most 100.
    #[serde(default)]
    custom_fields: CustomFields,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/leads",
        "leads.create",
        Can(Permission::LeadsWrite),
        handle,
    )
    .summary("Create a lead")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&DUPLICATE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, CreateLead>,
) -> Result<Created<LeadView>, Failure> {
    let command = input.command(&who.user);
    let body = input.body;
    contact_rule(&body.email, &body.phone)
        .map_err(|refused| problems::invalid_field("/email", refused.code, &refused.detail))?;
    let team = app.store.team(who.team);
    let custom_fields = custom_fields::of_new(&team, &body.custom_fields).await?;
    // Whoever assigns a lead to themselves is a member: the session gate has just said so.
    let member = body.assigned_to.filter(|assignee| *assignee != who.id());
    let lead = Lead {
        id: command.new_id(0),
        name: body.name,
        email: body.email,
        phone: body.phone,
        company: body.company,
        position: body.position,
        status: body.status.unwrap_or(LeadStatus::New),
        score: body.score,
        source: body.source,
        value: body.value,
        stage: body.stage,
        assigned_to: body.assigned_to,
        last_contact_at: body.last_contact_at.map(Moment::timestamp),
        tags: BTreeSet::new(),
        custom_fields,
        address: body.address,
        property_type: body.property_type,
        preferred_contact: body.preferred_contact,
        consent: body.consent,
        notes: 0,
        client_id: None,
        deal_id: None,
        created_at: command.at,
        deleted_at: None,
        merged_into: None,
    };
    let stored = team.leads().create(&command, lead, member).await?;
    let location = format!("/api/leads/{}", stored.value.id);
    Ok(Created {
        location,
        entity: LeadView::written(&app, who.team, stored).await?,
    })
}
