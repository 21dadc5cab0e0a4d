//! Every key of the table. No other file spells one.
//!
//! ```text
//! PK                              SK                        what
//! T#<team>                        ACT#<id>                  a line of the team's own timeline
//!                                 TEAM                      the team
//!                                 MEMBER#<user>             a member and their role
//!                                 INTEGRATION#<provider>    a service that the team has connected, with its sealed key
//!                                 APIKEY#<key>              a key by which others send leads in, by a hash
//!                                 INVITE#<address>          an open invitation
//!                                 SETTINGS#<part>           what the team has set
//!                                 TAGS                      every tag's name and colour
//!                                 TAGS#USE#<tag>            how many leads wear it
//! T#<team>#AUDIT                  <event>                   a row of the team's audit log
//!                                 HEAD                      where its chain ends
//! T#<team>#LEAD#<lead>            ACT#<id>                  a line of the timeline
//!                                 HIST#<version>            the change of status that made this version
//!                                 LEAD                      the lead
//!                                 NOTE#<id, descending>     a note
//!                                 TAKEN#<lead>              a lead that it took in, and what the two were before
//! T#<team>#LEADMAIL#<address>     CLAIM                     the lead that has this address
//! T#<team>#SAME#<identity key>    SAME                      the leads that have this in common
//! T#<team>#DEAL#<deal>            ACT#<id>                  a line of the timeline, or a note, which is one
//!                                 DEAL                      the deal
//!                                 DEAL#HIST#<id, desc.>     a change of status
//!                                 FEED#<id>                 a line that only the team's latest show
//! T#<team>#CLIENT#<client>         ACT#<id>                  a line of the timeline, or a note, which is one
//!                                 CLIENT                    the client
//! T#<team>#CLIENTMAIL#<address>   CLAIM                     the client that has this address
//! T#<team>#TASK#<task>            TASK                      a task
//! T#<team>#EMAIL#<email>          EMAIL                     an e-mail to a client
//!                                 EVENT#<event>             what a provider told of it
//! T#<team>#SUPPRESSED#<hash>      SUPPRESSED                why an address is not written to any more
//! T#<team>#BATCH#<batch>          BATCH                     long work that somebody started
//!                                 PART#<part>               that a part of it is done
//!                                 OUTCOME#<slice>           what pieces of a slice came to that are not as was asked
//!                                 PART#<part>#TAGS#<n>      that the tags of a part's leads are counted
//! T#<team>#DOC#<document>         DOC                       a document
//!                                 FILE#<version>            one version of its file
//! T#<team>#FIGURES                DAY#<date>                what happened on a day, and who was active
//!                                 DAY@<user or none>#<date> what happened to records of one assignee
//!                                 DEALS                     all deals, counted by status
//!                                 DEALS#CLOSED              how long all closed deals took
//!                                 DEALS#CLOSED@<user or none>  the same, of one assignee
//!                                 DEALS@<user or none>      deals of one assignee, counted by status
//!                                 FOLLOWUP                  all clients and tasks, counted by status, and how far e-mails came
//!                                 FOLLOWUP@<user or none>   the same, of one assignee
//!                                 LEADS                     all leads, counted by status
//!                                 LEADS#FROM@<user or none>$<source>  the same, of one source and one assignee
//!                                 LEADS$<source>            the same, of one source
//!                                 LEADS@<user or none>      the same, of one assignee
//!                                 RECOUNT                   what came of the last recount
//! T#<team>#IX#CLIENT#<facet>      <value>#<client>          a client in an order or under a word
//! T#<team>#IX#DEAL#<facet>        <value>#<deal>            a deal in an order or under a word
//! T#<team>#IX#LEAD#<facet>        <value>#<lead>            a lead in an order or under a word
//! T#<team>#NOTE#<note>            <kind>#<record>           (index 1) the note's place
//! T#<team>#DOCS#<kind>#<record>   <document>                (index 1) documents of a record, by creation
//! T#<team>#DEALS                  <deal>                    (index 1) deals by creation
//! T#<team>#DEALS#<status>         <deal>                    (index 2) the same, of one status
//! T#<team>#DEALS@<user or none>   <deal>                    (index 3) the same, of one assignee
//! T#<team>#BOARD                  <deal>                    (index 4) the deals of each status that changed last
//! T#<team>#BATCHES#<kind>         <batch>                   (index 1) long work of one kind, by creation
//! T#<team>#CLIENTS                <client>                  (index 1) clients by creation
//! T#<team>#CLIENTS#<stage>        <client>                  (index 2) the same, of one stage
//! T#<team>#CLIENTS@<user or none> <client>                  (index 3) the same, of one assignee
//! T#<team>#TASKS#<kind>#<record>  <due>#<task>              (index 1) tasks about a record, or `TASKS#none`, by when they are due
//! T#<team>#TASKS#gone             <command>                 (index 1) who removed a task lately
//! T#<team>#TASKS#<status>         <due>#<task>              (index 2) the same, of one status
//! T#<team>#TASKS@<user or none>   <due>#<task>              (index 3) the same, of one assignee
//! DUE#<shard>                     <due>#<task>              (index 4) follow-ups that Plat is to send
//! T#<team>#EMAILS                 <created>#<email>         (index 1) e-mails by creation
//! T#<team>#EMAILS#<status>        <created>#<email>         (index 2) the same, of one status
//! T#<team>#EMAILS@<client>        <created>#<email>         (index 3) the same, to one client
//! T#<team>#ACTS                   <activity>                (index 1) lines of every timeline
//! T#<team>#LEADS                  <lead>                    (index 1) leads by creation
//! T#<team>#LEADS#<status>         <lead>                    (index 2) the same, of one status
//! T#<team>#LEADS@<user or none>   <lead>                    (index 3) the same, of one assignee
//! SLUG#<slug>                     CLAIM                     the team that has this slug
//! U#<user>                        GATE                      what every request of theirs asks
//!                                 SESSION#<session>         a signed-in device
//!                                 USER                      profile and credentials
//! E#<address>                     CLAIM                     the user who signs in with it
//! TOKEN#<token>                   TOKEN                     a mailed single-use token
//! LIMIT#<what>#<whom>             <window>                  a counter that expires
//! ONCE#<scope>#<hash>             REPLY                     the reply to a request with an idempotency key
//! GONE#<command>                  <kind>#<id>               who removed a record, which the record cannot say any more
//! WORK#<job>#<id>                 WORK                      what a job has begun or done, so that it is done once
//! AUDIT                           <event>, HEAD             the same of what concerns no team
//! AUDIT                           <event>                   (index 1) the rows of all chains
//! KEYS                            PUBLIC                    the keys by which access tokens are verified
//! FIGURES#<date>                  <team>                    (index 1) teams whose figures changed last on this day
//! SUMMARY#<time zone>             <user>                    (index 1) people whom a summary of their week is mailed to, by where they are
//! KEEPING                         <team>                    (index 1) teams that keep completed tasks for some days only
//! RECOUNTS                        <time>#<team>             (index 1) recounts that somebody should look at
//! UPLOADS#<date>#<shard>          <team>#<document>#<upload>  (index 1) files that were announced on this day and are awaited
//! PURGE#<date>#<shard>            <team>#<kind>#<id>        (index 1) deleted records that can be restored until this day
//! HEALTH                          LATEST                    how the installation is
//!                                 TURN#<time>               when that changed
//! RUNS                            <job>                     when a job last ran by the clock
//! ```
//!
//! History sorts right below its lead and notes right above, so that one query answers "does this lead exist, may I
//! see it, and what are its latest notes".

