//! What a row says of a person.
//!
//! What belongs here: which cell becomes which field, and what becomes of a cell that does not fit. What does not: which column
//! is what (`columns`), and whether the person is a lead already (`worker`).
//!
//! A row fails only if nobody could be reached by it, or if the team said what a field of its own must be. Anything else that
//! cannot be read is kept as it was written, in a field of the team's own, and told.

use crate::importing::columns::{Column, Target};
use crate::importing::options::Duplicates;
use crate::importing::person::place::address;
use crate::importing::verdict::Unfit;
use jiff::Timestamp;
use plat_domain::field_definition::parse_cell;
use plat_domain::{
    ContactChannel, Currency, CustomFields, CustomValue, Email, FieldDefinition, FieldKey,
    FieldName, IdentityKey, Incoming, Invalid, Lead, LeadId, LeadStatus, Line, MAX_CUSTOM_FIELDS,
    MAX_TAGS, Money, Name, NoteContent, Phone, PropertyType, SaidConsent, Score, Source, TagName,
    Text, UpdatePolicy, UserId, contact_rule, filled, fold, identity_keys,
};
use plat_sheets::{Field, Part, read_amount, read_date, read_yes_no, split, split_list};
use serde_json::Number;
use std::collections::{BTreeMap, BTreeSet};

mod place;

/// The longest text of a field of the team's own, in characters.
const MAX_TEXT: usize = 1_000;

/// The longest note, in characters.
const MAX_NOTE: usize = 10_000;

/// Words in what lists call kinds of property, and the kind that they mean; the first that is found counts.
const KINDS: [(&str, PropertyType); 12] = [
    ("vacant", PropertyType::Land),
    ("land", PropertyType::Land),
    ("lot", PropertyType::Land),
    ("commercial", PropertyType::Commercial),
    ("office", PropertyType::Commercial),
    ("retail", PropertyType::Commercial),
    ("industrial", PropertyType::Commercial),
    ("residen", PropertyType::Residential),
    ("family", PropertyType::Residential),
    ("condo", PropertyType::Residential),
    ("town", PropertyType::Residential),
    ("mobile", PropertyType::Residential),
];

/// By what rows are read.
pub(crate) struct Reader<'a> {
    pub(crate) columns: &'a [Column],
    pub(crate) definitions: &'a [FieldDefinition],
    /// The country of phone numbers that do not say theirs.
    pub(crate) country: &'a str,
    /// Members by name and by address, folded.
    pub(crate) members: &'a BTreeMap<String, UserId>,
}

/// Whom a row is about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Person {
    /// What it says of them, but for their tags, whose ids are not known here.
    pub(crate) incoming: Incoming,
    pub(crate) status: Option<LeadStatus>,
    pub(crate) tags: Vec<TagName>,
    pub(crate) notes: Vec<NoteContent>,
    /// What could not be taken as it was meant.
    pub(crate) remarks: Vec<String>,
}

/// A row while it is read.
struct Reading<'a> {
    cells: BTreeMap<Field, (&'a str, &'a str)>,
    own: BTreeMap<String, CustomValue>,
    remarks: Vec<String>,
}

impl Person {
    /// The person as a lead, as far as a row says it: without tags, and without what the team requires being looked at.
    pub(crate) fn lead(&self, id: LeadId, at: Timestamp) -> Option<Lead> {
        let nobody = Lead::new(id, self.incoming.name.clone()?, at);
        Some(Lead {
            status: self.status.unwrap_or(LeadStatus::New),
            consent: self.incoming.consent.of_new(),
            ..filled(&nobody, &self.incoming, UpdatePolicy::Fill)
        })
    }

    /// By what they are found among others: by their address alone, where every row is to be a lead of its own.
    pub(crate) fn identities(lead: &Lead, duplicates: Duplicates) -> BTreeSet<IdentityKey> {
        let mut keys = identity_keys(lead);
        keys.retain(|key| match duplicates {
            Duplicates::Skip | Duplicates::Update => true,
            Duplicates::Create => matches!(key, IdentityKey::Email(_)),
        });
        keys
    }
}

