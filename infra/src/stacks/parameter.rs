//! What a domain's stack is told by the root.

use plat_registry::Api;
use std::collections::BTreeSet;

/// A parameter that a domain's stack may have. Each has only those that its functions need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Parameter {
    Environment,
    Architecture,
    LogRetention,
    LogLevel,
    Metrics,
    TrustStore,
    AppOrigin,
    CrmApi,
    PublicApi,
    InvestApi,
    TableName,
    TableArn,
    StreamArn,
    SealSecret,
    SigningSecret,
    TokenSecret,
    MailFrom,
    MailIdentity,
    MailConfigurationSet,
    TeamMailConfigurationSet,
    ApiOrigin,
    VaultKeyArn,
    BedrockModel,
    BusName,
    BusArn,
    FailedChanges,
    FilesBucket,
    FilesBucketArn,
    AlarmTopic,
}

impl Parameter {
    /// Those that what every function has refers to.
    pub(super) fn of_every_stack() -> BTreeSet<Self> {
        BTreeSet::from([
            Self::Environment,
            Self::Architecture,
            Self::LogRetention,
            Self::LogLevel,
            Self::Metrics,
            Self::TrustStore,
            Self::AppOrigin,
            Self::TableName,
            Self::SealSecret,
        ])
    }

    /// The id of an API.
    pub(super) fn api(api: Api) -> Self {
        match api {
            Api::Crm => Self::CrmApi,
            Api::Public => Self::PublicApi,
            Api::Invest => Self::InvestApi,
        }
    }

    /// Its name.
    pub(super) fn name(self) -> String {
        format!("{self:?}")
    }

    /// What it is, and what the root says it is.
    fn about(self) -> (&'static str, &'static str) {
        match self {
            Self::Environment => ("The environment's name.", "!Ref Environment"),
            Self::Architecture => ("What the functions were built for.", "!Ref Architecture"),
            Self::LogRetention => ("How many days logs are kept.", "!Ref LogRetention"),
            Self::LogLevel => ("What functions log.", "!Ref LogLevel"),
            Self::Metrics => (
                "Whether functions publish metrics of their own.",
                "!Ref Metrics",
            ),
            Self::TrustStore => (
                "Whose roots functions trust in calls of AWS.",
                "!Ref TrustStore",
            ),
            Self::AppOrigin => ("Where the web app is.", "!Ref AppOrigin"),
            Self::CrmApi => ("The id of the API crm.", "!Ref CrmApi"),
            Self::PublicApi => ("The id of the API public.", "!Ref PublicApi"),
            Self::InvestApi => ("The id of the API invest.", "!Ref InvestApi"),
            Self::TableName => ("The table.", "!GetAtt Data.Outputs.TableName"),
            Self::TableArn => ("The table's ARN.", "!GetAtt Data.Outputs.TableArn"),
            Self::StreamArn => ("The table's stream.", "!GetAtt Data.Outputs.StreamArn"),
            Self::SealSecret => (
                "The secret that cursors and kept replies are sealed with.",
                "!GetAtt Data.Outputs.SealSecret",
            ),
            Self::SigningSecret => (
                "The secret that access tokens are signed with.",
                "!GetAtt Data.Outputs.SigningSecret",
            ),
            Self::TokenSecret => (
                "The secret that refresh tokens and mailed tokens are known by.",
                "!GetAtt Data.Outputs.TokenSecret",
            ),
            Self::MailFrom => ("The address that mail comes from.", "!Ref MailFrom"),
            Self::MailIdentity => (
                "The identity that mail is sent as.",
                "!GetAtt Email.Outputs.MailIdentity",
            ),
            Self::MailConfigurationSet => (
                "The configuration set that mail is sent with.",
                "!GetAtt Email.Outputs.ConfigurationSet",
            ),
            Self::TeamMailConfigurationSet => (
                "The configuration set that mail of teams is sent with.",
                "!GetAtt Email.Outputs.TeamConfigurationSet",
            ),
            Self::ApiOrigin => (
                "Where people without an account reach the API.",
                "!If [HasApiOrigin, !Ref ApiOrigin, !GetAtt PublicApi.ApiEndpoint]",
            ),
            Self::VaultKeyArn => (
                "The ARN of the key that secrets of teams are sealed with.",
                "!GetAtt Data.Outputs.KeyArn",
            ),
            Self::BedrockModel => (
                "The model of Bedrock that writes; empty for none.",
                "!Ref BedrockModel",
            ),
            Self::BusName => (
                "The bus of domain events.",
                "!GetAtt Messaging.Outputs.BusName",
            ),
            Self::BusArn => ("The ARN of that bus.", "!GetAtt Messaging.Outputs.BusArn"),
            Self::FailedChanges => (
                "The queue of changes that a stream job gave up.",
                "!GetAtt Messaging.Outputs.FailedChangesArn",
            ),
            Self::FilesBucket => ("The bucket of files.", "!GetAtt Data.Outputs.FilesBucket"),
            Self::FilesBucketArn => (
                "The ARN of that bucket.",
                "!GetAtt Data.Outputs.FilesBucketArn",
            ),
            Self::AlarmTopic => (
                "Where alarms go.",
                "!GetAtt Observability.Outputs.AlarmTopic",
            ),
        }
    }

    /// Its place under `Parameters` of a domain's stack.
    pub(super) fn declaration(self) -> String {
        let kind = if self == Self::LogRetention {
            "Number"
        } else {
            "String"
        };
        let (about, _) = self.about();
        let name = self.name();
        format!("  {name}:\n    Type: {kind}\n    Description: {about}\n")
    }

    /// Its place under the `Parameters` that the root gives.
    pub(super) fn given(self) -> String {
        let (_, value) = self.about();
        format!("        {}: {value}\n", self.name())
    }
}