use crate::key::Key;
use jiff::Timestamp;
use jiff::civil::Date;
use plat_domain::lead::identity::IdentityKey;
use plat_domain::{
    ApiKeyId, BatchId, BatchKind, ClientId, ClientStage, CommandId, DealId, DealStatus, DocumentId,
    EmailId, EmailStatus, EventId, Figure, FileKey, HistoryId, IntegrationProvider, LeadId,
    LeadStatus, NoteId, RecordRef, SessionId, SettingsSection, SubjectKind, TagId, TaskId,
    TaskStatus, TeamId, TimeZoneName, TokenId, UserId, Whose,
};

/// Sorts behind every character that a key uses.
const END: &str = "~";

pub(crate) const LEAD: &str = "LEAD";
pub(crate) const DEAL: &str = "DEAL";
pub(crate) const CLIENT: &str = "CLIENT";
const PROPERTY: &str = "PROPERTY";
pub(crate) const CLAIM: &str = "CLAIM";
/// The chain of what concerns no team, and index 1's partition of all chains.
pub(crate) const AUDIT: &str = "AUDIT";
pub(crate) const AUDIT_HEAD: &str = "HEAD";

pub(crate) fn ping() -> Key {
    Key::new("PING", "PING")
}

pub(crate) fn team(team: TeamId) -> Key {
    Key::new(format!("T#{team}"), "TEAM")
}

pub(crate) fn slug(slug: &str) -> Key {
    Key::new(format!("SLUG#{slug}"), CLAIM)
}

pub(crate) fn member(team: TeamId, user: UserId) -> Key {
    Key::new(format!("T#{team}"), format!("MEMBER#{user}"))
}

pub(crate) fn members() -> (String, String) {
    span("MEMBER#")
}

pub(crate) fn invite(team: TeamId, address: &str) -> Key {
    Key::new(format!("T#{team}"), format!("INVITE#{address}"))
}

pub(crate) fn api_key(team: TeamId, key: ApiKeyId) -> Key {
    Key::new(format!("T#{team}"), format!("APIKEY#{key}"))
}

pub(crate) fn api_keys() -> (String, String) {
    span("APIKEY#")
}

/// Which lead somebody is who sent in a name and a number and no address. It holds at once, unlike what lies beside it.
pub(crate) fn caller(team: TeamId, caller: &str) -> Key {
    Key::new(format!("T#{team}#SAME#{caller}"), CLAIM)
}

pub(crate) fn tags(team: TeamId) -> Key {
    Key::new(format!("T#{team}"), "TAGS")
}

pub(crate) fn tag_use(team: TeamId, tag: TagId) -> Key {
    Key::new(format!("T#{team}"), format!("TAGS#USE#{tag}"))
}

/// The tag whose uses a sort key counts; none for that of the tags themselves.
pub(crate) fn counted_tag(sk: &str) -> Option<TagId> {
    sk.strip_prefix("TAGS#USE#")?.parse().ok()
}

/// The tags and their uses together.
pub(crate) fn tags_and_uses() -> (String, String) {
    ("TAGS".to_owned(), format!("TAGS#USE#{END}"))
}

pub(crate) fn lead(team: TeamId, lead: LeadId) -> Key {
    Key::new(format!("T#{team}#LEAD#{lead}"), LEAD)
}

pub(crate) fn deal(team: TeamId, deal: DealId) -> Key {
    Key::new(format!("T#{team}#DEAL#{deal}"), DEAL)
}

/// The item of a record itself.
pub(crate) fn record(team: TeamId, record: RecordRef) -> Key {
    match record {
        RecordRef::Client(id) => client(team, id),
        RecordRef::Deal(id) => deal(team, id),
        RecordRef::Lead(id) => lead(team, id),
        RecordRef::Property(id) => Key::new(format!("T#{team}#PROPERTY#{id}"), PROPERTY),
    }
}

/// Index 3: records of the kind that `record` is, of one assignee or of none.
pub(crate) fn records_of(team: TeamId, record: RecordRef, assignee: Option<UserId>) -> String {
    match record {
        RecordRef::Client(_) => clients_of(team, assignee),
        RecordRef::Deal(_) => deals_of(team, assignee),
        RecordRef::Lead(_) => leads_of(team, assignee),
        RecordRef::Property(_) => assigned(team, "PROPERTIES", assignee),
    }
}

