//! What clients see of settings.

use jiff::Timestamp;
use plat_domain::{
    Actor, Address, BusinessProfile, DaysKept, Email, EmailSettings, Instructions, Line,
    MailProvider, Name, Phone, TimeZoneName, WritingProvider,
};
use plat_registry::Versioned;
use plat_store::Stored;
use schemars::JsonSchema;
use serde::Serialize;

/// Who a team is to those whom it writes to.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Business")]
pub(crate) struct BusinessView {
    /// The name that it does business under, if that is not the team's.
    name: Option<Name>,
    /// Where mail reaches it; at the foot of every e-mail, and needed for what is sent to many.
    postal_address: Option<Address>,
    /// Its phone number, as it was given.
    phone: Option<Phone>,
    /// Its web site.
    website: Option<Line>,
    /// The number of its license.
    license: Option<Line>,
    /// Where its clocks are read, if that was set.
    time_zone: Option<TimeZoneName>,
    /// For how many days completed tasks are kept; null for good.
    keep_completed_tasks: Option<DaysKept>,
    /// What holds for what is not set.
    in_effect: InEffectView,
    #[serde(flatten)]
    change: ChangeView,
}

/// What holds, set or not.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "BusinessInEffect")]
struct InEffectView {
    /// The name that people read.
    name: Name,
    /// Where clocks are read: no client is written to between 21:00 and 08:00 there.
    time_zone: TimeZoneName,
}

/// How a team writes to its clients.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "EmailSettings")]
pub(crate) struct EmailSettingsView {
    /// Who e-mails are from, as people read it; null for the agent's name and the business's.
    sender_name: Option<Name>,
    /// Who gets answers if nobody works with the client.
    reply_to: Option<Email>,
    /// Who sends. With SendGrid, nothing is sent while it is not connected.
    provider: MailProvider,
    /// The address that e-mails by SendGrid are from.
    from: Option<Email>,
    /// Whose model writes; null for the first that is connected.
    writer: Option<WritingProvider>,
    /// Which model; null for the provider's usual one.
    model: Option<Line>,
    /// What is asked of whoever writes, for every e-mail.
    instructions: Option<Instructions>,
    /// Whether follow-ups send themselves.
    follow_ups: bool,
    #[serde(flatten)]
    change: ChangeView,
}

/// The last change.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ChangeView {
    /// 0 until something is set, one more with each change; the `ETag`.
    version: u64,
    /// When something was last changed; null if nothing was set yet.
    updated_at: Option<Timestamp>,
    /// By whom.
    updated_by: Option<Actor>,
}

impl BusinessView {
    /// The view of `stored`, of a team of this name.
    pub(crate) fn new(stored: Stored<BusinessProfile>, team: Name) -> Self {
        let change = ChangeView::of(&stored);
        let business = stored.value;
        Self {
            in_effect: InEffectView {
                name: business.name.clone().unwrap_or(team),
                time_zone: business.zone(),
            },
            name: business.name,
            postal_address: business.postal_address,
            phone: business.phone,
            website: business.website,
            license: business.license,
            time_zone: business.time_zone,
            keep_completed_tasks: business.keep_completed_tasks,
            change,
        }
    }
}

impl From<Stored<EmailSettings>> for EmailSettingsView {
    fn from(stored: Stored<EmailSettings>) -> Self {
        let change = ChangeView::of(&stored);
        let email = stored.value;
        Self {
            sender_name: email.sender_name,
            reply_to: email.reply_to,
            provider: email.provider,
            from: email.from,
            writer: email.writer,
            model: email.model,
            instructions: email.instructions,
            follow_ups: email.follow_ups,
            change,
        }
    }
}

impl ChangeView {
    fn of<T>(stored: &Stored<T>) -> Self {
        let is_set = stored.version > 0;
        Self {
            version: stored.version,
            updated_at: is_set.then_some(stored.updated_at),
            updated_by: is_set.then(|| stored.updated_by.clone()),
        }
    }
}

impl Versioned for BusinessView {
    fn version(&self) -> u64 {
        self.change.version
    }
}

impl Versioned for EmailSettingsView {
    fn version(&self) -> u64 {
        self.change.version
    }
}
