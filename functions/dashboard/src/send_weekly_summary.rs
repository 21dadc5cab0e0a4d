//! `dashboard.send_weekly_summary`: mails one person the summary of their week, a mail for each of their teams.
//!
//! A mail that is sent twice is a nuisance: each is claimed before it is sent, once for a person, a team and a week. Nothing
//! is mailed of a team in which nothing happened and nothing is overdue, nor to an address that nobody has confirmed.

use crate::weekly_summary::{Emails, Overdue, Summary};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use plat_domain::figures::{What, day_of};
use plat_domain::{EmailStep, Permission, TaskKind, TaskStatus, TeamId, UserId};
use plat_registry::{App, Grant, Job, JobFailure};
use plat_store::{Claim, Membership, PageRequest, Sight, StoreError, TaskFilter, TaskSort, Team};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub(crate) const OPERATION: &str = "dashboard.send_weekly_summary";

/// Longer than the job may run.
const LEASE: SignedDuration = SignedDuration::from_secs(45);

/// Days after which a summary is not worth its mail any more, such as after an outage.
const STALE_DAYS: i64 = 2;

/// Overdue tasks are counted so far: a page of them.
const COUNTED: usize = 100;

/// Whom, and the Monday on which they read it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WeeklySummary {
    user: UserId,
    monday: Date,
}

impl WeeklySummary {
    pub(crate) fn of(user: UserId, monday: Date) -> Self {
        Self { user, monday }
    }
}

pub(crate) fn job() -> Job {
    Job::on_message(OPERATION, handle)
        .summary("Mail somebody the summary of their week in each of their teams")
        .grants(&[Grant::ReadTable, Grant::WriteTable, Grant::SendMail])
        .concurrency(2)
}

async fn handle(app: Arc<App>, message: WeeklySummary) -> Result<(), JobFailure> {
    let now = app.clock.now();
    if day_of(now) > message.monday.saturating_add(STALE_DAYS.days()) {
        return Ok(());
    }
    let person = match app.store.users().sign_in(message.user).await {
        Err(StoreError::NotFound) => return Ok(()),
        person => person?,
    };
    let user = person.credentials.value.user;
    // They may have turned it off since they were listed.
    if !user.weekly_summary || !user.email_verified {
        return Ok(());
    }
    let memberships = person.gate.memberships;
    let ids: Vec<TeamId> = memberships.keys().copied().collect();
    for team in app.store.teams(&ids).await? {
        let team = team.value;
        let Some(membership) = memberships.get(&team.id) else {
            continue;
        };
        let summary = summary(&app, message, &team, *membership, now).await?;
        if summary.is_empty() {
            continue;
        }
        let id = format!("{}#{}#{}", message.user, team.id, message.monday);
        let work = app.store.work();
        match work.claim(OPERATION, &id, LEASE, now).await? {
            Claim::Done => continue,
            Claim::Busy => return Err(JobFailure("somebody else is sending it".to_owned())),
            Claim::Yours => {}
        }
        let mail = summary.mail(user.email.as_str(), &app.settings.app_origin);
        if let Err(error) = app.mailer.send(&mail).await {
            work.give_back(OPERATION, &id).await?;
            return Err(error.into());
        }
        work.done(OPERATION, &id, now).await?;
    }
    Ok(())
}

/// The week before `message.monday` of what somebody sees in a team. Its days are those of UTC, as figures are kept.
async fn summary(
    app: &App,
    message: WeeklySummary,
    team: &Team,
    membership: Membership,
    now: Timestamp,
) -> Result<Summary, StoreError> {
    let Membership { role, visibility } = membership;
    let sight = if role.sees_all(visibility) {
        Sight::All
    } else {
        Sight::Own(message.user)
    };
    let store = app.store.team(team.id);
    let monday = message.monday.saturating_sub(7.days());
    let sunday = message.monday.saturating_sub(1.day());
    let days = store.figures().days(sight, monday, sunday).await?;
    let overdue = TaskFilter {
        overdue: Some((now, true)),
        ..TaskFilter::everything(sight)
    };
    let page = PageRequest::first(COUNTED);
    let overdue = store.tasks().list(&overdue, TaskSort::Due, &page).await?;
    let done = |kind| days.count(What::Task(kind, TaskStatus::Completed));
    Ok(Summary {
        team: team.name.clone(),
        monday,
        sunday,
        clients: days.count(What::ClientsCreated),
        tasks_done: done(TaskKind::Todo) + done(TaskKind::FollowUp),
        overdue: Overdue {
            tasks: overdue.items.len(),
            and_more: overdue.next.is_some(),
        },
        emails: role.can(Permission::EmailsRead).then(|| Emails {
            sent: days.sent_from(Timestamp::MIN),
            opened: days.count(What::Email(EmailStep::Opened)),
            clicked: days.count(What::Email(EmailStep::Clicked)),
        }),
    })
}