/// Changes of a deal's status lie right above the deal, latest first; read it ascending.
pub(crate) fn deal_history(team: TeamId, deal: DealId, change: HistoryId) -> Key {
    Key::new(
        format!("T#{team}#DEAL#{deal}"),
        format!("DEAL#HIST#{}", change.descending()),
    )
}

/// The deal itself, then its history.
pub(crate) fn history_above_deal() -> (String, String) {
    (DEAL.to_owned(), format!("DEAL#HIST#{END}"))
}

/// Changes of a deal's status that were made at `at` or later.
pub(crate) fn deal_history_since(at: Timestamp) -> (String, String) {
    let first = HistoryId::first_at(at).descending();
    ("DEAL#HIST#".to_owned(), format!("DEAL#HIST#{first}"))
}

/// Lines of a record's timeline, up to and including the record itself, which lies right above them; read it descending.
/// Not for leads, between which and their lines lies their history.
pub(crate) fn timeline_below(record: RecordRef) -> (String, String) {
    let sk = match record {
        RecordRef::Client(_) => CLIENT,
        RecordRef::Deal(_) => DEAL,
        RecordRef::Lead(_) => LEAD,
        RecordRef::Property(_) => PROPERTY,
    };
    ("ACT#".to_owned(), sk.to_owned())
}

pub(crate) fn client(team: TeamId, client: ClientId) -> Key {
    Key::new(format!("T#{team}#CLIENT#{client}"), CLIENT)
}

pub(crate) fn client_email(team: TeamId, address: &str) -> Key {
    Key::new(format!("T#{team}#CLIENTMAIL#{address}"), CLAIM)
}

/// Index 1: every client of the team, by creation.
pub(crate) fn clients(team: TeamId) -> String {
    format!("T#{team}#CLIENTS")
}

/// Index 2: clients of one stage, by creation.
pub(crate) fn clients_at(team: TeamId, stage: ClientStage) -> String {
    format!("T#{team}#CLIENTS#{}", stage.as_str())
}

/// Index 3: clients of one assignee, or of none, by creation.
pub(crate) fn clients_of(team: TeamId, assignee: Option<UserId>) -> String {
    assigned(team, "CLIENTS", assignee)
}

/// One facet of the index that `search.index` keeps of clients.
pub(crate) fn client_facet(team: TeamId, facet: &str) -> String {
    format!("T#{team}#IX#CLIENT#{facet}")
}

pub(crate) fn task(team: TeamId, task: TaskId) -> Key {
    Key::new(format!("T#{team}#TASK#{task}"), "TASK")
}

/// Index 1: tasks about a record, or about none, by when they are due.
pub(crate) fn tasks_about(team: TeamId, record: Option<RecordRef>) -> String {
    match record {
        Some(record) => format!("T#{team}#TASKS#{}#{}", record.kind(), record.id()),
        None => format!("T#{team}#TASKS#none"),
    }
}

/// Index 2: tasks of one status, by when they are due.
pub(crate) fn tasks_with_status(team: TeamId, status: TaskStatus) -> String {
    format!("T#{team}#TASKS#{}", status.as_str())
}

/// Index 3: tasks of one assignee, or of none, by when they are due.
pub(crate) fn tasks_of(team: TeamId, assignee: Option<UserId>) -> String {
    assigned(team, "TASKS", assignee)
}

/// Where a task is among those of its partition: by when it is due, and among equal ones by its id.
pub(crate) fn task_place(due_at: Timestamp, task: TaskId) -> String {
    format!("{}#{task}", crate::entries::time_value(due_at))
}

/// When a task is due, and which it is, by its place.
pub(crate) fn task_at(place: &str) -> Option<(Timestamp, TaskId)> {
    let (due_at, task) = place.split_once('#')?;
    Some((crate::entries::time_of(due_at)?, task.parse().ok()?))
}

/// Partitions of the follow-ups that are to be sent, as many as an index takes of a thousand in a second.
pub(crate) const DUE_SHARDS: u8 = 8;

/// Index 4: one of the partitions of follow-ups that Plat is to send, by when they are due.
pub(crate) fn due(shard: u8) -> String {
    format!("DUE#{shard}")
}

/// The partition that a follow-up is in, by the bits of its id.
pub(crate) fn due_shard(bits: u128) -> u8 {
    u8::try_from(bits % u128::from(DUE_SHARDS)).unwrap_or_default()
}

pub(crate) fn email(team: TeamId, email: EmailId) -> Key {
    Key::new(format!("T#{team}#EMAIL#{email}"), "EMAIL")
}

/// Where an e-mail is among those of its partition: by when it was made. Its id does not tell that, since the e-mail of a
/// task has the task's.
pub(crate) fn email_place(created_at: Timestamp, email: EmailId) -> String {
    format!("{}#{email}", crate::entries::time_value(created_at))
}

/// Which e-mail has this place.
pub(crate) fn email_at(place: &str) -> Option<EmailId> {
    let (_, email) = place.split_once('#')?;
    email.parse().ok()
}

/// What a provider told of an e-mail; `event` is what the provider calls it, hashed.
pub(crate) fn email_event(team: TeamId, email: EmailId, event: &str) -> Key {
    Key::new(format!("T#{team}#EMAIL#{email}"), format!("EVENT#{event}"))
}

/// The e-mail itself, then what was told of it.
pub(crate) fn events_above_email() -> (String, String) {
    ("EMAIL".to_owned(), format!("EVENT#{END}"))
}

/// Index 1: every e-mail of the team, by creation.
pub(crate) fn emails(team: TeamId) -> String {
    format!("T#{team}#EMAILS")
}

/// Index 2: e-mails of one status, by creation.
pub(crate) fn emails_with_status(team: TeamId, status: EmailStatus) -> String {
    format!("T#{team}#EMAILS#{}", status.as_str())
}

/// Index 3: e-mails to one client, by creation.
pub(crate) fn emails_to(team: TeamId, client: ClientId) -> String {
    format!("T#{team}#EMAILS@{client}")
}

/// Why an address is not written to any more; by a hash of it, which outlives it.
pub(crate) fn suppressed(team: TeamId, hash: &str) -> Key {
    Key::new(format!("T#{team}#SUPPRESSED#{hash}"), "SUPPRESSED")
}

