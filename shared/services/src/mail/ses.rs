//! Amazon SES.

use super::{
    HeaderText, Headers, Mail, MailError, MailStatus, Mailer, NotAHeader, Sent, TeamMail,
    TeamMailer, reason,
};
use crate::causes::causes;
use async_trait::async_trait;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::config::Builder;
use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::builders::SendEmailFluentBuilder;
use aws_sdk_sesv2::operation::send_email::{SendEmailError, SendEmailOutput};
use aws_sdk_sesv2::types::{
    Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag,
};
use std::error::Error;

/// Amazon SES.
pub struct SesMailer {
    client: Client,
    from: String,
    configuration_set: Option<String>,
    team_configuration_set: Option<String>,
}

impl SesMailer {
    /// Sends as `from`, an address or `Name <address>` that SES has verified; what becomes of messages is told as the
    /// configuration set says.
    pub fn new(client: Client, from: String, configuration_set: Option<String>) -> Self {
        Self {
            client,
            from,
            team_configuration_set: configuration_set.clone(),
            configuration_set,
        }
    }

    /// The same, with a configuration set of its own for messages of teams: of these opens and clicks are told too, for
    /// which SES puts addresses of its own in place of links. Plat's messages carry links that sign people in.
    #[must_use]
    pub fn telling_of_teams_by(self, configuration_set: String) -> Self {
        Self {
            team_configuration_set: Some(configuration_set),
            ..self
        }
    }

    fn request(&self, to: &str, message: Message) -> SendEmailFluentBuilder {
        self.client
            .send_email()
            .destination(Destination::builder().to_addresses(to).build())
            .content(EmailContent::builder().simple(message).build())
    }
}

#[async_trait]
impl Mailer for SesMailer {
    async fn send(&self, mail: &Mail) -> Result<Sent, MailError> {
        let headers = Headers::read(&mail.headers).map_err(not_a_header)?;
        let subject = HeaderText::parse(&mail.subject).map_err(not_a_header)?;
        let message = message(&subject, &mail.text, &mail.html, &headers)?;
        self.request(&mail.to, message)
            .from_email_address(&self.from)
            .set_configuration_set_name(self.configuration_set.clone())
            .send()
            .await
            .map(taken)
            .map_err(|error| failed(&error))
    }

    async fn status(&self) -> Result<MailStatus, MailError> {
        let account = self
            .client
            .get_account()
            .send()
            .await
            .map_err(|error| MailError::Unavailable(format!("{error:?}")))?;
        let quota = account.send_quota();
        Ok(MailStatus {
            sending: account.sending_enabled(),
            standing: account.enforcement_status().map(str::to_owned),
            quota: quota.and_then(|quota| whole(quota.max24_hour_send())),
            sent: quota.and_then(|quota| whole(quota.sent_last24_hours())),
        })
    }
}

#[async_trait]
impl TeamMailer for SesMailer {
    async fn send_for_team(&self, mail: &TeamMail) -> Result<Sent, MailError> {
        let message = message(&mail.subject, &mail.text, &mail.html, &mail.headers)?;
        let tags = mail.tags.pairs().map(|(name, value)| {
            MessageTag::builder()
                .name(name)
                .value(value)
                .build()
                .map_err(not_built)
        });
        self.request(mail.to.as_str(), message)
            .from_email_address(mail.from_name.before(address_in(&self.from)))
            .set_reply_to_addresses(
                mail.reply_to
                    .as_ref()
                    .map(|reply_to| vec![reply_to.as_str().to_owned()]),
            )
            .set_configuration_set_name(self.team_configuration_set.clone())
            .set_email_tags(Some(tags.collect::<Result<_, _>>()?))
            .customize()
            // SES has no token by which it would know a request again. The client tries again what was not answered, and
            // that may have been taken.
            .config_override(Builder::new().retry_config(RetryConfig::disabled()))
            .send()
            .await
            .map(taken)
            .map_err(|error| failed(&error))
    }
}