impl Reader<'_> {
    /// Reads a row.
    pub(crate) fn read(&self, cells: &[String]) -> Result<Person, Unfit> {
        let mut row = Reading {
            cells: BTreeMap::new(),
            own: BTreeMap::new(),
            remarks: Vec::new(),
        };
        let filled = self.columns.iter().zip(cells);
        for (column, cell) in filled.filter(|(_, cell)| !cell.trim().is_empty()) {
            match &column.target {
                Target::Field(field) => {
                    row.cells.insert(*field, (&column.name, cell.trim()));
                }
                Target::Own(key) => self.own(&mut row, key, &column.name, cell.trim())?,
                Target::Ignored => {}
            }
        }
        let name = row.name()?;
        let (email, bad_email) = row.first_of(Field::Email, Email::parse);
        let (phone, bad_phone) =
            row.first_of(Field::Phone, |text| Phone::parse_in(text, self.country));
        if let Err(refused) = contact_rule(&email, &phone) {
            let told = bad_phone.or(bad_email);
            return Err(told.unwrap_or_else(|| Unfit::new(refused.code, &refused.detail)));
        }
        let consent = row.consent();
        let address = address(&mut row);
        let currency = row.taken(Field::Currency, Currency::parse);
        let value = row.taken(Field::Value, |text| {
            let amount = read_amount(text).unwrap_or_default();
            Money::parse_amount(&amount, currency.unwrap_or_default())
        });
        let incoming = Incoming {
            name: Some(name),
            email,
            phone,
            company: row.taken(Field::Company, Line::parse),
            position: row.taken(Field::Position, Line::parse),
            score: row.taken(Field::Score, Score::parse),
            source: row.taken(Field::Source, Source::parse),
            value,
            stage: row.taken(Field::Stage, Line::parse),
            assigned_to: row.taken(Field::AssignedTo, |text| {
                let member = self.members.get(&fold(text)).copied();
                member.ok_or_else(|| {
                    Invalid::new("unknown_member", "Nobody of the team has this name.")
                })
            }),
            last_contact_at: row.taken(Field::LastContact, |text| {
                read_date(text).ok_or_else(|| Invalid::new("invalid_date", "It is no date."))
            }),
            property_type: row.property_type(),
            preferred_contact: row.taken(Field::PreferredContact, channel),
            address,
            consent,
            ..Incoming::default()
        };
        let status = row.taken(Field::Status, |text| LeadStatus::parse(&fold(text)));
        let (tags, notes) = (row.tags(), row.notes());
        let custom_fields = row.custom_fields();
        Ok(Person {
            incoming: Incoming {
                custom_fields,
                ..incoming
            },
            status,
            tags,
            notes,
            remarks: row.remarks,
        })
    }

    /// A cell of the team's own field. What the team defined has to fit.
    fn own(
        &self,
        row: &mut Reading<'_>,
        key: &FieldKey,
        column: &str,
        cell: &str,
    ) -> Result<(), Unfit> {
        let defined = self.definitions.iter().find(|field| field.key == *key);
        let value = match defined {
            Some(definition) => {
                parse_cell(definition, cell).map_err(|refused| Unfit::in_column(column, refused))?
            }
            None => guessed(cell, column, &mut row.remarks),
        };
        row.own.insert(key.as_str().to_owned(), value);
        Ok(())
    }
}

