//! Working a part: who of its rows is there already, and what becomes of each.
//!
//! Rows are worked together as far as no two of them may be one person; the next of such a person waits for the next wave.
//! Whatever is done here can be done again: a lead that a row made is recognised as its own.

use crate::importing::Import;
use crate::importing::columns::Found;
use crate::importing::files::Line;
use crate::importing::options::{Duplicates, ImportOptions};
use crate::importing::person::{Person, Reader};
use crate::importing::verdict::{Came, Unfit, Verdict};
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::SignedDuration;
use plat_domain::field_definition::check;
use plat_domain::{
    Email, FieldDefinition, IdentityKey, Lead, LeadId, RecordRef, TagId, TagName, UpdatePolicy,
    UserId, alike, filled, fold,
};
use plat_registry::App;
use plat_store::{
    Command, Creation, Known, LeadChange, Note, PageRequest, Sight, StoreError, Stored,
};
use std::collections::{BTreeMap, BTreeSet};

/// Leads with which a row is compared, of those that have one thing in common with it. A number that more have is a call
/// centre's.
const MOST_ALIKE: usize = 20;

/// Leads that are changed, or noted on, at once.
const AT_ONCE: usize = 8;

/// What a part is worked with.
pub(crate) struct Worker<'a> {
    app: &'a App,
    import: &'a Import,
    options: &'a ImportOptions,
    found: &'a Found,
    definitions: Vec<FieldDefinition>,
    members: BTreeMap<String, UserId>,
    /// The team's tags, by the key of their names.
    tags: BTreeMap<String, TagId>,
}

/// A row that says whom it is about.
struct Read {
    line: Line,
    person: Person,
    /// What it would be as a lead of its own.
    lead: Lead,
    keys: BTreeSet<IdentityKey>,
}

impl<'a> Worker<'a> {
    /// Reads what all rows need.
    pub(crate) async fn new(
        app: &'a App,
        import: &'a Import,
        options: &'a ImportOptions,
        found: &'a Found,
    ) -> Result<Self, StoreError> {
        let team = app.store.team(import.team);
        let (definitions, tags) = (team.fields().get().await?, team.tags().get().await?);
        let mut members = BTreeMap::new();
        let mut page = Some(PageRequest::first(100));
        while let Some(asked) = page {
            let some = team.members().list(&asked).await?;
            for member in some.items {
                members.insert(fold(member.value.name.as_str()), member.value.user);
                members.insert(fold(member.value.email.as_str()), member.value.user);
            }
            page = some.next.map(|next| PageRequest {
                after: Some(next),
                ..PageRequest::first(100)
            });
        }
        Ok(Self {
            app,
            import,
            options,
            found,
            definitions: definitions.definitions,
            members,
            tags: tags
                .tags
                .into_iter()
                .map(|(id, tag)| (tag.name.key(), id))
                .collect(),
        })
    }

    /// Works rows, and tells what each came to, in their order.
    pub(crate) async fn work(&self, lines: Vec<Line>) -> Result<Vec<Verdict>, StoreError> {
        let mut verdicts = Vec::with_capacity(lines.len());
        let mut wave: Vec<Read> = Vec::new();
        let mut keys: BTreeSet<IdentityKey> = BTreeSet::new();
        for line in lines {
            let number = line.number;
            match self.read(line) {
                Err(unfit) => verdicts.push(Verdict::failed(number, unfit)),
                Ok(row) => {
                    if !row.keys.is_disjoint(&keys) {
                        verdicts.extend(self.wave(std::mem::take(&mut wave)).await?);
                        keys.clear();
                    }
                    keys.extend(&row.keys);
                    wave.push(row);
                }
            }
        }
        verdicts.extend(self.wave(wave).await?);
        verdicts.sort_by_key(|verdict| verdict.row);
        Ok(verdicts)
    }

    fn read(&self, line: Line) -> Result<Read, Unfit> {
        let reader = Reader {
            columns: &self.found.columns,
            definitions: &self.definitions,
            country: self.options.country(),
            members: &self.members,
        };
        let mut person = reader.read(&line.cells)?;
        person.incoming.tags = self.tags_of(&mut person.remarks, &person.tags);
        if person.incoming.source.is_none() {
            person.incoming.source.clone_from(&self.options.source);
        }
        let lead = person.lead(self.import.lead(line.number), self.import.at);
        let nameless = || Unfit::new("name_required", "The row has no name.");
        let mut lead = lead.ok_or_else(nameless)?;
        if lead.assigned_to.is_none() {
            lead.assigned_to = self.options.assignee(line.number);
        }
        let keys = Person::identities(&lead, self.options.duplicates);
        Ok(Read {
            line,
            person,
            lead,
            keys,
        })
    }

