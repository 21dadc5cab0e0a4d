use jiff::SignedDuration;
use proptest::prelude::*;

use super::super::tests::{at, folded, start, told, usd, user, written};
use super::*;
use crate::event::{Event, SubjectKind};
use crate::{Deal, DealId, Line, Money, deal_steps};

const DAY: i64 = 24 * 60 * 60 * 1_000;

fn deal() -> Deal {
    let id = DealId::first_at(start());
    Deal::new(id, Line::parse("12 Elm St").unwrap(), start())
}

fn later(millisecond: i64) -> Timestamp {
    at(start().as_millisecond() + millisecond)
}

fn moved(deal: &Deal, to: DealStatus, at: Timestamp) -> Deal {
    let mut moved = deal.clone();
    (moved.status, moved.since) = (to, at);
    moved.stages.insert(to, at);
    moved
}

fn events(old: Option<&Deal>, new: &Deal, at: Timestamp) -> Vec<Event> {
    let steps = deal_steps(old, new);
    told(SubjectKind::Deal, new.id.to_string(), steps, at)
}

/// The figures of these deals, as they stand.
fn standing(deals: &[Deal]) -> Figures {
    let mut figures = Figures::default();
    for deal in deals {
        figures.stand_deal(&DealFacts::from(deal), 1);
    }
    figures
}

/// What is seen of all of them together.
fn seen(figures: &Figures) -> DealFigures {
    let ours = [Figure::Deals(Whose::All), Figure::Closings(Whose::All)];
    let of_all = figures.iter().filter(|(figure, _)| ours.contains(figure));
    of_all
        .flat_map(|(_, counts)| counts.iter().map(|(field, count)| (*field, *count)))
        .collect()
}

#[test]
fn each_change_adds_what_it_changed() {
    let plain = deal();
    let began = start().as_second();
    let day = later(DAY);
    let (then, month) = (day.as_second(), later(30 * DAY));
    let with = |change: fn(&mut Deal)| {
        let mut changed = plain.clone();
        change(&mut changed);
        changed
    };
    let priced = with(|deal| deal.target_price = usd(500));
    let given = with(|deal| deal.assigned_to = Some(user(7)));
    let filed = with(|deal| deal.documents = 2);
    let renamed = with(|deal| deal.property_address = Line::parse("9 Oak Ave").unwrap());
    let gone = with(|deal| deal.deleted_at = Some(start()));
    let talked = moved(&plain, DealStatus::Negotiating, day);
    let dead = moved(&talked, DealStatus::Dead, day);
    let mut sold = moved(&plain, DealStatus::Assigned, day);
    sold.assigned_price = usd(900);
    let closed = moved(&sold, DealStatus::Closed, month);
    let lines = |text: &str| -> Vec<String> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut lines: Vec<String> = lines.map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let both = |text: &str| {
        let all = text.replace('*', "all");
        format!("{all}\n{}", text.replace('*', "@none"))
    };
    let cases: [(Option<&Deal>, &Deal, String); 9] = [
        (
            None,
            &plain,
            both(&format!(
                "deals * deal_new 1
                deals * deal_new:since {began}
                deals * furthest_new 1"
            )) + "
                2026-03-02 deal_created 1
                2026-03-02 deal_new 1
                2026-03-02 @none deal_created 1
                2026-03-02 @none deal_new 1",
        ),
        (
            Some(&plain),
            &priced,
            both("deals * deal_new:target:USD 500"),
        ),
        (
            Some(&plain),
            &given,
            format!(
                "deals @none deal_new -1
                deals @none deal_new:since -{began}
                deals @none furthest_new -1
                deals @7 deal_new 1
                deals @7 deal_new:since {began}
                deals @7 furthest_new 1"
            ),
        ),
        (Some(&plain), &filed, both("deals * deal_new:documents 2")),
        (Some(&plain), &renamed, String::new()),
        (
            Some(&plain),
            &gone,
            both(&format!(
                "deals * deal_new -1
                deals * deal_new:since -{began}
                deals * furthest_new -1"
            )) + "
                2026-03-02 deal_deleted 1
                2026-03-02 @none deal_deleted 1",
        ),
        (
            Some(&plain),
            &talked,
            both(&format!(
                "deals * deal_new -1
                deals * deal_new:since -{began}
                deals * furthest_new -1
                deals * deal_negotiating 1
                deals * deal_negotiating:since {then}
                deals * furthest_negotiating 1"
            )) + "
                2026-03-02 deal_negotiating 1
                2026-03-02 @none deal_negotiating 1",
        ),
        (
            Some(&talked),
            &dead,
            both(&format!(
                "deals * deal_negotiating -1
                deals * deal_negotiating:since -{then}
                deals * deal_dead 1
                deals * deal_dead:since {then}
                deals * lost_negotiating 1"
            )) + "
                2026-03-02 deal_dead 1
                2026-03-02 @none deal_dead 1",
        ),
        (
            Some(&sold),
            &closed,
            both(&format!(
                "deals * deal_assigned -1
                deals * deal_assigned:assigned:USD -900
                deals * deal_assigned:since -{then}
                deals * furthest_assigned -1
                deals * deal_closed 1
                deals * deal_closed:assigned:USD 900
                deals * deal_closed:since {}
                deals * furthest_closed 1
                closings * days_30 1
                closings * deal_closed:seconds {}",
                month.as_second(),
                30 * SECONDS_A_DAY
            )) + "
                2026-03-02 deal_closed 1
                2026-03-02 deal_closed:assigned:USD 900
                2026-03-02 @none deal_closed 1
                2026-03-02 @none deal_closed:assigned:USD 900",
        ),
    ];
    for (old, new, expected) in cases {
        let figures = folded(&events(old, new, start()));
        let mut told = written(&figures, true);
        told.sort();
        assert_eq!(told, lines(&expected), "{old:?} -> {new:?}");
    }
}