/// The address in `address` or `Name <address>`.
pub(super) fn address_in(mailbox: &str) -> &str {
    match mailbox.rsplit_once('<') {
        Some((_, address)) => address.trim_end().trim_end_matches('>'),
        None => mailbox.trim(),
    }
}

fn message(
    subject: &HeaderText,
    text: &str,
    html: &str,
    headers: &Headers,
) -> Result<Message, MailError> {
    let content = |data: &str| {
        Content::builder()
            .data(data)
            .charset("UTF-8")
            .build()
            .map_err(not_built)
    };
    let headers = headers.iter().map(|(name, value)| {
        MessageHeader::builder()
            .name(name)
            .value(value)
            .build()
            .map_err(not_built)
    });
    let body = Body::builder()
        .text(content(text)?)
        .html(content(html)?)
        .build();
    Ok(Message::builder()
        .subject(content(subject.as_str())?)
        .body(body)
        .set_headers(Some(headers.collect::<Result<_, _>>()?))
        .build())
}

fn not_a_header(error: NotAHeader) -> MailError {
    MailError::Refused(error.to_string())
}

fn not_built(error: BuildError) -> MailError {
    MailError::Refused(error.to_string())
}

fn taken(reply: SendEmailOutput) -> Sent {
    Sent {
        message_id: reply.message_id,
    }
}

/// By this a server says that it did nothing with a request.
const SERVICE_UNAVAILABLE: u16 = 503;

/// What a failure says about the message. Where it is not known that SES did not take it, it may have.
fn failed(error: &SdkError<SendEmailError>) -> MailError {
    if let Some(known) = error.as_service_error() {
        let number = error.raw_response().map(|reply| reply.status().as_u16());
        return answered(known, number);
    }
    let said = reason(&causes(error));
    if matches!(error, SdkError::ConstructionFailure(_)) {
        MailError::Refused(said)
    } else if never_connected(error) {
        MailError::Unavailable(said)
    } else {
        // An answer that is late or broke off.
        MailError::Uncertain(said)
    }
}

/// What an answer says that is no receipt; `number` is that of its reply.
fn answered(known: &SendEmailError, number: Option<u16>) -> MailError {
    let code = known.code().unwrap_or("no code");
    let message = known.message().unwrap_or("no message");
    let said = reason(&format!("{code}: {message}"));
    let is_throttled = known.is_too_many_requests_exception()
        || known.is_limit_exceeded_exception()
        || code.starts_with("Throttling");
    if is_throttled {
        // The rate and the day's quota share a code.
        return if message.to_ascii_lowercase().contains("daily") {
            MailError::QuotaExceeded(said)
        } else {
            MailError::Throttled(said)
        };
    }
    if known.is_account_suspended_exception() || known.is_sending_paused_exception() {
        return MailError::QuotaExceeded(said);
    }
    // What is missing or not allowed is so for every message, until the deployment is put right.
    if known.is_mail_from_domain_not_verified_exception() {
        return MailError::Unavailable(said);
    }
    match number {
        Some(400) => MailError::Refused(said),
        Some(401..=499 | SERVICE_UNAVAILABLE) => MailError::Unavailable(said),
        // A server at fault, or a receipt that does not read.
        Some(_) | None => MailError::Uncertain(said),
    }
}

/// Whether it failed before there was a connection to send anything on.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| (*error).source()).any(|cause| {
        cause
            .downcast_ref::<hyper_util::client::legacy::Error>()
            .is_some_and(hyper_util::client::legacy::Error::is_connect)
    })
}

/// A number of messages, which SES writes as a float. Below zero it means that there is no bound.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(count: f64) -> Option<u64> {
    // `as` saturates, and accounts send far fewer than the floats that are exact.
    (count >= 0.0).then_some(count as u64)
}

#[cfg(test)]
mod tests;
