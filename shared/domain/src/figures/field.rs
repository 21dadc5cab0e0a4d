//! What is counted in a figure, and how each count is named where it is kept.

use std::fmt;
use std::str::FromStr;

use super::follow_up::EmailStep;
use crate::{ClientStage, Currency, DealStatus, Invalid, LeadStatus, TaskKind, TaskStatus};

/// What of them is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    /// Which of them.
    pub what: What,
    /// How many they are, or what is added up of them.
    pub measure: Measure,
}

/// Which of the records that a figure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Leads of this status; on a day, those that came to it, new ones too.
    Lead(LeadStatus),
    /// Leads that were made.
    LeadsCreated,
    /// Leads of which a client was made.
    LeadsConverted,
    /// Leads that were deleted.
    LeadsDeleted,
    /// Leads that were brought back.
    LeadsRestored,
    /// Deals of this status; on a day, those that came to it, new ones too.
    Deal(DealStatus),
    /// Deals that were made.
    DealsCreated,
    /// Deals that were deleted.
    DealsDeleted,
    /// Deals that have come as far as this and no farther, wherever they stand now.
    Furthest(DealStatus),
    /// Those of them that are dead.
    Lost(DealStatus),
    /// Deals that were closed so many whole days after they were made; [`MOST_DAYS`](super::MOST_DAYS) stands for more, too.
    ClosedAfter(u16),
    /// Clients of this stage; on a day, those that came to it, new ones too.
    Client(ClientStage),
    /// Clients that were made.
    ClientsCreated,
    /// Tasks of this kind and status; on a day, those that came to it.
    Task(TaskKind, TaskStatus),
    /// E-mails to clients that came as far as this.
    Email(EmailStep),
    /// E-mails that were sent in this quarter of an hour of the day, of which the first is 0.
    SentIn(u8),
}

/// What is added up of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// One for each.
    Count,
    /// What leads are worth in this currency, in its minor units.
    Value(Currency),
    /// Target prices of deals, likewise.
    Target(Currency),
    /// Assigned prices of deals, likewise.
    Assigned(Currency),
    /// When they came to their status, in seconds since 1970.
    Since,
    /// How long they took from their making to their closing, in seconds.
    Seconds,
    /// Their available documents.
    Documents,
}

impl What {
    /// Whether it stands, and so can be counted again. What happened can not.
    pub const fn is_recounted(self) -> bool {
        match self {
            Self::Lead(_)
            | Self::Deal(_)
            | Self::Furthest(_)
            | Self::Lost(_)
            | Self::ClosedAfter(_)
            | Self::Client(_)
            | Self::Task(..) => true,
            Self::LeadsCreated
            | Self::LeadsConverted
            | Self::LeadsDeleted
            | Self::LeadsRestored
            | Self::DealsCreated
            | Self::DealsDeleted
            | Self::ClientsCreated
            | Self::Email(_)
            | Self::SentIn(_) => false,
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lead(status) => f.write_str(status.as_str()),
            Self::LeadsCreated => f.write_str("created"),
            Self::LeadsConverted => f.write_str("converted"),
            Self::LeadsDeleted => f.write_str("deleted"),
            Self::LeadsRestored => f.write_str("restored"),
            Self::Deal(status) => write!(f, "deal_{status}"),
            Self::DealsCreated => f.write_str("deal_created"),
            Self::DealsDeleted => f.write_str("deal_deleted"),
            Self::Furthest(status) => write!(f, "furthest_{status}"),
            Self::Lost(status) => write!(f, "lost_{status}"),
            Self::ClosedAfter(days) => write!(f, "days_{days}"),
            Self::Client(stage) => write!(f, "client_{stage}"),
            Self::ClientsCreated => f.write_str("client_created"),
            Self::Task(TaskKind::Todo, status) => write!(f, "todo_{status}"),
            Self::Task(TaskKind::FollowUp, status) => write!(f, "followup_{status}"),
            Self::Email(step) => write!(f, "email_{step}"),
            Self::SentIn(quarter) => write!(f, "sent_{quarter}"),
        }
    }
}

impl FromStr for What {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let number = || Invalid::new("invalid_figure", "No such number is counted.");
        Ok(match text {
            "created" => Self::LeadsCreated,
            "converted" => Self::LeadsConverted,
            "deleted" => Self::LeadsDeleted,
            "restored" => Self::LeadsRestored,
            "deal_created" => Self::DealsCreated,
            "deal_deleted" => Self::DealsDeleted,
            "client_created" => Self::ClientsCreated,
            other => match other.split_once('_') {
                Some(("deal", status)) => Self::Deal(DealStatus::parse(status)?),
                Some(("furthest", status)) => Self::Furthest(DealStatus::parse(status)?),
                Some(("lost", status)) => Self::Lost(DealStatus::parse(status)?),
                Some(("days", count)) => Self::ClosedAfter(count.parse().map_err(|_| number())?),
                Some(("client", stage)) => Self::Client(ClientStage::parse(stage)?),
                Some(("todo", status)) => Self::Task(TaskKind::Todo, TaskStatus::parse(status)?),
                Some(("followup", status)) => {
                    Self::Task(TaskKind::FollowUp, TaskStatus::parse(status)?)
                }
                Some(("email", step)) => Self::Email(EmailStep::parse(step)?),
                Some(("sent", quarter)) => Self::SentIn(quarter.parse().map_err(|_| number())?),
                Some(_) | None => Self::Lead(LeadStatus::parse(other)?),
            },
        })
    }
}

impl fmt::Display for Field {
    /// `won` counts leads, `won:USD` sums their values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.what;
        match self.measure {
            Measure::Count => write!(f, "{what}"),
            Measure::Value(currency) => write!(f, "{what}:{currency}"),
            Measure::Target(currency) => write!(f, "{what}:target:{currency}"),
            Measure::Assigned(currency) => write!(f, "{what}:assigned:{currency}"),
            Measure::Since => write!(f, "{what}:since"),
            Measure::Seconds => write!(f, "{what}:seconds"),
            Measure::Documents => write!(f, "{what}:documents"),
        }
    }
}

impl FromStr for Field {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (what, measure) = match text.split_once(':') {
            None => (text, Measure::Count),
            Some((what, measure)) => (what, measure.parse()?),
        };
        let what = what.parse()?;
        Ok(Self { what, measure })
    }
}

impl FromStr for Measure {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Ok(match text.split_once(':') {
            Some(("target", currency)) => Self::Target(Currency::parse(currency)?),
            Some(("assigned", currency)) => Self::Assigned(Currency::parse(currency)?),
            Some(_) | None => match text {
                "since" => Self::Since,
                "seconds" => Self::Seconds,
                "documents" => Self::Documents,
                currency => Self::Value(Currency::parse(currency)?),
            },
        })
    }
}
