//! `PATCH /api/leads/{leadId}` and its alias `PUT`: a JSON Merge Patch.

use crate::custom_fields;
use crate::problems::move_refused;
use crate::view::{LeadPath, LeadView};
use plat_domain::{
    Address, Consent, ContactChannel, CustomFields, CustomValue, Email, Lead, LeadStatus, Line,
    Moment, Money, Name, Permission, Phone, PropertyType, Score, Source, UserId, contact_rule,
};
use plat_http::patch::{Patch, never_null, present};
use plat_http::problems::{self, DUPLICATE, ILLEGAL_TRANSITION, MERGED, STALE};
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use plat_store::{Command, LeadChange, StatusChange};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What changes. A field that is absent stays, one that is null is cleared. A status that needs a note is set at
/// `/api/leads/{leadId}/status`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateLead {
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    name: Option<Name>,
    #[serde(default)]
    email: Patch<Email>,
    #[serde(default)]
    phone: Patch<Phone>,
    #[serde(default)]
    company: Patch<Line>,
    #[serde(default)]
    position: Patch<Line>,
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    status: Option<LeadStatus>,
    #[serde(default)]
    score: Patch<Score>,
    #[serde(default)]
    source: Patch<Source>,
    #[serde(default)]
    value: Patch<Money>,
    #[serde(default)]
    stage: Patch<Line>,
    #[serde(default)]
    assigned_to: Patch<UserId>,
    #[serde(default)]
    last_contact_at: Patch<Moment>,
    /// Replaces the address as a whole.
    #[serde(default)]
    address: Patch<Address>,
    #[serde(default)]
    property_type: Patch<PropertyType>,
    #[serde(default)]
    preferred_contact: Patch<ContactChannel>,
    #[serde(default)]
    consent: Patch<ConsentPatch>,
    /// Fields to set; null removes one, null in place of all removes all.
    #[serde(default)]
    custom_fields: Patch<BTreeMap<String, Option<CustomValue>>>,
}

/// What they agree to from now on; a flag that is absent stays.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ConsentPatch {
    email: Option<bool>,
    sms: Option<bool>,
    call: Option<bool>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::PATCH,
        "/api/leads/{leadId}",
        "leads.update",
        Can(Permission::LeadsWrite),
        handle,
    )
    .alias(Method::PUT)
    .summary("Change a lead")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&DUPLICATE, &ILLEGAL_TRANSITION, &MERGED, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<LeadPath, UpdateLead>,
) -> Result<Entity<LeadView>, Failure> {
    let command = input.command(&who.user);
    let team = app.store.team(who.team);
    let mut body = input.body;
    // The fields are read only for who changes some.
    match &mut body.custom_fields {
        Patch::Keep => {}
        Patch::Clear => custom_fields::may_be_cleared(&team).await?,
        Patch::Set(changes) => {
            *changes = custom_fields::of_changes(&team, std::mem::take(changes)).await?;
        }
    }
    let stored = team
        .leads()
        .change(
            &command,
            input.path.lead_id,
            who.sight(),
            input.if_match,
            |lead| apply(body.clone(), lead, &command),
        )
        .await?;
    Ok(Entity(LeadView::written(&app, who.team, stored).await?))
}

fn apply(body: UpdateLead, lead: &mut Lead, command: &Command) -> Result<LeadChange, Failure> {
    let mut beside = LeadChange::default();
    if let Some(name) = body.name {
        lead.name = name;
    }
    body.email.apply(&mut lead.email);
    body.phone.apply(&mut lead.phone);
    contact_rule(&lead.email, &lead.phone)
        .map_err(|refused| problems::invalid_field("/email", refused.code, &refused.detail))?;
    body.company.apply(&mut lead.company);
    body.position.apply(&mut lead.position);
    body.score.apply(&mut lead.score);
    body.source.apply(&mut lead.source);
    body.value.apply(&mut lead.value);
    body.stage.apply(&mut lead.stage);
    body.address.apply(&mut lead.address);
    body.property_type.apply(&mut lead.property_type);
    body.preferred_contact.apply(&mut lead.preferred_contact);
    match body.last_contact_at {
        Patch::Keep => {}
        Patch::Clear => lead.last_contact_at = None,
        Patch::Set(at) => lead.last_contact_at = Some(at.timestamp()),
    }
    match body.consent {
        Patch::Keep => {}
        Patch::Clear => lead.consent = Consent::default(),
        Patch::Set(given) => {
            let Consent { email, sms, call } = lead.consent;
            lead.consent = Consent {
                email: given.email.unwrap_or(email),
                sms: given.sms.unwrap_or(sms),
                call: given.call.unwrap_or(call),
            };
        }
    }
    match body.custom_fields {
        Patch::Keep => {}
        Patch::Clear => lead.custom_fields = CustomFields::default(),
        Patch::Set(changes) => {
            let merged = lead.custom_fields.merged(changes);
            lead.custom_fields = merged.map_err(custom_fields::refused)?;
        }
    }
    if let Patch::Set(assignee) = &body.assigned_to
        && lead.assigned_to != Some(*assignee)
    {
        beside.member = Some(*assignee);
    }
    body.assigned_to.apply(&mut lead.assigned_to);
    if let Some(to) = body.status.filter(|to| *to != lead.status) {
        let from = lead.status;
        LeadStatus::check_move(from, to, None)
            .map_err(|refused| move_refused(refused, from, to))?;
        lead.status = to;
        beside.history = Some(StatusChange {
            id: command.new_id(0),
            old_status: from,
            new_status: to,
            note: None,
        });
    }
    Ok(beside)
}
