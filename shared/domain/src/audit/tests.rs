//! A chain is intact until anything is done to it, and then the place is named.

use super::*;
use crate::event::{MemberFact, TokenFact};
use crate::{Causation, Email, Fact, Language, Origin, Role, Subject, TokenId, UserId};
use proptest::prelude::*;
use serde_json::json;

fn at() -> Timestamp {
    "2026-01-02T03:04:05.006Z".parse().unwrap()
}

fn event(nth: u128, changes: Value) -> Event {
    let fact = MemberFact {
        name: "Ann Lee".to_owned(),
        role: Role::Admin,
    };
    Event {
        id: EventId::from_parts(at(), nth),
        fact: Fact::MemberRoleChanged(fact),
        at: at(),
        team_id: Some(TeamId::from_bits(7)),
        actor: Actor {
            id: UserId::from_bits(1),
            name: "Ann".to_owned(),
        },
        subject: Subject {
            kind: SubjectKind::Member,
            id: UserId::from_bits(2).to_string(),
            version: 3,
        },
        changes: serde_json::from_value(changes).unwrap(),
        origin: Origin {
            ip: Some("10.0.0.1".to_owned()),
            request_id: Some("r-1".to_owned()),
        },
        causation: Causation {
            command_id: CommandId::from_bits(nth),
            depth: 0,
        },
    }
}

fn row(head: &AuditHead, nth: u128) -> AuditRow {
    AuditRow::behind(
        head,
        &event(nth, json!({"role": {"from": "member", "to": "admin"}})),
    )
}

fn rows(count: u128) -> Vec<AuditRow> {
    let mut rows: Vec<AuditRow> = Vec::new();
    for nth in 1..=count {
        let head = rows.last().map_or_else(AuditHead::start, AuditRow::head);
        rows.push(row(&head, nth));
    }
    rows
}

/// A chain as the API answers it, newest first.
fn chain(count: u128) -> Vec<Value> {
    let rows = rows(count).into_iter().rev();
    rows.map(|row| serde_json::to_value(row).unwrap()).collect()
}

/// The row with this `seq`, of a chain that [`chain`] made.
fn place(chain: &[Value], seq: u64) -> usize {
    chain.iter().position(|row| row["seq"] == seq).unwrap()
}

fn check(rows: Vec<Value>) -> Result<Intact, Broken> {
    verify(rows, &AuditHead::start(), None)
}

fn flaw(rows: Vec<Value>) -> (Option<u64>, Flaw) {
    let broken = check(rows).unwrap_err();
    (broken.seq, broken.flaw)
}

/// Puts the hash right that belongs to what a row says, as somebody would who covers their tracks.
fn rehash(row: &mut Value) {
    row["hash"] = hash_of(row).into();
}

/// The pointers to everything in a row that is no object.
fn leaves(value: &Value, at: &str, into: &mut Vec<String>) {
    if let Value::Object(members) = value {
        for (name, value) in members {
            leaves(value, &format!("{at}/{name}"), into);
        }
    } else {
        into.push(at.to_owned());
    }
}

#[test]
fn a_row_hashes_to_what_other_programs_find() {
    let row = row(&AuditHead::start(), 1);

    // Written by hand from the rule, and hashed with another program.
    let text = concat!(
        r#"{"actor":{"id":"00000000000000000000000001","name":"Ann"},"at":"2026-01-02T03:04:05.006Z","#,
        r#""changes":{"role":{"from":"member","to":"admin"}},"commandId":"00000000000000000000000001","#,
        r#""id":"01KDYAK34E0000000000000001","ip":"10.0.0.1","#,
        r#""previousHash":"0000000000000000000000000000000000000000000000000000000000000000","#,
        r#""requestId":"r-1","seq":1,"subject":{"id":"00000000000000000000000002","kind":"member"},"#,
        r#""teamId":"00000000000000000000000007","type":"member.role_changed"}"#,
    );
    let mut value = serde_json::to_value(&row).unwrap();
    value.as_object_mut().unwrap().remove("hash");
    assert_eq!(canonical(&value), text);
    assert_eq!(
        row.hash,
        "f4f7b678ef94e3e022d467af35b7ab23aa759c1d2b5cfe5410ebbb69eedad9c2"
    );
}

