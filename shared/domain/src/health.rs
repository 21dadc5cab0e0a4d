//! Health: from what was measured of the installation to how it is.
//!
//! What belongs here: what is measured, the bounds, and the judgement. What does not: the measuring, and how the latest
//! judgement is kept and shown.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::invalid::wire_enum;

/// A read of one item takes a few milliseconds. What takes this long makes people wait.
const SLOW_MS: u64 = 1_000;

/// So many messages take minutes to work: people notice that what follows from their changes is late.
const BACKLOG: u64 = 10_000;

/// A schedule may begin a little late, and run a while.
const GRACE: SignedDuration = SignedDuration::from_mins(20);

/// Less than this share of the day's mail left means that invitations may soon not be sent.
const MAIL_RESERVE_PERCENT: u64 = 10;

wire_enum! {
    /// How something is; worse comes later.
    pub enum HealthStatus {
        /// As it should be.
        Ok = "ok",
        /// It works, but somebody should look.
        Degraded = "degraded",
        /// It does not work.
        Failing = "failing",
        /// Nobody knows: it was not checked for too long.
        Unknown = "unknown",
    }
}

/// Everything that a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// The worst of all.
    pub status: HealthStatus,
    /// What is not as it should be, in words; empty if all is well.
    pub reasons: Vec<String>,
    /// The table.
    pub table: TableHealth,
    /// Whether the queues could be asked.
    pub queues_status: HealthStatus,
    /// The queue of each job that has one.
    pub queues: Vec<QueueHealth>,
    /// Each job that runs by the clock.
    pub schedules: Vec<ScheduleHealth>,
    /// Outgoing mail.
    pub mail: MailHealth,
    /// The counters of leads.
    pub figures: FiguresHealth,
}

/// The table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TableHealth {
    /// How it is.
    pub status: HealthStatus,
    /// How long a read took, in milliseconds; null if it did not answer.
    pub latency_ms: Option<u64>,
}

/// The queue of one job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueueHealth {
    /// The job.
    pub job: String,
    /// How it is.
    pub status: HealthStatus,
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that are being worked, or wait to be tried again.
    pub in_flight: u64,
    /// Messages that were set aside.
    pub dead: u64,
}

/// A job that runs by the clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleHealth {
    /// The job.
    pub operation: String,
    /// How it is.
    pub status: HealthStatus,
    /// The time for which it last ran; null if it did not run yet.
    pub last_due: Option<Timestamp>,
    /// When it had done so.
    pub last_ran: Option<Timestamp>,
    /// When it is late.
    pub expected_by: Timestamp,
}

/// Outgoing mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailHealth {
    /// How it is.
    pub status: HealthStatus,
    /// Whether mail is sent; null if the provider did not say.
    pub sending: Option<bool>,
    /// What the provider thinks of the sender: `HEALTHY`, `PROBATION` or `SHUTDOWN` from SES.
    pub standing: Option<String>,
    /// How many messages may be sent in 24 hours; null for any number.
    pub quota: Option<u64>,
    /// How many were.
    pub sent: Option<u64>,
}

/// The counters of leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FiguresHealth {
    /// How they are.
    pub status: HealthStatus,
    /// Teams whose counters were found to be wrong at their last recount, within a day.
    pub drifted: u64,
}

/// How full a queue is, as it was measured.
#[derive(Debug, Clone)]
pub struct QueueMeasured {
    /// The job whose queue it is.
    pub job: String,
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that are being worked.
    pub in_flight: u64,
    /// Messages that were set aside.
    pub dead: u64,
}

/// When a job ran, as it was noted.
#[derive(Debug, Clone)]
pub struct RunMeasured {
    /// The job.
    pub operation: String,
    /// How often it should run.
    pub every: SignedDuration,
    /// Since when it is expected to.
    pub since: Timestamp,
    /// The time for which it last ran, and when it had done so.
    pub last: Option<(Timestamp, Timestamp)>,
}

/// What the mail provider said.
#[derive(Debug, Clone, Default)]
pub struct MailMeasured {
    /// Whether mail is sent.
    pub sending: bool,
    /// What it thinks of the sender.
    pub standing: Option<String>,
    /// Messages that may be sent in 24 hours; none for any number.
    pub quota: Option<u64>,
    /// Messages that were.
    pub sent: Option<u64>,
}

/// Everything that was measured.
#[derive(Debug, Clone)]
pub struct Measured {
    /// When.
    pub now: Timestamp,
    /// How long the table took to answer; none if it did not.
    pub table_ms: Option<u64>,
    /// The queues; none if they did not answer.
    pub queues: Option<Vec<QueueMeasured>>,
    /// The jobs that run by the clock.
    pub runs: Vec<RunMeasured>,
    /// The mail provider; none if it did not answer.
    pub mail: Option<MailMeasured>,
    /// Teams whose counters were found to be wrong within a day.
    pub drifted: u64,
}