#[test]
fn a_deal_has_come_as_far_as_it_ever_did() {
    let under_contract = moved(&deal(), DealStatus::UnderContract, later(1));
    let back = moved(&under_contract, DealStatus::Negotiating, later(2));
    let dead = moved(&back, DealStatus::Dead, later(3));
    let reopened = moved(&dead, DealStatus::New, later(4));

    let figures = seen(&standing(&[deal(), back, dead, reopened]));

    let entered: Vec<u64> = DealStatus::ALL
        .iter()
        .map(|status| figures.entered(*status))
        .collect();
    assert_eq!(entered, [4, 3, 3, 0, 0, 0]);
    assert_eq!(figures.lost(DealStatus::UnderContract), 1);
    assert_eq!(figures.total(), 4);
}

#[test]
fn deals_have_been_at_their_status_for_so_many_days() {
    let new = |millisecond| moved(&deal(), DealStatus::New, later(millisecond));
    let figures = seen(&standing(&[new(0), new(DAY), new(DAY / 2)]));
    let now = later(2 * DAY);

    let days = |status| figures.days_in_stage(status, now);

    // Two days, one and one and a half.
    assert_eq!(days(DealStatus::New).unwrap().to_string(), "1.5");
    assert_eq!(days(DealStatus::Dead), None);
}

#[test]
fn totals_are_told_in_each_currency() {
    let with = |minor, currency: &str| Deal {
        target_price: Money::new(minor, Currency::parse(currency).unwrap()).ok(),
        ..deal()
    };
    let deals = [with(500, "USD"), with(700, "USD"), with(900, "EUR"), deal()];
    let mut sold = moved(&deal(), DealStatus::Assigned, start());
    sold.assigned_price = usd(50);

    let figures = seen(&standing(&[&deals[..], &[sold]].concat()));

    let targets: Vec<_> = figures.target(DealStatus::New).into_iter().collect();
    let currency = |code| Currency::parse(code).unwrap();
    assert_eq!(targets, [(currency("EUR"), 900), (Currency::USD, 1_200)]);
    assert!(figures.assigned(DealStatus::New).is_empty());
    let assigned = figures.assigned(DealStatus::Assigned);
    assert_eq!(assigned, BTreeMap::from([(Currency::USD, 50)]));
}

#[test]
fn no_deal_makes_no_number() {
    let figures = DealFigures::default();

    assert_eq!(figures.total(), 0);
    assert_eq!(figures.closing_times(), None);
    assert_eq!(figures.days_in_stage(DealStatus::New, start()), None);
}

fn closed_after(seconds: i64) -> Deal {
    moved(
        &deal(),
        DealStatus::Closed,
        start() + SignedDuration::from_secs(seconds),
    )
}

/// Lives of some deals: the states that each goes through, each by a legal move or a change of something else.
fn any_lives() -> impl Strategy<Value = Vec<Vec<Deal>>> {
    let change = (
        0_u8..8,
        any::<prop::sample::Index>(),
        0_i64..1_000,
        prop::sample::select(vec!["USD", "EUR"]),
    );
    let life = prop::collection::vec(change, 0..14).prop_map(|changes| {
        let mut life = vec![deal()];
        for (nth, (kind, which, amount, currency)) in (1..).zip(changes) {
            let mut next = life.last().unwrap().clone();
            let amount_of = || Money::new(amount, Currency::parse(currency).unwrap()).ok();
            match kind {
                0 => next.assigned_to = (amount > 500).then(|| user(u128::from(amount > 700))),
                1 => next.target_price = amount_of(),
                2 => next.assigned_price = amount_of(),
                3 => next.documents = u32::try_from(amount % 4).unwrap(),
                4 if amount > 900 => next.deleted_at = Some(start()),
                _ => {
                    let moves = DealStatus::legal_moves(next.status);
                    if !moves.is_empty() {
                        next = moved(&next, *which.get(&moves), later(nth * 36_000_000));
                    }
                }
            }
            let gone = next.deleted_at.is_some();
            life.push(next);
            if gone {
                break;
            }
        }
        life
    });
    prop::collection::vec(life, 1..6)
}