#[test]
fn a_row_without_a_request_or_a_team_has_nulls_that_are_hashed() {
    let mut event = event(1, json!({}));
    event.team_id = None;
    event.origin = Origin::default();

    let row = AuditRow::behind(&AuditHead::start(), &event);

    let mut value = serde_json::to_value(&row).unwrap();
    assert_eq!(value["teamId"], Value::Null);
    assert!(check(vec![value.clone()]).is_ok());
    value.as_object_mut().unwrap().remove("ip");
    assert_eq!(flaw(vec![value]), (Some(1), Flaw::Altered));
}

#[test]
fn a_mail_that_is_to_be_sent_is_not_recorded_and_all_else_is() {
    let unrecorded: Vec<_> = EventType::ALL
        .iter()
        .filter(|kind| !AuditRow::records(**kind))
        .collect();
    assert_eq!(unrecorded, [&EventType::TokenIssued]);
    let token = Fact::TokenIssued(TokenFact {
        id: TokenId::from_bits(1),
        purpose: crate::TokenPurpose::Decoy,
        email: Email::parse("ann@example.com").unwrap(),
        language: Language::parse("en").unwrap(),
        ends_at: at(),
        invitation: None,
    });
    assert!(!AuditRow::records(token.kind()));
}

#[test]
fn an_untouched_chain_is_intact_in_any_order_and_with_rows_read_twice() {
    let mut rows = chain(5);
    let head = rows[0]["hash"].as_str().unwrap().to_owned();
    rows.swap(1, 3);
    rows.push(rows[2].clone());

    let intact = check(rows).unwrap();

    assert_eq!(
        intact.to_string(),
        format!("5 rows, 1 to 5, head {head}: intact")
    );
    assert_eq!(check(chain(1)).unwrap().to_string()[..12], *"1 row, 1, he");
    assert_eq!(check(Vec::new()).unwrap().head, AuditHead::start());
}

#[test]
fn whatever_is_altered_in_a_row_is_found_at_that_row() {
    for seq in 1..=4_u64 {
        let mut pointers = Vec::new();
        let chain = chain(4);
        let nth = place(&chain, seq);
        leaves(&chain[nth], "", &mut pointers);
        assert!(pointers.len() >= 15, "{pointers:?}");
        for pointer in pointers {
            let mut altered = chain.clone();
            let value = altered[nth].pointer_mut(&pointer).unwrap();
            *value = match value.as_str() {
                Some(text) => format!("{text}0").into(),
                None => json!(9),
            };
            let expected = match pointer.as_str() {
                "/seq" => (
                    Some(seq),
                    Flaw::Missing {
                        to: if seq == 4 { 8 } else { seq },
                    },
                ),
                _ => (Some(seq), Flaw::Altered),
            };
            assert_eq!(flaw(altered), expected, "{pointer} of {seq}");
        }
    }
}

#[test]
fn a_member_that_is_added_or_taken_away_is_found() {
    for name in ["ip", "changes", "hash", "previousHash", "actor"] {
        let mut rows = chain(3);
        rows[1].as_object_mut().unwrap().remove(name);
        assert_eq!(flaw(rows), (Some(2), Flaw::Altered), "{name}");
    }
    let mut rows = chain(3);
    rows[1]["note"] = "This was not there".into();
    assert_eq!(flaw(rows), (Some(2), Flaw::Altered));
    let mut rows = chain(3);
    rows[1].as_object_mut().unwrap().remove("seq");
    assert_eq!(flaw(rows), (None, Flaw::NoRow));
}

#[test]
fn a_row_that_was_altered_and_hashed_anew_does_not_fit_the_next() {
    for seq in 1..=3 {
        let mut rows = chain(4);
        let nth = place(&rows, seq);
        rows[nth]["actor"]["name"] = "Bob".into();
        rehash(&mut rows[nth]);
        assert_eq!(flaw(rows), (Some(seq + 1), Flaw::Unlinked), "{seq}");
    }
}