pub(crate) fn settings(team: TeamId, section: SettingsSection) -> Key {
    let section = section.as_str().to_uppercase();
    Key::new(format!("T#{team}"), format!("SETTINGS#{section}"))
}

/// Index 1: people in a time zone whom a summary of their week is mailed to.
pub(crate) fn summaries(zone: &TimeZoneName) -> String {
    format!("SUMMARY#{zone}")
}

/// Index 1: teams that keep completed tasks for some days only.
pub(crate) fn keeping() -> String {
    "KEEPING".to_owned()
}

pub(crate) fn integration(team: TeamId, provider: IntegrationProvider) -> Key {
    Key::new(format!("T#{team}"), format!("INTEGRATION#{provider}"))
}

/// All that the team has connected.
pub(crate) fn integrations() -> (String, String) {
    span("INTEGRATION#")
}

/// Index 1: every deal of the team, by creation.
pub(crate) fn deals(team: TeamId) -> String {
    format!("T#{team}#DEALS")
}

/// Index 2: deals of one status, by creation.
pub(crate) fn deals_with_status(team: TeamId, status: DealStatus) -> String {
    format!("T#{team}#DEALS#{}", status.as_str())
}

/// Index 3: deals of one assignee, or of none, by creation.
pub(crate) fn deals_of(team: TeamId, assignee: Option<UserId>) -> String {
    assigned(team, "DEALS", assignee)
}

/// Index 4: the deals that are at hand for the board.
pub(crate) fn board(team: TeamId) -> String {
    format!("T#{team}#BOARD")
}

/// One facet of the index that `search.index` keeps of deals.
pub(crate) fn deal_facet(team: TeamId, facet: &str) -> String {
    format!("T#{team}#IX#DEAL#{facet}")
}

fn assigned(team: TeamId, records: &str, assignee: Option<UserId>) -> String {
    match assignee {
        Some(user) => format!("T#{team}#{records}@{user}"),
        None => format!("T#{team}#{records}@none"),
    }
}

pub(crate) fn batch(team: TeamId, batch: BatchId) -> Key {
    Key::new(format!("T#{team}#BATCH#{batch}"), "BATCH")
}

/// That a part of long work is done.
pub(crate) fn batch_part(team: TeamId, batch: BatchId, part: u64) -> Key {
    Key::new(
        format!("T#{team}#BATCH#{batch}"),
        format!("PART#{part:010}"),
    )
}

/// What the pieces of a slice of long work came to.
pub(crate) fn batch_outcomes(team: TeamId, batch: BatchId, slice: u64) -> Key {
    Key::new(
        format!("T#{team}#BATCH#{batch}"),
        format!("OUTCOME#{slice:010}"),
    )
}

pub(crate) fn every_batch_outcome() -> (String, String) {
    ("OUTCOME#".to_owned(), format!("OUTCOME#{END}"))
}

/// That the tags of a part's leads are counted; the `nth` hundred of them.
pub(crate) fn batch_tags(team: TeamId, batch: BatchId, part: u64, nth: usize) -> Key {
    Key::new(
        format!("T#{team}#BATCH#{batch}"),
        format!("PART#{part:010}#TAGS#{nth}"),
    )
}

/// Index 1: long work of one kind, by creation.
pub(crate) fn batches(team: TeamId, kind: BatchKind) -> String {
    format!("T#{team}#BATCHES#{kind}")
}

pub(crate) fn document(team: TeamId, document: DocumentId) -> Key {
    Key::new(format!("T#{team}#DOC#{document}"), "DOC")
}

/// One version of a document's file, from 1.
pub(crate) fn file(team: TeamId, document: DocumentId, version: u32) -> Key {
    Key::new(format!("T#{team}#DOC#{document}"), file_place(version))
}

/// The place of a version among those of its document.
pub(crate) fn file_place(version: u32) -> String {
    format!("FILE#{version:010}")
}

/// The document itself, then its versions, oldest first.
pub(crate) fn files_above_document() -> (String, String) {
    ("DOC".to_owned(), format!("FILE#{END}"))
}

/// Index 1: documents of a record, by creation.
pub(crate) fn documents_of(team: TeamId, record: RecordRef) -> String {
    format!("T#{team}#DOCS#{}#{}", record.kind(), record.id())
}

/// Partitions of the files that were announced on one day.
pub(crate) const UPLOAD_SHARDS: u8 = 4;

/// Index 1: one of the partitions of files that were announced on this day and are awaited.
pub(crate) fn uploads(day: Date, shard: u8) -> String {
    format!("UPLOADS#{day}#{shard}")
}

/// The partition that a file is in, by the bits of its id.
pub(crate) fn upload_shard(bits: u128) -> u8 {
    u8::try_from(bits % u128::from(UPLOAD_SHARDS)).unwrap_or_default()
}

pub(crate) fn uploads_sk(file: &FileKey) -> String {
    format!("{}#{}#{}", file.team, file.document, file.upload)
}

/// The file of such a sort key.
pub(crate) fn awaited_file(sk: &str) -> Option<FileKey> {
    let (team, file) = sk.split_once('#')?;
    let (document, upload) = file.split_once('#')?;
    Some(FileKey {
        team: team.parse().ok()?,
        document: document.parse().ok()?,
        upload: upload.parse().ok()?,
    })
}

pub(crate) fn lead_email(team: TeamId, address: &str) -> Key {
    Key::new(format!("T#{team}#LEADMAIL#{address}"), CLAIM)
}

/// By the version that the lead has since: changes that arrive together are in the order in which they were made.
pub(crate) fn history(team: TeamId, lead: LeadId, version: u64) -> Key {
    Key::new(
        format!("T#{team}#LEAD#{lead}"),
        format!("HIST#{version:010}"),
    )
}

