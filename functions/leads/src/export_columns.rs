//! The columns of an export: those that people look for first, under names that an import knows again.

use plat_domain::{ContactChannel, CustomValue, Lead, Phone};
use plat_sheets::{MAX_CELL, joined, listed};
use plat_store::{Member, Note, Stored, TagSet};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What can be exported.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ExportColumn {
    /// The name.
    Name,
    /// Where they work, and as what.
    Company,
    /// The e-mail address.
    Email,
    /// The phone number.
    Phone,
    /// Where they stand.
    Status,
    /// The team's own word for that.
    Stage,
    /// How promising they are.
    Score,
    /// Where they came from.
    Source,
    /// What they are worth, and its currency.
    Value,
    /// Who works them, by the address that they sign in with.
    AssignedTo,
    /// The tags they wear, by name.
    Tags,
    /// What kind of property it is about.
    PropertyType,
    /// Where the property, or the person, is: a column for each part.
    Address,
    /// When they were last talked to.
    LastContact,
    /// How they like to be reached.
    PreferredContact,
    /// What they agreed to: a column for each channel.
    Consent,
    /// What is noted, oldest first.
    Notes,
    /// The team's own fields: a column for each.
    CustomFields,
    /// Which lead it is, when it was made and changed, and how many notes it has. An import passes these over.
    Plat,
}

/// A lead as it is about to be written.
pub(crate) struct Written<'a> {
    pub(crate) lead: &'a Stored<Lead>,
    pub(crate) notes: &'a [Note],
    pub(crate) tags: &'a TagSet,
    pub(crate) members: &'a BTreeMap<plat_domain::UserId, Member>,
}

type Cell = fn(&Written<'_>) -> String;

/// Every column but the team's own fields, which stand behind these.
pub(crate) const COLUMNS: [(ExportColumn, &str, Cell); 30] = [
    (ExportColumn::Name, "Name", |row| of(Some(&lead(row).name))),
    (ExportColumn::Company, "Company", |row| {
        of(lead(row).company.as_ref())
    }),
    (ExportColumn::Company, "Position", |row| {
        of(lead(row).position.as_ref())
    }),
    (ExportColumn::Email, "Email", |row| {
        of(lead(row).email.as_ref())
    }),
    (ExportColumn::Phone, "Phone", phone),
    (ExportColumn::Status, "Status", |row| {
        of(Some(&lead(row).status))
    }),
    (ExportColumn::Stage, "Stage", |row| {
        of(lead(row).stage.as_ref())
    }),
    (ExportColumn::Score, "Score", |row| {
        of(lead(row).score.map(plat_domain::Score::get))
    }),
    (ExportColumn::Source, "Source", |row| {
        of(lead(row).source.as_ref())
    }),
    (ExportColumn::Value, "Value", |row| {
        of(lead(row).value.map(|value| value.amount()))
    }),
    (ExportColumn::Value, "Value Currency", |row| {
        of(lead(row).value.map(|value| value.currency()))
    }),
    (ExportColumn::AssignedTo, "Assigned To", |row| {
        let member = lead(row).assigned_to.and_then(|id| row.members.get(&id));
        of(member.map(|member| &member.email))
    }),
    (ExportColumn::Tags, "Tags", tags),
    (ExportColumn::PropertyType, "Property Type", |row| {
        of(lead(row).property_type)
    }),
    (ExportColumn::Address, "Street", |row| {
        of(address(row).and_then(|address| address.street.as_ref()))
    }),
    (ExportColumn::Address, "Unit", |row| {
        of(address(row).and_then(|address| address.unit.as_ref()))
    }),
    (ExportColumn::Address, "City", |row| {
        of(address(row).and_then(|address| address.city.as_ref()))
    }),
    (ExportColumn::Address, "State", |row| {
        of(address(row).and_then(|address| address.state.as_ref()))
    }),
    (ExportColumn::Address, "Zip", |row| {
        of(address(row).and_then(|address| address.zip.as_ref()))
    }),
    (ExportColumn::Address, "Country", |row| {
        of(address(row).and_then(|address| address.country.as_ref()))
    }),
    (ExportColumn::LastContact, "Last Contact", |row| {
        of(lead(row).last_contact_at)
    }),
    (ExportColumn::PreferredContact, "Preferred Contact", |row| {
        of(lead(row).preferred_contact)
    }),
    (ExportColumn::Consent, "Email Consent", |row| {
        agreed(row, ContactChannel::Email)
    }),
    (ExportColumn::Consent, "Text Consent", |row| {
        agreed(row, ContactChannel::Sms)
    }),
    (ExportColumn::Consent, "Call Consent", |row| {
        agreed(row, ContactChannel::Call)
    }),
    (ExportColumn::Notes, "Notes", notes),
    (ExportColumn::Plat, "Plat Lead", |row| {
        of(Some(lead(row).id))
    }),
    (ExportColumn::Plat, "Plat Created", |row| {
        of(Some(row.lead.created_at))
    }),
    (ExportColumn::Plat, "Plat Changed", |row| {
        of(Some(row.lead.updated_at))
    }),
    (ExportColumn::Plat, "Plat Notes", |row| {
        of(Some(lead(row).notes))
    }),
];

fn lead<'a>(row: &'a Written<'_>) -> &'a Lead {
    &row.lead.value
}

fn address<'a>(row: &'a Written<'_>) -> Option<&'a plat_domain::Address> {
    lead(row).address.as_ref()
}

fn of(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// As it was given, if everybody reads the same number from that.
fn phone(row: &Written<'_>) -> String {
    let phone = lead(row).phone.as_ref();
    of(phone.map(|phone| match Phone::parse(phone.as_given()) {
        Ok(read) if read.e164() == phone.e164() => phone.as_given(),
        Ok(_) | Err(_) => phone.e164(),
    }))
}

fn tags(row: &Written<'_>) -> String {
    let worn = lead(row).tags.iter();
    let mut names: Vec<&str> = worn
        .filter_map(|id| Some(row.tags.tags.get(id)?.name.as_str()))
        .collect();
    names.sort_unstable();
    listed(names)
}

/// Only that they agreed is told. That they did not may only mean that nobody asked, and an import would take a no for the
/// end of what they agreed to since.
fn agreed(row: &Written<'_>, channel: ContactChannel) -> String {
    let agreed = lead(row).consent.allows(channel);
    of(agreed.then_some("yes"))
}

/// The latest notes that one cell has room for, oldest first.
fn notes(row: &Written<'_>) -> String {
    let mut from = row.notes;
    loop {
        let cell = joined(from.iter().map(|note| note.content.as_str()));
        // An apostrophe may come in front.
        if cell.len() < MAX_CELL {
            return cell;
        }
        from = from.get(1..).unwrap_or_default();
    }
}

/// A value of one of the team's own fields. A text that would be read as a number, or as yes or no, gets an apostrophe in
/// front, as spreadsheets have it.
pub(crate) fn own(value: &CustomValue) -> String {
    match value {
        CustomValue::Number(number) => number.to_string(),
        CustomValue::Bool(yes) => yes.to_string(),
        CustomValue::Text(text) => {
            let bare = text.as_str().trim_start_matches('\'');
            let is_other = ["true", "false"].contains(&bare)
                || serde_json::from_str::<serde_json::Number>(bare).is_ok();
            format!("{}{text}", if is_other { "'" } else { "" })
        }
    }
}