#[test]
fn a_chain_that_was_written_anew_shows_only_against_a_head_that_was_kept() {
    let mut rows = chain(4);
    let kept = KeptHead::parse(&format!("4:{}", rows[0]["hash"].as_str().unwrap())).unwrap();
    let mut previous = AuditHead::start().hash;
    for seq in 1..=4 {
        let nth = place(&rows, seq);
        rows[nth]["actor"]["name"] = "Bob".into();
        rows[nth]["previousHash"] = previous.into();
        rehash(&mut rows[nth]);
        previous = rows[nth]["hash"].as_str().unwrap().to_owned();
    }

    assert!(check(rows.clone()).is_ok());
    let broken = verify(rows, &AuditHead::start(), Some(&kept)).unwrap_err();
    assert_eq!((broken.seq, broken.flaw), (Some(4), Flaw::NotTheKept));
}

#[test]
fn a_row_that_was_removed_is_named_unless_it_was_the_last() {
    for seq in 1..=3 {
        let mut rows = chain(4);
        let nth = place(&rows, seq);
        rows.remove(nth);
        assert_eq!(flaw(rows), (Some(seq), Flaw::Missing { to: seq }));
    }
    let mut rows = chain(5);
    rows.drain(1..3);
    assert_eq!(flaw(rows), (Some(3), Flaw::Missing { to: 4 }));
}

#[test]
fn a_chain_that_was_cut_off_is_found_by_the_head_that_was_kept() {
    let all = chain(4);
    let cut = chain(2);
    let head = |nth: usize| all[nth]["hash"].as_str().unwrap().to_owned();
    let against = |rows: &[Value], kept: &str| {
        let kept = KeptHead::parse(kept).unwrap();
        verify(rows.to_vec(), &AuditHead::start(), Some(&kept))
    };

    assert!(check(cut.clone()).is_ok());
    for kept in [head(0), format!("4:{}", head(0))] {
        let broken = against(&cut, &kept).unwrap_err();
        assert_eq!((broken.seq, broken.flaw), (Some(2), Flaw::CutOff));
        assert!(against(&all, &kept).is_ok());
    }
    // A head stays good when the chain grows.
    assert!(against(&all, &format!("2:{}", head(2))).is_ok());
    let wrong = against(&all, &format!("3:{}", head(2))).unwrap_err();
    assert_eq!(wrong.flaw, Flaw::NotTheKept);
}

#[test]
fn two_rows_that_changed_places_are_found() {
    for (a, b) in [(1, 2), (2, 4), (3, 4)] {
        let mut rows = chain(4);
        let (first, second) = (place(&rows, a), place(&rows, b));
        rows[first]["seq"] = b.into();
        rows[second]["seq"] = a.into();
        assert_eq!(flaw(rows.clone()), (Some(a), Flaw::Altered));
        rehash(&mut rows[first]);
        rehash(&mut rows[second]);
        assert_eq!(flaw(rows), (Some(a), Flaw::Unlinked));
    }
}

#[test]
fn a_row_that_was_put_in_between_is_found() {
    let mut rows = chain(4);
    let mut forged = rows[place(&rows, 2)].clone();
    forged["actor"]["name"] = "Bob".into();
    rehash(&mut forged);
    rows.push(forged);
    assert_eq!(flaw(rows), (Some(2), Flaw::Twice));
}

#[test]
fn what_was_checked_before_need_not_be_read_again() {
    let all = chain(6);
    let after = AuditHead {
        seq: 3,
        hash: all[3]["hash"].as_str().unwrap().to_owned(),
    };
    let newest = all[..3].to_vec();

    let intact = verify(newest.clone(), &after, None).unwrap();
    assert_eq!((intact.first, intact.head.seq), (4, 6));
    assert!(verify(all[..4].to_vec(), &after, None).is_ok());
    assert!(verify(all.clone(), &after, None).is_ok());
    let forgotten = AuditHead {
        hash: AuditHead::start().hash,
        ..after
    };
    assert_eq!(
        verify(newest, &forgotten, None).unwrap_err().flaw,
        Flaw::Unlinked
    );
    assert_eq!(
        verify(all, &forgotten, None).unwrap_err().flaw,
        Flaw::NotTheKept
    );
}