impl Health {
    /// How the installation is.
    pub fn judge(measured: Measured) -> Self {
        let mut reasons = Vec::new();
        let table = table(measured.table_ms, &mut reasons);
        let (queues_status, queues) = queues(measured.queues, &mut reasons);
        let schedules: Vec<ScheduleHealth> = measured
            .runs
            .into_iter()
            .map(|run| schedule(run, measured.now, &mut reasons))
            .collect();
        let mail = mail(measured.mail, &mut reasons);
        let figures = figures(measured.drifted, &mut reasons);
        let worst = [table.status, queues_status, mail.status, figures.status]
            .into_iter()
            .chain(schedules.iter().map(|schedule| schedule.status))
            .max();
        Self {
            status: worst.unwrap_or(HealthStatus::Unknown),
            reasons,
            table,
            queues_status,
            queues,
            schedules,
            mail,
            figures,
        }
    }
}

fn table(latency_ms: Option<u64>, reasons: &mut Vec<String>) -> TableHealth {
    let status = match latency_ms {
        None => {
            reasons.push("the table does not answer".to_owned());
            HealthStatus::Failing
        }
        Some(ms) if ms >= SLOW_MS => {
            reasons.push(format!("the table took {ms} ms to answer"));
            HealthStatus::Degraded
        }
        Some(_) => HealthStatus::Ok,
    };
    TableHealth { status, latency_ms }
}

fn queues(
    measured: Option<Vec<QueueMeasured>>,
    reasons: &mut Vec<String>,
) -> (HealthStatus, Vec<QueueHealth>) {
    let Some(measured) = measured else {
        reasons.push("the queues cannot be asked".to_owned());
        return (HealthStatus::Failing, Vec::new());
    };
    let mut worst = HealthStatus::Ok;
    let mut one = |queue: QueueMeasured| {
        let QueueMeasured {
            job,
            waiting,
            in_flight,
            dead,
        } = queue;
        if dead > 0 {
            reasons.push(format!("{job} set {dead} messages aside"));
        }
        if waiting >= BACKLOG {
            reasons.push(format!("{waiting} messages wait for {job}"));
        }
        let status = if dead > 0 || waiting >= BACKLOG {
            HealthStatus::Degraded
        } else {
            HealthStatus::Ok
        };
        worst = worst.max(status);
        QueueHealth {
            job,
            status,
            waiting,
            in_flight,
            dead,
        }
    };
    let queues = measured.into_iter().map(&mut one).collect();
    (worst, queues)
}

fn schedule(run: RunMeasured, now: Timestamp, reasons: &mut Vec<String>) -> ScheduleHealth {
    let after = run.last.map_or(run.since, |(due, _)| due);
    let expected_by = after
        .checked_add(run.every.saturating_add(GRACE))
        .unwrap_or(Timestamp::MAX);
    let status = if now > expected_by {
        reasons.push(format!("{} was to run by {expected_by}", run.operation));
        HealthStatus::Degraded
    } else {
        HealthStatus::Ok
    };
    ScheduleHealth {
        operation: run.operation,
        status,
        last_due: run.last.map(|(due, _)| due),
        last_ran: run.last.map(|(_, ran)| ran),
        expected_by,
    }
}

fn mail(measured: Option<MailMeasured>, reasons: &mut Vec<String>) -> MailHealth {
    let Some(measured) = measured else {
        reasons.push("the mail provider does not answer".to_owned());
        return MailHealth {
            status: HealthStatus::Degraded,
            sending: None,
            standing: None,
            quota: None,
            sent: None,
        };
    };
    let MailMeasured {
        sending,
        standing,
        quota,
        sent,
    } = measured;
    let mut status = HealthStatus::Ok;
    if let (Some(quota), Some(sent)) = (quota, sent) {
        let left = quota.saturating_sub(sent);
        if left.saturating_mul(100) < quota.saturating_mul(MAIL_RESERVE_PERCENT) {
            reasons.push(format!(
                "{left} of {quota} messages may still be sent today"
            ));
            status = HealthStatus::Degraded;
        }
    }
    if let Some(standing) = standing
        .as_deref()
        .filter(|standing| *standing != "HEALTHY")
    {
        reasons.push(format!(
            "the mail provider's enforcement status is {standing}"
        ));
        status = HealthStatus::Degraded;
    }
    if !sending {
        reasons.push("mail is not sent".to_owned());
        status = HealthStatus::Failing;
    }
    MailHealth {
        status,
        sending: Some(sending),
        standing,
        quota,
        sent,
    }
}