proptest! {
    #[test]
    fn events_in_any_order_add_up_to_a_count_from_scratch(
        lives in any_lives(),
        shuffle in prop::collection::vec(any::<u32>(), 200),
    ) {
        let mut told = Vec::new();
        for life in &lives {
            let mut old = None;
            for (nth, state) in (0..).zip(life) {
                told.extend(events(old, state, later(nth * 36_000_000)));
                old = Some(state);
            }
        }
        let last: Vec<Deal> = lives.iter().map(|life| life.last().unwrap().clone()).collect();
        let mut keyed: Vec<_> = told.iter().zip(shuffle.iter().cycle()).collect();
        keyed.sort_by_key(|(_, key)| **key);

        let shuffled = folded(keyed.iter().map(|(event, _)| *event));

        prop_assert_eq!(&shuffled, &folded(&told));
        prop_assert_eq!(written(&shuffled, false), written(&standing(&last), false));
    }

    #[test]
    fn what_is_made_of_the_counts_is_what_the_deals_say(lives in any_lives()) {
        let deals: Vec<Deal> = lives
            .iter()
            .map(|life| life.last().unwrap().clone())
            .filter(|deal| deal.deleted_at.is_none())
            .collect();

        let figures = seen(&standing(&deals));

        let many = |which: &dyn Fn(&&Deal) -> bool| deals.iter().filter(which).count() as u64;
        prop_assert_eq!(figures.total(), deals.len() as u64);
        let documents: u32 = deals.iter().map(|deal| deal.documents).sum();
        prop_assert_eq!(figures.documents(), u64::from(documents));
        for status in DealStatus::ALL {
            prop_assert_eq!(figures.count(*status), many(&|deal| deal.status == *status));
            if let Some(next) = status.next() {
                // Who went on or died does not stand here any more, or has been here before.
                let (entered, went_on) = (figures.entered(*status), figures.entered(next));
                prop_assert!(entered >= went_on + figures.lost(*status));
            }
        }
        prop_assert_eq!(figures.entered(DealStatus::New), deals.len() as u64);
        let closed = many(&|deal| deal.status == DealStatus::Closed);
        prop_assert_eq!(figures.entered(DealStatus::Closed), closed);
        let lost: u64 = DealStatus::ALL.iter().map(|status| figures.lost(*status)).sum();
        prop_assert_eq!(lost, figures.count(DealStatus::Dead));
        prop_assert_eq!(figures.closing_times().map_or(0, |times| times.deals), closed);
    }

    #[test]
    fn the_median_is_the_middle_of_the_days_and_the_mean_is_to_the_second(
        mut took in prop::collection::vec(0_i64..63_072_000, 1..40),
    ) {
        let deals: Vec<Deal> = took.iter().map(|seconds| closed_after(*seconds)).collect();

        let times = seen(&standing(&deals)).closing_times().unwrap();

        took.sort_unstable();
        let days: Vec<i64> = took.iter().map(|seconds| seconds / SECONDS_A_DAY).collect();
        let middle = days[(days.len() - 1) / 2] + days[days.len() / 2];
        let count = i64::try_from(took.len()).unwrap();
        prop_assert_eq!(times.deals, took.len() as u64);
        prop_assert_eq!(Some(times.median), Decimal::ratio(middle, 2, 1));
        let sum: i64 = took.iter().sum();
        prop_assert_eq!(Some(times.mean), Decimal::ratio(sum, count * SECONDS_A_DAY, 1));
    }
}

#[test]
fn a_deal_that_took_long_is_among_those_that_took_longest() {
    let deals = [closed_after(0), closed_after(10_000 * SECONDS_A_DAY)];

    let times = seen(&standing(&deals[1..])).closing_times().unwrap();
    assert_eq!(times.median.to_string(), "730.0");
    assert_eq!(times.mean.to_string(), "10000.0");

    let times = seen(&standing(&deals)).closing_times().unwrap();
    assert_eq!(times.median.to_string(), "365.0");
}