#[test]
fn a_kept_head_is_a_hash_with_or_without_its_place() {
    let hash = AuditHead::start().hash;
    assert_eq!(KeptHead::parse(&hash).unwrap().seq, None);
    assert_eq!(
        KeptHead::parse(&format!("12:{hash}")).unwrap().seq,
        Some(12)
    );
    for wrong in [
        "",
        "12",
        "12:",
        "x:0",
        &hash[1..],
        &format!("{hash}0"),
        &hash.replace('0', "g"),
    ] {
        assert_eq!(KeptHead::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn a_subject_is_a_kind_and_an_id() {
    let read = |text| {
        AuditSubject::parse(text)
            .ok()
            .map(|subject| (subject.kind, subject.id))
    };
    assert_eq!(read("lead:X").unwrap(), (SubjectKind::Lead, "X".to_owned()));
    assert_eq!(
        read("invitation:a:b@example.com").unwrap().1,
        "a:b@example.com"
    );
    for wrong in ["", "lead", "lead:", ":X", "leads:X", "Lead:X"] {
        assert_eq!(read(wrong), None, "{wrong}");
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Whatever changed, a row that was written and read as often as you like still has its hash.
    #[test]
    fn a_row_of_any_values_survives_writing_and_reading(
        from in any_value(), to in any_value(), field in any::<String>(), ip in prop::option::of(any::<String>())
    ) {
        let mut event = event(1, json!({}));
        let change = FieldChange { from: Some(from), to: Some(to) };
        event.changes.insert(field, change);
        event.origin.ip = ip;
        let row = AuditRow::behind(&AuditHead::start(), &event);

        let mut text = serde_json::to_string(&row).unwrap();
        for _ in 0..3 {
            let read: AuditRow = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read.own_hash(), row.hash.clone());
            text = serde_json::to_string(&read).unwrap();
        }
        let value: Value = serde_json::from_str(&text).unwrap();
        prop_assert!(check(vec![value]).is_ok());
    }

    /// Nothing that is done to a chain passes, but for what leaves it a shorter chain or the same one.
    #[test]
    fn no_mischief_goes_unseen(count in 2_u128..8, picks in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4_u8), 1..4)) {
        let all = chain(count);
        let mut rows = all.clone();
        for (one, other, what) in picks {
            if rows.is_empty() {
                break;
            }
            let (one, other) = (one.index(rows.len()), other.index(rows.len()));
            match what {
                0 => {
                    rows.remove(one);
                }
                1 => {
                    let seq = rows[other]["seq"].clone();
                    rows[other]["seq"] = std::mem::replace(&mut rows[one]["seq"], seq);
                }
                2 => {
                    rows[one]["subject"]["id"] = "somebody else".into();
                    rehash(&mut rows[one]);
                }
                _ => {
                    let copy = rows[one].clone();
                    rows.push(copy);
                }
            }
        }
        let first = |rows: &[Value]| {
            let mut seen: Vec<_> = rows.to_vec();
            seen.sort_by_key(|row| row["seq"].as_u64());
            seen.dedup();
            seen
        };
        let left = first(&rows);
        let is_prefix = first(&all).starts_with(&left);
        let kept = KeptHead::parse(all[0]["hash"].as_str().unwrap()).unwrap();
        let with_head = verify(rows.clone(), &AuditHead::start(), Some(&kept));
        prop_assert_eq!(with_head.is_ok(), left == first(&all));
        // The last row can be replaced by one with a good hash: only the head tells.
        if check(rows).is_ok() {
            prop_assert!(is_prefix || left.len() <= all.len());
            let before = left.len().saturating_sub(1);
            prop_assert_eq!(&left[..before], &first(&all)[..before]);
        }
    }
}