fn figures(drifted: u64, reasons: &mut Vec<String>) -> FiguresHealth {
    let status = match drifted {
        0 => HealthStatus::Ok,
        drifted => {
            reasons.push(format!("the counters of {drifted} teams were wrong"));
            HealthStatus::Degraded
        }
    };
    FiguresHealth { status, drifted }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-03-02T15:00:00Z".parse().unwrap()
    }

    fn ago(minutes: i64) -> Timestamp {
        now()
            .checked_sub(SignedDuration::from_mins(minutes))
            .unwrap()
    }

    fn well() -> Measured {
        Measured {
            now: now(),
            table_ms: Some(3),
            queues: Some(vec![queue(0, 0)]),
            runs: vec![run(Some(5))],
            mail: Some(MailMeasured {
                sending: true,
                standing: Some("HEALTHY".to_owned()),
                quota: Some(1_000),
                sent: Some(900),
            }),
            drifted: 0,
        }
    }

    fn queue(waiting: u64, dead: u64) -> QueueMeasured {
        QueueMeasured {
            job: "search.index".to_owned(),
            waiting,
            in_flight: 1,
            dead,
        }
    }

    fn run(last_minutes_ago: Option<i64>) -> RunMeasured {
        RunMeasured {
            operation: "admin.check_health".to_owned(),
            every: SignedDuration::from_mins(5),
            since: ago(60),
            last: last_minutes_ago.map(|minutes| (ago(minutes), ago(minutes))),
        }
    }

    #[test]
    fn when_all_is_well_there_is_nothing_to_say() {
        let health = Health::judge(well());

        assert_eq!(health.status, HealthStatus::Ok);
        assert!(health.reasons.is_empty(), "{:?}", health.reasons);
    }

    #[test]
    fn each_thing_that_is_wrong_is_named_and_makes_the_whole_as_bad() {
        use HealthStatus::{Degraded, Failing};
        let mail = |change: fn(&mut MailMeasured)| {
            let mut mail = well().mail.unwrap();
            change(&mut mail);
            Some(mail)
        };
        let cases = [
            (
                Measured {
                    table_ms: None,
                    ..well()
                },
                Failing,
                "does not answer",
            ),
            (
                Measured {
                    table_ms: Some(1_000),
                    ..well()
                },
                Degraded,
                "1000 ms",
            ),
            (
                Measured {
                    queues: None,
                    ..well()
                },
                Failing,
                "cannot be asked",
            ),
            (
                Measured {
                    queues: Some(vec![queue(0, 2)]),
                    ..well()
                },
                Degraded,
                "search.index set 2",
            ),
            (
                Measured {
                    queues: Some(vec![queue(10_000, 0)]),
                    ..well()
                },
                Degraded,
                "10000 messages wait",
            ),
            (
                Measured {
                    runs: vec![run(Some(26))],
                    ..well()
                },
                Degraded,
                "admin.check_health was to run by",
            ),
            (
                Measured {
                    runs: vec![run(None)],
                    ..well()
                },
                Degraded,
                "admin.check_health",
            ),
            (
                Measured {
                    mail: None,
                    ..well()
                },
                Degraded,
                "provider does not answer",
            ),
            (
                Measured {
                    mail: mail(|mail| mail.sending = false),
                    ..well()
                },
                Failing,
                "not sent",
            ),
            (
                Measured {
                    mail: mail(|mail| mail.sent = Some(901)),
                    ..well()
                },
                Degraded,
                "99 of 1000",
            ),
            (
                Measured {
                    mail: mail(|mail| mail.standing = Some("PROBATION".to_owned())),
                    ..well()
                },
                Degraded,
                "PROBATION",
            ),
            (
                Measured {
                    drifted: 3,
                    ..well()
                },
                Degraded,
                "3 teams",
            ),
        ];
        for (measured, status, reason) in cases {
            let health = Health::judge(measured);
            assert_eq!(health.status, status, "{reason}");
            assert_eq!(health.reasons.len(), 1, "{:?}", health.reasons);
            assert!(health.reasons[0].contains(reason), "{:?}", health.reasons);
        }
    }

    #[test]
    fn a_schedule_is_late_once_its_time_and_some_more_have_passed() {
        for (minutes, status) in [(25, HealthStatus::Ok), (26, HealthStatus::Degraded)] {
            let health = Health::judge(Measured {
                runs: vec![run(Some(minutes))],
                ..well()
            });
            assert_eq!(health.schedules[0].status, status, "{minutes}");
        }
    }
}
