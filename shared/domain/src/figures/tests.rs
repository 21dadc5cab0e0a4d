use proptest::prelude::*;

use jiff::Timestamp;

use super::*;
use crate::event::{Causation, Origin, Subject, SubjectKind};
use crate::{
    Actor, ClientStage, CommandId, Currency, DealStatus, EventId, Lead, LeadId, LeadStatus, Money,
    Name, Source, TaskKind, TaskStatus, TeamId, lead_steps,
};

pub(super) fn at(millisecond: i64) -> Timestamp {
    Timestamp::from_millisecond(millisecond).unwrap()
}

pub(super) fn start() -> Timestamp {
    "2026-03-02T23:30:00Z".parse().unwrap()
}

pub(super) fn user(n: u128) -> UserId {
    UserId::from_parts(start(), n)
}

fn lead(n: u128) -> Lead {
    let id = LeadId::from_parts(start(), n);
    Lead::new(id, Name::parse("Ann Lee").unwrap(), start())
}

pub(super) fn usd(minor: i64) -> Option<Money> {
    Money::new(minor, Currency::USD).ok()
}

/// The events of one change of a lead.
fn events(old: Option<&Lead>, new: &Lead, at: Timestamp) -> Vec<Event> {
    told(
        SubjectKind::Lead,
        new.id.to_string(),
        lead_steps(old, new),
        at,
    )
}

pub(super) fn told(
    kind: SubjectKind,
    id: String,
    steps: Vec<crate::Step>,
    at: Timestamp,
) -> Vec<Event> {
    let event = |(fact, changes)| Event {
        id: EventId::first_at(at),
        fact,
        at,
        team_id: Some(TeamId::first_at(at)),
        actor: Actor {
            id: user(0),
            name: "Ann".to_owned(),
        },
        subject: Subject {
            kind,
            id: id.clone(),
            version: 1,
        },
        changes,
        origin: Origin::default(),
        causation: Causation {
            command_id: CommandId::first_at(at),
            depth: 0,
        },
    };
    steps.into_iter().map(event).collect()
}

pub(super) fn folded<'a>(events: impl IntoIterator<Item = &'a Event>) -> Figures {
    let mut figures = Figures::default();
    for event in events {
        figures.tell(event);
    }
    figures
}

fn named(whose: Whose) -> String {
    match whose {
        Whose::All => "all".to_owned(),
        Whose::Of(None) => "@none".to_owned(),
        Whose::Of(Some(id)) => format!("@{}", id.bits() & 0xff),
    }
}

/// `figure field count` of each, without days if they are not asked for.
pub(super) fn written(figures: &Figures, days: bool) -> Vec<String> {
    let mut rows = Vec::new();
    for (figure, fields) in figures.iter() {
        let name = match figure {
            Figure::Leads(Whose::All) => "all".to_owned(),
            Figure::Leads(whose) => named(*whose),
            Figure::Deals(whose) => format!("deals {}", named(*whose)),
            Figure::Closings(whose) => format!("closings {}", named(*whose)),
            Figure::FollowUp(whose) => named(*whose),
            Figure::Source(Whose::All, key) => format!("${}", key.clone().unwrap_or_default()),
            // They add up to those of all: see below.
            Figure::Source(Whose::Of(_), _) => continue,
            Figure::Day(day, Whose::All) if days => day.to_string(),
            Figure::Day(day, whose) if days => format!("{day} {}", named(*whose)),
            Figure::Day(..) => continue,
        };
        rows.extend(
            fields
                .iter()
                .map(|(field, count)| format!("{name} {field} {count}")),
        );
    }
    rows
}