/// A row of the history of a lead that was taken in: below all of the lead's own, by when it was written.
pub(crate) fn merged_history(team: TeamId, lead: LeadId, change: HistoryId) -> Key {
    let Key { pk, sk } = history(team, lead, 0);
    Key::new(pk, format!("{sk}#{change}"))
}

/// The history of a lead without the lead.
pub(crate) fn history_of_lead() -> (String, String) {
    span("HIST#")
}

/// That a lead took in another. It sorts behind the notes, which a query that begins at the lead ends with.
pub(crate) fn taken(team: TeamId, lead: LeadId, other: LeadId) -> Key {
    Key::new(format!("T#{team}#LEAD#{lead}"), format!("TAKEN#{other}"))
}

/// Which leads have this in common.
pub(crate) fn same(team: TeamId, key: IdentityKey) -> Key {
    Key::new(format!("T#{team}#SAME#{key}"), "SAME")
}

/// History rows, up to and including the lead itself; read it descending.
pub(crate) fn history_below_lead() -> (String, String) {
    ("HIST#".to_owned(), LEAD.to_owned())
}

/// Whether notes on a record are lines of its timeline themselves.
pub(crate) const fn notes_are_lines(about: RecordRef) -> bool {
    match about {
        RecordRef::Lead(_) => false,
        RecordRef::Client(_) | RecordRef::Deal(_) | RecordRef::Property(_) => true,
    }
}

pub(crate) fn note(team: TeamId, about: RecordRef, note: NoteId) -> Key {
    let sk = if notes_are_lines(about) {
        format!("ACT#{note}")
    } else {
        format!("NOTE#{}", note.descending())
    };
    Key::new(record(team, about).pk, sk)
}

/// The lead itself, then its notes, newest first; read it ascending.
pub(crate) fn notes_above_lead() -> (String, String) {
    (LEAD.to_owned(), format!("NOTE#{END}"))
}

/// The notes of a lead without the lead, newest first; read it ascending.
pub(crate) fn notes_of_lead() -> (String, String) {
    ("NOTE#".to_owned(), format!("NOTE#{END}"))
}

/// Where index 1 finds a note by its id.
pub(crate) fn note_place(team: TeamId, note: NoteId) -> String {
    format!("T#{team}#NOTE#{note}")
}

pub(crate) fn note_place_sk(about: RecordRef) -> String {
    format!("{}#{}", about.kind(), about.id())
}

/// The record of such a sort key.
pub(crate) fn noted(sk: &str) -> Option<RecordRef> {
    let (kind, id) = sk.split_once('#')?;
    RecordRef::read(kind.parse().ok()?, id)
}

pub(crate) fn activity(team: TeamId, about: RecordRef, row: &str) -> Key {
    Key::new(record(team, about).pk, format!("ACT#{row}"))
}

/// A line that only the team's latest show.
pub(crate) fn feed(team: TeamId, about: RecordRef, row: &str) -> Key {
    Key::new(record(team, about).pk, format!("FEED#{row}"))
}

pub(crate) fn team_activity(team: TeamId, row: &str) -> Key {
    Key::new(format!("T#{team}"), format!("ACT#{row}"))
}

/// Which line of a timeline a sort key is of, in the timeline of its record.
pub(crate) fn line(sk: &str) -> Option<&str> {
    sk.strip_prefix("ACT#").or_else(|| sk.strip_prefix("FEED#"))
}

pub(crate) fn activities() -> (String, String) {
    span("ACT#")
}

/// Index 1: every lead of the team, by creation.
pub(crate) fn leads(team: TeamId) -> String {
    format!("T#{team}#LEADS")
}

/// Index 2: leads of one status, by creation.
pub(crate) fn leads_with_status(team: TeamId, status: LeadStatus) -> String {
    format!("T#{team}#LEADS#{}", status.as_str())
}

/// Index 3: leads of one assignee, or of none, by creation.
pub(crate) fn leads_of(team: TeamId, assignee: Option<UserId>) -> String {
    assigned(team, "LEADS", assignee)
}

/// Whose partition of index 3 this is; the inner none for that of nobody's records.
pub(crate) fn assignee_in(partition: &str) -> Option<Option<UserId>> {
    match partition.rsplit_once('@')?.1 {
        "none" => Some(None),
        user => user.parse().ok().map(Some),
    }
}

/// One facet of the index that `search.index` keeps: `score`, `word#j`, `source#zillow` …
pub(crate) fn lead_facet(team: TeamId, facet: &str) -> String {
    format!("T#{team}#IX#LEAD#{facet}")
}

pub(crate) fn user(user: UserId) -> Key {
    Key::new(format!("U#{user}"), "USER")
}

pub(crate) fn gate(user: UserId) -> Key {
    Key::new(format!("U#{user}"), "GATE")
}

pub(crate) fn session(user: UserId, session: SessionId) -> Key {
    Key::new(format!("U#{user}"), format!("SESSION#{session}"))
}

pub(crate) fn user_email(address: &str) -> Key {
    Key::new(format!("E#{address}"), CLAIM)
}

pub(crate) fn token(token: TokenId) -> Key {
    Key::new(format!("TOKEN#{token}"), "TOKEN")
}

pub(crate) fn limit(what: &str, whom: &str, window: i64) -> Key {
    Key::new(format!("LIMIT#{what}#{whom}"), window.to_string())
}

pub(crate) fn once(scope: &str, hash: &str) -> Key {
    Key::new(format!("ONCE#{scope}#{hash}"), "REPLY")
}

pub(crate) fn removal(command: CommandId, kind: &str, id: &str) -> Key {
    Key::new(format!("GONE#{command}"), format!("{kind}#{id}"))
}

/// Index 1: who removed tasks of the team, by when.
pub(crate) fn removed_tasks(team: TeamId) -> String {
    format!("T#{team}#TASKS#gone")
}

/// Commands since this moment.
pub(crate) fn commands_since(at: Timestamp) -> (String, String) {
    (CommandId::first_at(at).to_string(), END.to_owned())
}

pub(crate) fn work(job: &str, id: &str) -> Key {
    Key::new(format!("WORK#{job}#{id}"), "WORK")
}

