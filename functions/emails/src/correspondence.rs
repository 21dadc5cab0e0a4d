//! Who writes to whom: all that must be known of both sides before something is written or sent.

use plat_domain::{
    Client, CustomValue, Email, EmailId, FollowUpType, Instructions, Role, TeamId, UserId,
};
use plat_registry::App;
use plat_services::KeyError;
use plat_store::{ForSending, Member, PageRequest, StoreError, TeamScope};
use plat_writing::{Context, Footer, Sender};

/// Members that are looked through for an owner; no team has more.
const MEMBERS: usize = 500;

/// The most characters of instructions, those of the team and those for one e-mail together.
const INSTRUCTIONS: usize = 500;

/// The language that e-mails are written in.
const LANGUAGE: &str = "en";

/// A team's correspondence with a client.
pub(crate) struct Correspondence {
    pub(crate) team: TeamId,
    pub(crate) client: Client,
    pub(crate) settings: ForSending,
    /// Who works with the client.
    agent: Option<Member>,
    /// Who gets the answer.
    pub(crate) reply_to: Option<Email>,
}

impl Correspondence {
    pub(crate) async fn with(app: &App, team: TeamId, client: Client) -> Result<Self, StoreError> {
        let scope = app.store.team(team);
        let settings = scope.settings();
        let (settings, agent) =
            futures::try_join!(settings.for_sending(), member(&scope, client.assigned_to))?;
        let agents = agent.as_ref().map(|agent| agent.email.clone());
        let reply_to = match agents.or_else(|| settings.email.reply_to.clone()) {
            Some(address) => Some(address),
            None => owner(&scope).await?,
        };
        Ok(Self {
            team,
            client,
            settings,
            agent,
            reply_to,
        })
    }

    /// Who e-mails are from, as people read it.
    pub(crate) fn sender_name(&self) -> String {
        let agent = self.agent.as_ref().map(|agent| agent.name.as_str());
        self.settings.sender_name(agent)
    }

    /// What whoever writes is told.
    pub(crate) fn context(&self, kind: FollowUpType, instructions: Option<&str>) -> Context {
        let client = &self.client;
        let custom_fields = client.custom_fields.iter();
        let business = self.settings.business_name().to_string();
        let agent = self.agent.as_ref().map(|agent| agent.name.to_string());
        Context {
            kind,
            client_name: client.name.to_string(),
            property_address: client.property_address.to_string(),
            property_type: client.property_type,
            stage: client.stage,
            notes: client.notes.as_ref().map(ToString::to_string),
            custom_fields: custom_fields
                .map(|(name, value)| (name.to_owned(), in_words(value)))
                .collect(),
            instructions: self.instructions(instructions),
            sender: Sender {
                // What nobody in particular writes, is signed by the business alone.
                name: agent.unwrap_or_default(),
                team: business,
            },
            language: LANGUAGE.to_owned(),
        }
    }

    /// What is asked for this e-mail, then what the team asks for every one, as far as there is room.
    fn instructions(&self, for_this: Option<&str>) -> Option<Instructions> {
        let for_all = self.settings.email.instructions.as_ref();
        let asked: Vec<&str> = for_this
            .into_iter()
            .chain(for_all.map(Instructions::as_str))
            .collect();
        let asked: String = asked.join("\n").chars().take(INSTRUCTIONS).collect();
        Instructions::parse(&asked).ok()
    }

    /// What stands below every e-mail.
    pub(crate) fn footer(&self, unsubscribe: String) -> Footer {
        let business = &self.settings.business;
        let address = business.postal_address.as_ref();
        Footer {
            business: self.settings.business_name().to_string(),
            website: business
                .website
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            postal_address: address
                .and_then(plat_domain::Address::line)
                .map(|line| line.to_string())
                .unwrap_or_default(),
            unsubscribe,
        }
    }
}

/// Where whoever gets `email` unsubscribes.
pub(crate) fn unsubscribe_link(
    app: &App,
    team: TeamId,
    email: EmailId,
    to: &Email,
) -> Result<String, KeyError> {
    let token = app.keys.unsubscribe_token(team, email, to)?;
    Ok(format!("{}/unsubscribe/{token}", app.settings.api_origin))
}

async fn member(scope: &TeamScope, user: Option<UserId>) -> Result<Option<Member>, StoreError> {
    let Some(user) = user else {
        return Ok(None);
    };
    match scope.members().get(user).await {
        Ok(member) => Ok(Some(member.value)),
        // They have left the team.
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn owner(scope: &TeamScope) -> Result<Option<Email>, StoreError> {
    let members = scope.members().list(&PageRequest::first(MEMBERS)).await?;
    let mut members = members.items.into_iter().map(|member| member.value);
    let owner = members.find(|member| member.role == Role::Owner);
    Ok(owner.map(|owner| owner.email))
}

fn in_words(value: &CustomValue) -> String {
    match value {
        CustomValue::Text(text) => text.to_string(),
        CustomValue::Number(number) => number.to_string(),
        CustomValue::Bool(true) => "yes".to_owned(),
        CustomValue::Bool(false) => "no".to_owned(),
    }
}