#[test]
fn each_change_adds_what_it_changed() {
    let plain = lead(1);
    let rich = Lead {
        value: usd(500),
        ..plain.clone()
    };
    let with = |change: fn(&mut Lead)| {
        let mut changed = rich.clone();
        change(&mut changed);
        changed
    };
    let won = with(|lead| lead.status = LeadStatus::Won);
    let given = with(|lead| lead.assigned_to = Some(user(7)));
    let sourced = with(|lead| lead.source = Some(Source::parse("Zillow").unwrap()));
    let gone = with(|lead| lead.deleted_at = Some(start()));
    let renamed = with(|lead| lead.name = Name::parse("Bob").unwrap());
    let worth_more = with(|lead| lead.value = usd(700));
    let cases: [(Option<&Lead>, &Lead, &[&str]); 9] = [
        (
            None,
            &plain,
            &[
                "all new 1",
                "@none new 1",
                "$ new 1",
                "2026-03-02 new 1",
                "2026-03-02 created 1",
                "2026-03-02 @none new 1",
                "2026-03-02 @none created 1",
            ],
        ),
        (
            None,
            &rich,
            &[
                "all new 1",
                "all new:USD 500",
                "@none new 1",
                "@none new:USD 500",
                "$ new 1",
                "$ new:USD 500",
                "2026-03-02 new 1",
                "2026-03-02 new:USD 500",
                "2026-03-02 created 1",
                "2026-03-02 created:USD 500",
                "2026-03-02 @none new 1",
                "2026-03-02 @none new:USD 500",
                "2026-03-02 @none created 1",
                "2026-03-02 @none created:USD 500",
            ],
        ),
        (
            Some(&rich),
            &won,
            &[
                "all new -1",
                "all new:USD -500",
                "all won 1",
                "all won:USD 500",
                "@none new -1",
                "@none new:USD -500",
                "@none won 1",
                "@none won:USD 500",
                "$ new -1",
                "$ new:USD -500",
                "$ won 1",
                "$ won:USD 500",
                "2026-03-02 won 1",
                "2026-03-02 won:USD 500",
                "2026-03-02 @none won 1",
                "2026-03-02 @none won:USD 500",
            ],
        ),
        (
            Some(&rich),
            &given,
            &[
                "@none new -1",
                "@none new:USD -500",
                "@7 new 1",
                "@7 new:USD 500",
            ],
        ),
        (
            Some(&rich),
            &sourced,
            &[
                "$ new -1",
                "$ new:USD -500",
                "$zillow new 1",
                "$zillow new:USD 500",
            ],
        ),
        (
            Some(&rich),
            &gone,
            &[
                "all new -1",
                "all new:USD -500",
                "@none new -1",
                "@none new:USD -500",
                "$ new -1",
                "$ new:USD -500",
                "2026-03-02 deleted 1",
                "2026-03-02 deleted:USD 500",
                "2026-03-02 @none deleted 1",
                "2026-03-02 @none deleted:USD 500",
            ],
        ),
        (
            Some(&gone),
            &rich,
            &[
                "all new 1",
                "all new:USD 500",
                "@none new 1",
                "@none new:USD 500",
                "$ new 1",
                "$ new:USD 500",
                "2026-03-02 restored 1",
                "2026-03-02 restored:USD 500",
                "2026-03-02 @none restored 1",
                "2026-03-02 @none restored:USD 500",
            ],
        ),
        (Some(&rich), &renamed, &[]),
        (
            Some(&rich),
            &worth_more,
            &["all new:USD 200", "@none new:USD 200", "$ new:USD 200"],
        ),
    ];
    for (old, new, expected) in cases {
        let figures = folded(&events(old, new, start()));
        assert_eq!(written(&figures, true), expected, "{old:?} -> {new:?}");
    }
}

#[test]
fn sources_are_counted_whatever_their_case() {
    let of = |source: &str| Lead {
        source: Some(Source::parse(source).unwrap()),
        ..lead(1)
    };
    let told = [
        events(None, &of("Zillow"), start()),
        events(None, &of("ZILLOW"), start()),
    ];

    let figures = folded(told.iter().flatten());

    let field = "new".parse().unwrap();
    assert_eq!(
        figures.get(
            &Figure::Source(Whose::All, Some("zillow".to_owned())),
            field
        ),
        2
    );
}

#[test]
fn every_event_of_a_team_is_followed_but_for_what_jobs_find_out() {
    let left_out = [
        EventType::BatchEnded,
        EventType::DocumentAvailable,
        EventType::DocumentRejected,
        EventType::UserRegistered,
        EventType::UserUpdated,
        EventType::UserEmailVerified,
        EventType::UserPasswordChanged,
        EventType::SessionStarted,
        EventType::SessionEnded,
        EventType::TokenIssued,
    ];
    for kind in EventType::ALL {
        assert_eq!(COUNTED.contains(kind), !left_out.contains(kind), "{kind}");
    }
}

#[test]
fn counts_read_as_they_were_written() {
    let told = events(
        None,
        &Lead {
            value: usd(5),
            ..lead(1)
        },
        start(),
    );
    let figures = folded(&told);

    let text = serde_json::to_string(&figures).unwrap();

    assert_eq!(serde_json::from_str::<Figures>(&text).unwrap(), figures);
    for wrong in [
        "client_won",
        "todo_sent",
        "followup_",
        "email_read",
        "sent_x",
        "sent_300",
        "",
        "sold",
        "won:",
        "won:XXX",
        ":USD",
        "deal_",
        "deal_won",
        "days_x",
        "won:x:USD",
    ] {
        assert!(wrong.parse::<Field>().is_err(), "{wrong}");
    }
}