pub(crate) fn public_keys() -> Key {
    Key::new("KEYS", "PUBLIC")
}

/// Index 1: lines of the team's timelines, all together.
pub(crate) fn recent_activities(team: TeamId) -> String {
    format!("T#{team}#ACTS")
}

const LEADS: &str = "LEADS";
const FROM: &str = "LEADS#FROM";
const DEALS: &str = "DEALS";
const CLOSINGS: &str = "DEALS#CLOSED";
const FOLLOW_UP: &str = "FOLLOWUP";
const DAY: &str = "DAY";

fn figures_of(team: TeamId) -> String {
    format!("T#{team}#FIGURES")
}

pub(crate) fn figure(team: TeamId, figure: &Figure) -> Key {
    let sk = match figure {
        Figure::Leads(whose) => of_whom(LEADS, *whose),
        // A source is never empty, so what is left empty is none.
        Figure::Source(whose, key) => {
            let key = key.as_deref().unwrap_or_default();
            format!("{}{key}", sources(*whose))
        }
        Figure::Deals(whose) => of_whom(DEALS, *whose),
        Figure::Closings(whose) => of_whom(CLOSINGS, *whose),
        Figure::FollowUp(whose) => of_whom(FOLLOW_UP, *whose),
        Figure::Day(day, whose) => format!("{}#{day}", of_whom(DAY, *whose)),
    };
    Key::new(figures_of(team), sk)
}

/// What the figures of sources begin with, before the source.
pub(crate) fn sources(whose: Whose) -> String {
    match whose {
        Whose::All => format!("{LEADS}$"),
        // Apart from the leads of assignees, so that neither is read with the other.
        Whose::Of(_) => format!("{}$", of_whom(FROM, whose)),
    }
}

/// The figures of all sources.
pub(crate) fn all_sources(whose: Whose) -> (String, String) {
    let sources = sources(whose);
    let end = format!("{sources}{}", char::MAX);
    (sources, end)
}

/// The figures of sources from this place on.
pub(crate) fn source_behind(whose: Whose, place: &str) -> String {
    let key = place.strip_prefix('$').unwrap_or_default();
    format!("{}{key}", sources(whose))
}

/// The place of a source among all: its key, with the mark before it, since none has no key.
pub(crate) fn source_of(sk: &str) -> Option<&str> {
    sk.get(sk.find('$')?..)
}

/// The figures of the leads of every assignee, and of none.
pub(crate) fn figures_of_assignees() -> (String, String) {
    span(&format!("{LEADS}@"))
}

fn of_whom(records: &str, whose: Whose) -> String {
    match whose {
        Whose::All => records.to_owned(),
        Whose::Of(Some(user)) => format!("{records}@{user}"),
        Whose::Of(None) => format!("{records}@none"),
    }
}

/// Whose records a figure is about, by what its sort key says behind their kind.
fn whose(rest: &str) -> Option<Whose> {
    match rest.strip_prefix('@') {
        None => rest.is_empty().then_some(Whose::All),
        Some("none") => Some(Whose::Of(None)),
        Some(user) => Some(Whose::Of(Some(user.parse().ok()?))),
    }
}

/// The figure of records that stand whose sort key this is.
pub(crate) fn standing_figure(sk: &str) -> Option<Figure> {
    if let Some(rest) = sk.strip_prefix(CLOSINGS) {
        return whose(rest).map(Figure::Closings);
    }
    if let Some(rest) = sk.strip_prefix(DEALS) {
        return whose(rest).map(Figure::Deals);
    }
    if let Some(rest) = sk.strip_prefix(FOLLOW_UP) {
        return whose(rest).map(Figure::FollowUp);
    }
    let from = |key: &str| Some(key.to_owned()).filter(|key| !key.is_empty());
    if let Some(rest) = sk.strip_prefix(FROM) {
        let (rest, key) = rest.split_once('$')?;
        return Some(Figure::Source(whose(rest)?, from(key)));
    }
    let rest = sk.strip_prefix(LEADS)?;
    match rest.strip_prefix('$') {
        Some(key) => Some(Figure::Source(Whose::All, from(key))),
        None => whose(rest).map(Figure::Leads),
    }
}

/// The figures of records that stand: deals, what is followed up, then leads.
pub(crate) fn standing_figures() -> (String, String) {
    (DEALS.to_owned(), format!("{LEADS}{END}"))
}

/// The figures of these days and of those between.
pub(crate) fn figures_of_days(whose: Whose, from: Date, to: Date) -> (String, String) {
    let days = of_whom(DAY, whose);
    (format!("{days}#{from}"), format!("{days}#{to}"))
}

/// The day that a figure is about.
pub(crate) fn figure_day(sk: &str) -> Option<Date> {
    sk.strip_prefix(DAY)?.rsplit_once('#')?.1.parse().ok()
}

pub(crate) fn recount(team: TeamId) -> Key {
    Key::new(figures_of(team), "RECOUNT")
}

/// Index 1: teams whose figures changed last on this day.
pub(crate) fn figures_changed(day: Date) -> String {
    format!("FIGURES#{day}")
}

/// Index 1: recounts that somebody should look at, by time.
pub(crate) fn recounts() -> String {
    "RECOUNTS".to_owned()
}

pub(crate) fn recounts_sk(at: Timestamp, team: TeamId) -> String {
    format!("{at:.3}#{team}")
}

/// What is behind a time, in the order of [`recounts_sk`].
pub(crate) fn recounts_since(at: Timestamp) -> (String, String) {
    (format!("{at:.3}"), END.to_owned())
}

/// Partitions of the leads that can be restored until one day: as many as an index takes of bulk deletions in a second.
pub(crate) const PURGE_SHARDS: u8 = 4;

/// Index 1: one of the partitions of deleted leads that can be restored until this day.
pub(crate) fn purge(day: Date, shard: u8) -> String {
    format!("PURGE#{day}#{shard}")
}

/// The partition that a record is in, by the bits of its id.
pub(crate) fn purge_shard(bits: u128) -> u8 {
    u8::try_from(bits % u128::from(PURGE_SHARDS)).unwrap_or_default()
}