    fn tags_of(&self, remarks: &mut Vec<String>, names: &[TagName]) -> BTreeSet<TagId> {
        let mut tags = self.options.tags.clone();
        // One that is gone since is not put on.
        tags.retain(|tag| self.tags.values().any(|known| known == tag));
        for name in names {
            match self.tags.get(&name.key()) {
                Some(tag) => {
                    tags.insert(*tag);
                }
                None => remarks.push(format!("no room for the tag {}", name.as_str())),
            }
        }
        tags
    }

    /// Works rows of which no two may be one person.
    async fn wave(&self, rows: Vec<Read>) -> Result<Vec<Verdict>, StoreError> {
        let imports = self.app.store.team(self.import.team).imports();
        let addresses = rows.iter().filter_map(address).collect();
        let identities = rows.iter().flat_map(|row| row.keys.iter().copied());
        let identities = identities.filter(|key| !matches!(key, IdentityKey::Email(_)));
        let known = imports.known(&addresses, &identities.collect()).await?;
        let ids = rows.iter().flat_map(|row| self.candidates(row, &known));
        let leads = imports.leads(&ids.collect()).await?;
        let mut verdicts = Vec::with_capacity(rows.len());
        let (mut new, mut there) = (Vec::new(), Vec::new());
        for row in rows {
            match self.who_is(&row, &known, &leads) {
                Some(lead) => there.push((row, lead.clone())),
                None => match self.fits(&row) {
                    Ok(lead) => new.push((row, lead)),
                    Err(unfit) => verdicts.push(Verdict::failed(row.line.number, unfit)),
                },
            }
        }
        let creations = new
            .iter()
            .map(|(row, lead)| (self.import.row(row.line.number), lead.clone()));
        let created = imports.create(creations.collect()).await?;
        let holders = created.values().filter_map(|became| match became {
            Creation::Created => None,
            Creation::Taken(holder) => Some(*holder),
        });
        let mut holders = imports.leads(&holders.collect()).await?;
        let mut made = Vec::new();
        for (row, lead) in new {
            match created.get(&lead.id) {
                Some(Creation::Taken(holder)) => {
                    // It goes again if whoever had the address was deleted meanwhile.
                    let holder = holders.remove(holder).ok_or(StoreError::Contended)?;
                    there.push((row, holder));
                }
                Some(Creation::Created) | None => made.push((row, lead)),
            }
        }
        let noted: Vec<Verdict> = stream::iter(made)
            .map(|(row, lead)| self.noted(row, lead))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let met: Vec<Verdict> = stream::iter(there)
            .map(|(row, lead)| self.meets(row, lead))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        verdicts.extend(noted);
        verdicts.extend(met);
        Ok(verdicts)
    }

    /// The leads that a row may be about.
    fn candidates(&self, row: &Read, known: &Known) -> Vec<LeadId> {
        let holder = address(row).and_then(|address| known.addresses.get(&address).copied());
        let same = row.keys.iter().filter_map(|key| known.same.get(key));
        let same = same.flat_map(|leads| leads.iter().take(MOST_ALIKE).copied());
        let before = row.line.same.iter().map(|row| self.import.lead(*row));
        holder.into_iter().chain(same).chain(before).collect()
    }