#[test]
fn every_field_reads_as_it_was_written() {
    let usd = Currency::USD;
    let measures = [
        Measure::Count,
        Measure::Value(usd),
        Measure::Target(usd),
        Measure::Assigned(usd),
        Measure::Since,
        Measure::Seconds,
        Measure::Documents,
    ];
    let leads = LeadStatus::ALL.iter().map(|status| What::Lead(*status));
    let deals = DealStatus::ALL.iter().flat_map(|status| {
        [
            What::Deal(*status),
            What::Furthest(*status),
            What::Lost(*status),
        ]
    });
    let others = [
        What::LeadsCreated,
        What::LeadsDeleted,
        What::LeadsRestored,
        What::DealsCreated,
        What::DealsDeleted,
        What::ClosedAfter(0),
        What::ClosedAfter(MOST_DAYS),
        What::ClientsCreated,
        What::SentIn(0),
        What::SentIn(95),
    ];
    let clients = ClientStage::ALL.iter().map(|stage| What::Client(*stage));
    let tasks = TaskKind::ALL.iter().flat_map(|kind| {
        let of_kind = |status: &TaskStatus| What::Task(*kind, *status);
        TaskStatus::ALL.iter().map(of_kind)
    });
    let emails = EmailStep::ALL.iter().map(|step| What::Email(*step));
    let others = clients.chain(tasks).chain(emails).chain(others);
    let mut texts = std::collections::BTreeSet::new();
    for what in leads.chain(deals).chain(others) {
        for measure in measures {
            let field = Field { what, measure };
            let text = field.to_string();
            assert_eq!(text.parse::<Field>().unwrap(), field, "{text}");
            assert!(texts.insert(text));
        }
    }
}

fn any_state() -> impl Strategy<Value = Lead> {
    let currency = prop::sample::select(vec!["USD", "EUR"]);
    (
        prop::sample::select(LeadStatus::ALL),
        prop::option::of((0_u128..2).prop_map(user)),
        prop::option::of(prop::sample::select(vec!["Zillow", "zillow", "Fair"])),
        prop::option::of((0_i64..1_000, currency)),
        any::<bool>(),
    )
        .prop_map(|(status, assigned_to, source, value, deleted)| Lead {
            status,
            assigned_to,
            source: source.map(|source| Source::parse(source).unwrap()),
            value: value.and_then(|(minor, currency)| {
                Money::new(minor, Currency::parse(currency).unwrap()).ok()
            }),
            deleted_at: deleted.then(start),
            ..lead(1)
        })
}

/// Lives of some leads: the states that each goes through.
fn any_lives() -> impl Strategy<Value = Vec<Vec<Lead>>> {
    let life = prop::collection::vec(any_state(), 1..8).prop_map(|mut life| {
        // Nobody makes a deleted lead.
        if let Some(first) = life.first_mut() {
            first.deleted_at = None;
        }
        life
    });
    prop::collection::vec(life, 1..5)
}

proptest! {
    #[test]
    fn events_in_any_order_add_up_to_a_count_from_scratch(
        lives in any_lives(),
        shuffle in prop::collection::vec(any::<u32>(), 200),
    ) {
        let mut told = Vec::new();
        let mut scratch = Figures::default();
        for life in &lives {
            let mut old = None;
            for (nth, state) in (0_i64..).zip(life) {
                // Half an hour apart, so that lives cross midnight.
                let at = at(start().as_millisecond() + nth * 1_800_000);
                told.extend(events(old, state, at));
                old = Some(state);
            }
            scratch.stand(&LeadFacts::from(life.last().unwrap()), 1);
        }
        let in_order = folded(&told);
        let mut keyed: Vec<_> = told.iter().zip(shuffle.iter().cycle()).collect();
        keyed.sort_by_key(|(_, key)| **key);

        let shuffled = folded(keyed.iter().map(|(event, _)| *event));
        let mut one_by_one = Figures::default();
        for event in &told {
            one_by_one.add(&Figures::of(event), 1);
        }

        prop_assert_eq!(&shuffled, &in_order);
        prop_assert_eq!(&one_by_one, &in_order);
        prop_assert_eq!(written(&in_order, false), written(&scratch, false));
        let created: i64 = in_order
            .iter()
            .filter(|(figure, _)| matches!(figure, Figure::Day(_, Whose::All)))
            .map(|(figure, _)| in_order.get(figure, "created".parse().unwrap()))
            .sum();
        prop_assert_eq!(usize::try_from(created).unwrap(), lives.len());
        let (mut all, mut each) = (Figures::default(), Figures::default());
        for (figure, fields) in in_order.iter() {
            let (whose, of_all) = match figure {
                Figure::Leads(whose) => (whose, Figure::Leads(Whose::All)),
                Figure::Source(whose, key) => (whose, Figure::Source(Whose::All, key.clone())),
                Figure::Day(day, whose) => (whose, Figure::Day(*day, Whose::All)),
                Figure::Deals(_) | Figure::Closings(_) | Figure::FollowUp(_) => continue,
            };
            let sums = if *whose == Whose::All { &mut all } else { &mut each };
            for (field, count) in fields {
                sums.add_to(&of_all, *field, *count);
            }
        }
        prop_assert_eq!(each, all);
    }

    #[test]
    fn adding_what_is_missing_leads_to_what_is_wanted(a in any_lives(), b in any_lives()) {
        let count = |lives: &[Vec<Lead>]| {
            let mut figures = Figures::default();
            for state in lives.iter().flatten() {
                figures.stand(&LeadFacts::from(state), 1);
            }
            figures
        };
        let (mut has, wanted) = (count(&a), count(&b));

        let missing = has.until(&wanted);
        has.add(&missing, 1);

        prop_assert_eq!(has, wanted);
    }
}