impl Reading<'_> {
    fn cell(&self, field: Field) -> Option<(&str, &str)> {
        self.cells.get(&field).copied()
    }

    /// First and last name, or the whole one, or the company: a list of owners has some of which only that is known.
    fn name(&self) -> Result<Name, Unfit> {
        let parts = [Field::FirstName, Field::LastName];
        let parts: Vec<&str> = parts
            .iter()
            .filter_map(|field| self.cell(*field).map(|(_, cell)| cell))
            .collect();
        let whole = [Field::Name, Field::Company];
        let whole = whole.iter().find_map(|field| self.cell(*field));
        let (column, name) = match (parts.as_slice(), whole) {
            ([], Some((column, name))) => (column, name.to_owned()),
            ([], None) => {
                let detail = "The row has no name, and no company either.";
                return Err(Unfit::new("name_required", detail));
            }
            (parts, _) => {
                let column = self
                    .cell(Field::FirstName)
                    .or_else(|| self.cell(Field::LastName));
                (column.map_or("", |(column, _)| column), parts.join(" "))
            }
        };
        Name::parse(&name).map_err(|refused| Unfit::in_column(column, refused))
    }

    /// The first in a cell that is what the column says: people write several into one. What is there besides is kept as it
    /// was written. If there is none, why not.
    fn first_of<T>(
        &mut self,
        field: Field,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> (Option<T>, Option<Unfit>) {
        let Some((column, cell)) = self.cells.get(&field).copied() else {
            return (None, None);
        };
        let refused = match parse(cell) {
            Ok(read) => return (Some(read), None),
            Err(refused) => refused,
        };
        let several = cell.split([',', ';', '/', '|', '\n']);
        let first = several.filter_map(|one| parse(one.trim()).ok()).next();
        self.keep(column, cell);
        let told = match &first {
            Some(_) => "more than one; the first was taken, and all are kept",
            None => refused.detail.as_ref(),
        };
        self.remarks.push(format!("{column}: {told}"));
        let unfit = first.is_none().then(|| Unfit::in_column(column, refused));
        (first, unfit)
    }

    /// A cell as a field; what does not fit is kept as it was written, and told.
    fn taken<T>(
        &mut self,
        field: Field,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        let (column, cell) = self.cells.get(&field).copied()?;
        match parse(cell) {
            Ok(read) => Some(read),
            Err(refused) => {
                self.remarks.push(format!("{column}: {}", refused.detail));
                self.keep(column, cell);
                None
            }
        }
    }

    /// Keeps a cell as it was written, in a field that is called as its column.
    fn keep(&mut self, column: &str, cell: &str) {
        let Ok(name) = FieldName::parse(&column.chars().take(60).collect::<String>()) else {
            return;
        };
        let key = FieldKey::of(&name, &BTreeSet::new());
        let text = cut(cell, column, &mut self.remarks);
        self.own.entry(key.as_str().to_owned()).or_insert(text);
    }

    /// What they agreed to or refused. A column that only says no counts as that whatever is in it, unless it is a no.
    fn consent(&mut self) -> SaidConsent {
        let mut said = |agreed: Field, refused: Field| {
            let agreed = self.taken(agreed, yes_or_no);
            let refused = self
                .cells
                .get(&refused)
                .map(|(_, cell)| read_yes_no(cell) != Some(false));
            match refused {
                Some(true) => Some(false),
                Some(false) | None => agreed,
            }
        };
        SaidConsent {
            email: said(Field::EmailConsent, Field::DoNotEmail),
            sms: said(Field::TextConsent, Field::DoNotText),
            call: said(Field::CallConsent, Field::DoNotCall),
        }
    }

    fn property_type(&mut self) -> Option<PropertyType> {
        let (column, cell) = self.cells.get(&Field::PropertyType).copied()?;
        let folded = fold(cell);
        if let Ok(exact) = PropertyType::parse(&folded) {
            return Some(exact);
        }
        // Lists tell more than Plat has kinds of: what they say is kept, too.
        self.keep(column, cell);
        let kind = KINDS.iter().find(|(word, _)| folded.contains(word));
        Some(kind.map_or(PropertyType::Other, |(_, kind)| *kind))
    }

    fn tags(&mut self) -> Vec<TagName> {
        let Some((column, cell)) = self.cells.get(&Field::Tags).copied() else {
            return Vec::new();
        };
        let names = split_list(cell);
        let mut tags: Vec<TagName> = Vec::new();
        for name in &names {
            match TagName::parse(name) {
                Ok(tag) => tags.push(tag),
                Err(refused) => self.remarks.push(format!("{column}: {}", refused.detail)),
            }
        }
        if tags.len() > MAX_TAGS {
            tags.truncate(MAX_TAGS);
            let told = format!("{column}: a lead wears at most {MAX_TAGS} tags");
            self.remarks.push(told);
        }
        tags
    }

    /// The notes of a cell. A text that is too long for one becomes several.
    fn notes(&mut self) -> Vec<NoteContent> {
        let Some((_, cell)) = self.cells.get(&Field::Notes) else {
            return Vec::new();
        };
        let mut notes = Vec::new();
        for text in split(cell) {
            let clean: Vec<char> = text
                .chars()
                .filter(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
                .collect();
            let pieces = clean.chunks(MAX_NOTE).map(String::from_iter);
            notes.extend(pieces.filter_map(|piece| NoteContent::parse(&piece).ok()));
        }
        notes
    }

    /// The team's own fields, as many as a lead has room for.
    fn custom_fields(&mut self) -> CustomFields {
        let mut own = std::mem::take(&mut self.own);
        let all = own.len();
        while own.len() > MAX_CUSTOM_FIELDS {
            own.pop_last();
        }
        let fields = loop {
            match CustomFields::new(own.clone()) {
                Ok(fields) => break fields,
                // The last one goes until the rest fits.
                Err(_) if own.pop_last().is_some() => {}
                Err(_) => break CustomFields::default(),
            }
        };
        let left = all - fields.len();
        if left > 0 {
            let told = format!("{left} columns were left out: a lead has no room for more");
            self.remarks.push(told);
        }
        fields
    }
}

/// A cell of a field that the team has not defined: a number or yes and no where it is written exactly as one, and a text
/// otherwise, since `007` is no seven. An apostrophe in front says that it is a text.
fn guessed(cell: &str, column: &str, remarks: &mut Vec<String>) -> CustomValue {
    if let Some(text) = cell.strip_prefix('\'') {
        let bare = text.trim_start_matches('\'');
        let is_other = ["true", "false"].contains(&bare) || bare.parse::<Number>().is_ok();
        return cut(if is_other { text } else { cell }, column, remarks);
    }
    let number = cell.parse::<Number>().ok();
    let number = number.filter(|number| number.to_string() == cell);
    if let Some(number) = number.and_then(|number| CustomValue::number(number).ok()) {
        return number;
    }
    match cell {
        "true" => CustomValue::Bool(true),
        "false" => CustomValue::Bool(false),
        text => cut(text, column, remarks),
    }
}

/// A text of the team's own, as much of it as there is room for.
fn cut(cell: &str, column: &str, remarks: &mut Vec<String>) -> CustomValue {
    let clean = |c: &char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    let text: String = cell.chars().filter(clean).take(MAX_TEXT).collect();
    if cell.chars().nth(MAX_TEXT).is_some() {
        remarks.push(format!("{column}: cut after {MAX_TEXT} characters"));
    }
    CustomValue::Text(Text::parse(&text).unwrap_or_else(|_| Text::from_stored(String::new())))
}

fn yes_or_no(text: &str) -> Result<bool, Invalid> {
    read_yes_no(text).ok_or_else(|| Invalid::new("invalid_choice", "It is neither yes nor no."))
}

fn channel(text: &str) -> Result<ContactChannel, Invalid> {
    match fold(text).as_str() {
        "phone" => Ok(ContactChannel::Call),
        "text" => Ok(ContactChannel::Sms),
        "e-mail" => Ok(ContactChannel::Email),
        other => ContactChannel::parse(other),
    }
}

/// Every field of a whole address, from its parts.
const PARTS: [Part; 6] = [
    Part::Street,
    Part::Unit,
    Part::City,
    Part::State,
    Part::Zip,
    Part::Country,
];

#[cfg(test)]
mod tests;