/// What was deleted and is to be removed for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// A record.
    Record(RecordRef),
    /// A document; nothing else points to it.
    Document(DocumentId),
}

impl From<RecordRef> for Deleted {
    fn from(record: RecordRef) -> Self {
        Self::Record(record)
    }
}

pub(crate) fn purge_sk(team: TeamId, deleted: impl Into<Deleted>) -> String {
    let (kind, id) = match deleted.into() {
        Deleted::Record(record) => (record.kind(), record.id()),
        Deleted::Document(document) => (SubjectKind::Document, document.to_string()),
    };
    format!("{team}#{kind}#{id}")
}

/// The team and what was deleted, out of such a sort key.
pub(crate) fn purged(sk: &str) -> Option<(TeamId, Deleted)> {
    let (team, deleted) = sk.split_once('#')?;
    let (kind, id) = deleted.split_once('#')?;
    let kind: SubjectKind = kind.parse().ok()?;
    let deleted = if kind == SubjectKind::Document {
        Deleted::Document(id.parse().ok()?)
    } else {
        Deleted::Record(RecordRef::read(kind, id)?)
    };
    Some((team.parse().ok()?, deleted))
}

/// Every such sort key of one team.
pub(crate) fn purges_of(team: TeamId) -> (String, String) {
    span(&format!("{team}#"))
}

/// Every sort key there may be.
pub(crate) fn everything() -> (String, String) {
    (" ".to_owned(), char::MAX.to_string())
}

pub(crate) fn health() -> Key {
    Key::new("HEALTH", "LATEST")
}

pub(crate) fn health_turn(at: Timestamp) -> Key {
    Key::new("HEALTH", format!("TURN#{at:.3}"))
}

pub(crate) fn health_turns() -> (String, String) {
    span("TURN#")
}

pub(crate) fn run(operation: &str) -> Key {
    Key::new("RUNS", operation)
}

/// A chain of audit rows: a team's, or the installation's own.
pub(crate) fn audit(team: Option<TeamId>) -> String {
    match team {
        Some(team) => format!("T#{team}#AUDIT"),
        None => AUDIT.to_owned(),
    }
}

/// By the event, so that an event told twice meets its own row, and rows are in the order of time.
pub(crate) fn audit_row(team: Option<TeamId>, event: EventId) -> Key {
    Key::new(audit(team), event.to_string())
}

/// Sorts behind every row, so that a query for the newest brings it along.
pub(crate) fn audit_head(team: Option<TeamId>) -> Key {
    Key::new(audit(team), AUDIT_HEAD)
}

/// The team whose chain a partition holds; none for the installation's.
pub(crate) fn audited_team(pk: &str) -> Option<TeamId> {
    team_in(pk)
}

/// The team whose record a partition holds.
pub(crate) fn team_in(pk: &str) -> Option<TeamId> {
    let (team, _) = pk.strip_prefix("T#")?.split_once('#')?;
    team.parse().ok()
}

/// Rows of events from `from` on and before `to`; without `to`, the head as well.
pub(crate) fn audit_span(from: Option<Timestamp>, to: Option<Timestamp>) -> (String, String) {
    let first = |at| EventId::first_at(at).to_string();
    let from = from.map_or_else(|| " ".to_owned(), first);
    let to = to.map_or_else(
        || END.to_owned(),
        // Below the first id of its millisecond.
        |to| crate::page::Position(first(to)).before(),
    );
    (from, to)
}

