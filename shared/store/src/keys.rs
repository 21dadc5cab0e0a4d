//! Every key of the table. No other file spells one.
//!
//! ```text
//! PK                              SK                        what
//! T#<team>                        ACT#<id>                  a line of the team's own timeline
//!                                 TEAM                      the team
//!                                 MEMBER#<user>             a member and their role
//!                                 INVITE#<address>          an open invitation
//!                                 TAGS                      every tag's name and colour
//!                                 TAGS#USE#<tag>            how many leads wear it
//! T#<team>#LEAD#<lead>            ACT#<id>                  a line of the timeline
//!                                 HIST#<version>            the change of status that made this version
//!                                 LEAD                      the lead
//!                                 NOTE#<id, descending>     a note
//! T#<team>#LEADMAIL#<address>     CLAIM                     the lead that has this address
//! T#<team>#IX#LEAD#<facet>        <value>#<lead>            a lead in an order or under a word
//! T#<team>#NOTE#<note>            LEAD#<lead>               (index 1) the note's place
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
//! KEYS                            PUBLIC                    the keys by which access tokens are verified
//! ```
//!
//! History sorts right below its lead and notes right above, so that one query answers "does this lead exist, may I
//! see it, and what are its latest notes".

use crate::key::Key;
use plat_domain::{CommandId, LeadId, LeadStatus, NoteId, SessionId, TagId, TeamId, TokenId, UserId};

/// Sorts behind every character that a key uses.
const END: &str = "~";

pub(crate) const LEAD: &str = "LEAD";
pub(crate) const CLAIM: &str = "CLAIM";

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

/// History rows, up to and including the lead itself; read it descending.
pub(crate) fn history_below_lead() -> (String, String) {
    ("HIST#".to_owned(), LEAD.to_owned())
}

pub(crate) fn note(team: TeamId, lead: LeadId, note: NoteId) -> Key {
    Key::new(
        format!("T#{team}#LEAD#{lead}"),
        format!("NOTE#{}", note.descending()),
    )
}

/// The lead itself, then its notes, newest first; read it ascending.
pub(crate) fn notes_above_lead() -> (String, String) {
    (LEAD.to_owned(), format!("NOTE#{END}"))
}

/// Where index 1 finds a note by its id.
pub(crate) fn note_place(team: TeamId, note: NoteId) -> String {
    format!("T#{team}#NOTE#{note}")
}

pub(crate) fn note_place_sk(lead: LeadId) -> String {
    format!("LEAD#{lead}")
}

/// Every place a note may have in index 1: there is one.
pub(crate) fn note_places() -> (String, String) {
    span("LEAD#")
}

pub(crate) fn activity(team: TeamId, lead: LeadId, row: &str) -> Key {
    Key::new(format!("T#{team}#LEAD#{lead}"), format!("ACT#{row}"))
}

pub(crate) fn team_activity(team: TeamId, row: &str) -> Key {
    Key::new(format!("T#{team}"), format!("ACT#{row}"))
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
    match assignee {
        Some(user) => format!("T#{team}#LEADS@{user}"),
        None => format!("T#{team}#LEADS@none"),
    }
}

/// Whose partition of index 3 this is; the inner none for that of nobody's leads.
pub(crate) fn assignee_in(partition: &str) -> Option<Option<UserId>> {
    match partition.rsplit_once("#LEADS@")?.1 {
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

pub(crate) fn work(job: &str, id: &str) -> Key {
    Key::new(format!("WORK#{job}#{id}"), "WORK")
}

pub(crate) fn public_keys() -> Key {
    Key::new("KEYS", "PUBLIC")
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
            spelled(note(team_id, lead_id, note_id)),
            format!("T#X#LEAD#X NOTE#{}", note_id.descending())
        );
        assert_eq!(spelled(gate(id.parse().unwrap())), "U#X GATE");
        assert_eq!(leads_of(team_id, None).replace(id, "X"), "T#X#LEADS@none");
        for assignee in [None, Some(id.parse().unwrap())] {
            assert_eq!(assignee_in(&leads_of(team_id, assignee)), Some(assignee));
        }
        assert_eq!(assignee_in(&leads(team_id)), None);
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