    /// The lead that a row is about: whoever has its address, or else whoever is most like it, if that is certain. A lead that
    /// the row made itself is one.
    fn who_is<'b>(
        &self,
        row: &Read,
        known: &Known,
        leads: &'b BTreeMap<LeadId, Stored<Lead>>,
    ) -> Option<&'b Stored<Lead>> {
        let holder = address(row).and_then(|address| known.addresses.get(&address));
        if let Some(lead) = holder.and_then(|holder| leads.get(holder)) {
            return Some(lead);
        }
        if self.options.duplicates == Duplicates::Create {
            return None;
        }
        let candidates = self.candidates(row, known);
        let standing = candidates
            .iter()
            .filter_map(|id| leads.get(id))
            .filter(|lead| lead.value.deleted_at.is_none());
        let alike = standing.filter_map(|lead| {
            if lead.value.id == row.lead.id {
                return Some((u8::MAX, lead));
            }
            let likeness = alike(&row.lead, &lead.value)?;
            likeness.is_certain().then_some((likeness.score, lead))
        });
        // Of several that are as likely the oldest.
        let best = alike.max_by_key(|(score, lead)| (*score, std::cmp::Reverse(lead.value.id)));
        best.map(|(_, lead)| lead)
    }

    /// The new lead of a row, if it has what the team requires.
    fn fits(&self, row: &Read) -> Result<Lead, Unfit> {
        let custom_fields = check(&self.definitions, &row.lead.custom_fields).map_err(|wrong| {
            let first = wrong.into_iter().next();
            first.map_or_else(
                || Unfit::new("invalid", "A field of the team's own does not fit."),
                |(key, refused)| Unfit::in_column(&key, refused),
            )
        })?;
        Ok(Lead {
            custom_fields,
            ..row.lead.clone()
        })
    }

    /// The verdict of a row that made a lead, once its notes are written.
    async fn noted(&self, row: Read, lead: Lead) -> Result<Verdict, StoreError> {
        let notes = self.app.store.team(self.import.team).notes();
        for (nth, content) in (0_i64..).zip(&row.person.notes) {
            let what = format!("row {} note {nth}", row.line.number);
            let command = self.import.command(&what);
            // Notes are in the order of their ids, which begin with their times.
            let later = SignedDuration::from_millis(nth);
            let command = Command {
                at: command.at.checked_add(later).unwrap_or(command.at),
                ..command
            };
            let note = Note {
                id: command.new_id(0),
                record: RecordRef::Lead(lead.id),
                content: content.clone(),
            };
            match notes.add(&command, Sight::All, note).await {
                // Somebody deleted the lead since this was tried first.
                Ok(_) | Err(StoreError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        let mut verdict = Verdict::of(
            row.line.number,
            Came::Created,
            Some(lead.id),
            row.person.remarks,
        );
        verdict.tags = lead.tags;
        Ok(verdict)
    }

    /// What becomes of a row whose person is a lead.
    async fn meets(&self, row: Read, lead: Stored<Lead>) -> Result<Verdict, StoreError> {
        let number = row.line.number;
        if lead.value.id == row.lead.id {
            // The row made it when it was worked before.
            let lead = self.fits(&row).unwrap_or_else(|_| row.lead.clone());
            return self.noted(row, lead).await;
        }
        let id = lead.value.id;
        let verdict = |came| Verdict::of(number, came, Some(id), row.person.remarks.clone());
        let before = row.line.same.iter();
        let before = before
            .copied()
            .find(|before| self.import.lead(*before) == id);
        match (self.options.duplicates, before) {
            (Duplicates::Skip, Some(before)) => Ok(verdict(Came::Skipped).because(
                "repeats_row",
                format!("This person is in row {before}, too."),
            )),
            (Duplicates::Skip, None) => Ok(verdict(Came::Skipped)
                .because("duplicate", "This person is a lead already.".to_owned())),
            (Duplicates::Create, _) => Ok(verdict(Came::Skipped).because(
                "address_taken",
                "A lead has this e-mail address, and no other can.".to_owned(),
            )),
            (Duplicates::Update, _) => {
                let command = self.import.row(number);
                if self.update(&command, &row, &lead).await? {
                    return Ok(verdict(Came::Updated));
                }
                let detail = "The lead says all of this already.".to_owned();
                Ok(verdict(Came::Skipped).because("unchanged", detail))
            }
        }
    }

    /// Changes a lead to what a row says; tells whether that is a change, made now or before.
    async fn update(
        &self,
        command: &Command,
        row: &Read,
        lead: &Stored<Lead>,
    ) -> Result<bool, StoreError> {
        if lead.is_written_by(command) {
            return Ok(true);
        }
        let mut incoming = row.person.incoming.clone();
        let leads = self.app.store.team(self.import.team).leads();
        loop {
            let change = |lead: &Lead| filled(lead, &incoming, UpdatePolicy::Replace);
            if change(&lead.value) == lead.value {
                return Ok(false);
            }
            // Whoever may import sees every lead of the team.
            let changed = leads
                .change(command, lead.value.id, Sight::All, None, |lead| {
                    *lead = change(lead);
                    Ok::<_, StoreError>(LeadChange::default())
                })
                .await;
            match changed {
                Ok(stored) => return Ok(stored.is_written_by(command)),
                // Another lead has the address: the rest of the row is still true.
                Err(StoreError::Taken(_)) if incoming.email.is_some() => incoming.email = None,
                Err(error) => return Err(error),
            }
        }
    }
}

fn address(row: &Read) -> Option<String> {
    row.lead.email.as_ref().map(Email::key)
}