fn span(prefix: &str) -> (String, String) {
    (prefix.to_owned(), format!("{prefix}{END}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_spelled_as_the_table_above_says() {
        let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        let team_id: TeamId = id.parse().unwrap();
        let lead_id: LeadId = id.parse().unwrap();
        let note_id: NoteId = id.parse().unwrap();
        let spelled = |key: Key| format!("{} {}", key.pk, key.sk).replace(id, "X");
        assert_eq!(spelled(team(team_id)), "T#X TEAM");
        assert_eq!(spelled(lead(team_id, lead_id)), "T#X#LEAD#X LEAD");
        assert_eq!(
            spelled(lead_email(team_id, "ann@example.com")),
            "T#X#LEADMAIL#ann@example.com CLAIM"
        );
        assert_eq!(
            spelled(history(team_id, lead_id, 12)),
            "T#X#LEAD#X HIST#0000000012"
        );
        assert_eq!(
            spelled(note(team_id, RecordRef::Lead(lead_id), note_id)),
            format!("T#X#LEAD#X NOTE#{}", note_id.descending())
        );
        let deal = RecordRef::Deal(id.parse().unwrap());
        assert_eq!(spelled(note(team_id, deal, note_id)), "T#X#DEAL#X ACT#X");
        assert_eq!(spelled(feed(team_id, deal, id)), "T#X#DEAL#X FEED#X");
        assert_eq!(noted(&note_place_sk(deal)), Some(deal));
        assert_eq!(spelled(gate(id.parse().unwrap())), "U#X GATE");
        let business = settings(team_id, SettingsSection::Business);
        assert_eq!(spelled(business), "T#X SETTINGS#BUSINESS");
        let openai = integration(team_id, IntegrationProvider::OpenAi);
        assert_eq!(spelled(openai), "T#X INTEGRATION#openai");
        let chicago = TimeZoneName::parse("america/chicago").unwrap();
        assert_eq!(summaries(&chicago), "SUMMARY#America/Chicago");
        assert_eq!(leads_of(team_id, None).replace(id, "X"), "T#X#LEADS@none");
        for assignee in [None, Some(id.parse().unwrap())] {
            assert_eq!(assignee_in(&leads_of(team_id, assignee)), Some(assignee));
        }
        assert_eq!(assignee_in(&leads(team_id)), None);
    }

    #[test]
    fn audit_rows_are_in_the_order_of_time_below_the_head_of_their_chain() {
        let team_id: TeamId = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let noon = at("2026-01-02T12:00:00Z");
        let row = |at| audit_row(Some(team_id), EventId::last_at(at)).sk;
        let head = audit_head(Some(team_id));
        assert_eq!(head.pk, "T#01ARZ3NDEKTSV4RRFFQ69G5FAV#AUDIT");
        assert_eq!(audited_team(&head.pk), Some(team_id));
        assert_eq!(audit_head(None).pk, "AUDIT");
        assert_eq!(audited_team("AUDIT"), None);
        assert!(row(Timestamp::MAX) < head.sk);

        let inside = |sk: &str, span: &(String, String)| *span.0 <= *sk && *sk <= *span.1;
        let all = audit_span(None, None);
        assert!(inside(&row(noon), &all) && inside(&head.sk, &all));
        let from = audit_span(Some(noon), None);
        assert!(inside(&row(noon), &from) && !inside(&row(at("2026-01-02T11:59:59.999Z")), &from));
        let to = audit_span(None, Some(noon));
        let first = audit_row(None, EventId::first_at(noon)).sk;
        assert!(inside(&row(at("2026-01-02T11:59:59.999Z")), &to));
        assert!(!inside(&first, &to) && !inside(&head.sk, &to));
    }

    #[test]
    fn a_figure_is_read_from_its_key() {
        let team: TeamId = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let user: UserId = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let source = |key: &str| Figure::Source(Whose::All, Some(key.to_owned()));
        let (from, to) = standing_figures();
        let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        for (of, sk) in [
            (Figure::Leads(Whose::All), "LEADS".to_owned()),
            (Figure::Leads(Whose::Of(None)), "LEADS@none".to_owned()),
            (Figure::Leads(Whose::Of(Some(user))), format!("LEADS@{id}")),
            (Figure::Source(Whose::All, None), "LEADS$".to_owned()),
            (
                Figure::Source(Whose::Of(None), None),
                "LEADS#FROM@none$".to_owned(),
            ),
            (
                Figure::Source(Whose::Of(Some(user)), Some("@none$".to_owned())),
                format!("LEADS#FROM@{id}$@none$"),
            ),
            (source("none"), "LEADS$none".to_owned()),
            (source("@none"), "LEADS$@none".to_owned()),
            (source("$ \u{1f3e0}"), "LEADS$$ \u{1f3e0}".to_owned()),
            (Figure::Deals(Whose::All), "DEALS".to_owned()),
            (Figure::Deals(Whose::Of(None)), "DEALS@none".to_owned()),
            (Figure::Deals(Whose::Of(Some(user))), format!("DEALS@{id}")),
            (Figure::Closings(Whose::All), "DEALS#CLOSED".to_owned()),
            (
                Figure::Closings(Whose::Of(None)),
                "DEALS#CLOSED@none".to_owned(),
            ),
            (
                Figure::Closings(Whose::Of(Some(user))),
                format!("DEALS#CLOSED@{id}"),
            ),
            (Figure::FollowUp(Whose::All), "FOLLOWUP".to_owned()),
            (
                Figure::FollowUp(Whose::Of(None)),
                "FOLLOWUP@none".to_owned(),
            ),
            (
                Figure::FollowUp(Whose::Of(Some(user))),
                format!("FOLLOWUP@{id}"),
            ),
        ] {
            let key = figure(team, &of);
            assert_eq!(key.sk, sk);
            assert_eq!(standing_figure(&sk), Some(of));
            assert!(from <= sk && sk <= to, "{sk}");
        }
        let day: Date = "2026-03-02".parse().unwrap();
        for (whose, days) in [
            (Whose::All, "DAY".to_owned()),
            (Whose::Of(None), "DAY@none".to_owned()),
            (Whose::Of(Some(user)), format!("DAY@{id}")),
        ] {
            let sk = figure(team, &Figure::Day(day, whose)).sk;
            assert_eq!(sk, format!("{days}#2026-03-02"));
            assert_eq!(figure_day(&sk), Some(day));
            assert_eq!(standing_figure(&sk), None);
            assert!(sk < from);
            let inside = |of: Whose| {
                let (from, to) = figures_of_days(of, day, day);
                from <= sk && sk <= to
            };
            for other in [Whose::All, Whose::Of(None), Whose::Of(Some(user))] {
                assert_eq!(inside(other), other == whose, "{sk}");
            }
        }
        assert_eq!(standing_figure("FOLLOWUPS"), None);
        assert_eq!(standing_figure("LEADSX"), None);
        assert_eq!(standing_figure("DEALS#OPEN"), None);
    }

    #[test]
    fn a_deal_lies_between_its_timeline_and_its_history() {
        let mut keys = [
            "NOTE#1",
            "FEED#1",
            "DEAL#HIST#7",
            "DEAL",
            "ACT#2",
            "ACT#1",
            "DEAL#HIST#6",
        ];
        keys.sort_unstable();
        let inside = |(from, to): (String, String)| -> Vec<&str> {
            let inside = keys
                .iter()
                .filter(|key| from.as_str() <= **key && **key <= to.as_str());
            inside.copied().collect()
        };
        assert_eq!(
            inside(timeline_below(RecordRef::Deal(DealId::from_bits(1)))),
            ["ACT#1", "ACT#2", "DEAL"]
        );
        assert_eq!(
            inside(history_above_deal()),
            ["DEAL", "DEAL#HIST#6", "DEAL#HIST#7"]
        );
    }

    #[test]
    fn history_lies_right_below_its_lead_and_notes_right_above() {
        let mut keys = ["NOTE#7", "ACT#1", "LEAD", "HIST#2", "HIST#1", "NOTE#6"];
        keys.sort_unstable();
        assert_eq!(
            keys,
            ["ACT#1", "HIST#1", "HIST#2", "LEAD", "NOTE#6", "NOTE#7"]
        );
        let (from, to) = history_below_lead();
        let inside: Vec<_> = keys
            .iter()
            .filter(|key| **key >= from.as_str() && **key <= to.as_str())
            .collect();
        assert_eq!(inside, [&"HIST#1", &"HIST#2", &"LEAD"]);
    }
}
