//! What a function may do: what its declaration grants, and what is done for every function declared like it.

use super::names::{self, Names};
use super::parameter::Parameter;
use plat_registry::{Function, Grant, Source};
use plat_store::table::INDEXES;
use std::collections::BTreeSet;

/// The variables of a function may have 4 KB together; this leaves room for the others.
pub(super) const LONGEST_QUEUES: usize = 3_000;

/// A role's statement. Resources are expressions of CloudFormation.
pub(super) struct Statement {
    sid: &'static str,
    actions: Vec<String>,
    resources: Vec<String>,
    /// When it holds; always, if there is none. Lines of YAML.
    conditions: Vec<String>,
}

/// What a grant amounts to.
#[derive(Default)]
pub(super) struct Granted {
    pub(super) statements: Vec<Statement>,
    pub(super) parameters: BTreeSet<Parameter>,
    pub(super) variables: Vec<(&'static str, String)>,
}

impl Granted {
    fn allow(&mut self, sid: &'static str, actions: &[impl ToString], resources: Vec<String>) {
        self.statements.push(Statement {
            sid,
            actions: actions.iter().map(ToString::to_string).collect(),
            resources,
            conditions: Vec::new(),
        });
    }

    /// Narrows the last statement.
    fn only_if(&mut self, conditions: &[&str]) {
        if let Some(last) = self.statements.last_mut() {
            last.conditions = conditions.iter().map(ToString::to_string).collect();
        }
    }

    fn allow_outside(&mut self, sid: &'static str, action: &'static str, resource: Parameter) {
        self.parameters.insert(resource);
        self.allow(sid, &[action], vec![format!("!Ref {}", resource.name())]);
    }

    fn set(&mut self, variable: &'static str, parameter: Parameter) {
        self.parameters.insert(parameter);
        if !self.variables.iter().any(|(known, _)| *known == variable) {
            self.variables
                .push((variable, format!("!Ref {}", parameter.name())));
        }
    }

    /// What `function`, one of `all`, is granted.
    ///
    /// # Errors
    /// It is granted the queue of a job that has none.
    pub(super) fn to(function: &Function, all: &[Function]) -> Result<Self, String> {
        let names = Names::of(function.operation())?;
        let id = names.id();
        let mut granted = Self::default();
        granted.allow(
            "Log",
            &["logs:CreateLogStream", "logs:PutLogEvents"],
            vec![format!("!GetAtt {id}LogGroup.Arn")],
        );
        granted.table(function);
        for grant in function.grants() {
            match grant {
                Grant::ReadTable | Grant::WriteTable => {}
                Grant::SignTokens => {
                    granted.read_secret("SigningKey", "SIGNING_SECRET", Parameter::SigningSecret);
                    granted.read_secret("Tokens", "TOKEN_SECRET", Parameter::TokenSecret);
                }
                Grant::MailTokens => {
                    // Whoever signs has it already.
                    if !function.grants().contains(&Grant::SignTokens) {
                        granted.read_secret("Tokens", "TOKEN_SECRET", Parameter::TokenSecret);
                    }
                }
                Grant::SendMail => {
                    let set = Parameter::MailConfigurationSet;
                    granted.mail("Mail", "MAIL_CONFIGURATION_SET", set);
                }
                Grant::SendTeamMail => {
                    let set = Parameter::TeamMailConfigurationSet;
                    granted.mail("TeamMail", "TEAM_MAIL_CONFIGURATION_SET", set);
                    // The links to unsubscribe.
                    granted.set("API_ORIGIN", Parameter::ApiOrigin);
                }
                Grant::InspectMail => granted.see_mail(),
                // The internet asks no role.
                Grant::CallProviders => {}
                Grant::AskBedrock => granted.bedrock(),
                Grant::NameApi => granted.set("API_ORIGIN", Parameter::ApiOrigin),
                Grant::SealSecrets => granted.vault("SealSecrets", "kms:GenerateDataKey"),
                Grant::OpenSecrets => granted.vault("OpenSecrets", "kms:Decrypt"),
                Grant::PublishEvents => {
                    granted.allow_outside("Events", "events:PutEvents", Parameter::BusArn);
                    granted.set("BUS_NAME", Parameter::BusName);
                }
                Grant::UploadFiles(prefix) => {
                    // In parts, too: those that are abandoned are removed.
                    let put = ["s3:AbortMultipartUpload", "s3:PutObject"];
                    granted.files("PutFiles", &put, prefix);
                }
                Grant::ReadFiles(prefix) => {
                    let read = ["s3:GetObject", "s3:GetObjectVersion"];
                    granted.files("GetFiles", &read, prefix);
                    granted.notice_absence();
                }
                Grant::RemoveFiles(prefix) => {
                    let remove = ["s3:DeleteObject", "s3:DeleteObjectVersion"];
                    granted.files("RemoveFiles", &remove, prefix);
                }
                Grant::SendTo(_) | Grant::InspectQueues => {}
            }
        }
        granted.queues(function, all)?;
        if let Function::Job(job) = function {
            granted.source(job.source, &id);
        }
        Ok(granted)
    }

    /// The table. Lists are of its indexes too.
    fn table(&mut self, function: &Function) {
        let (lists, items): (Vec<_>, Vec<_>) = function
            .table_actions()
            .into_iter()
            .map(|action| format!("dynamodb:{action}"))
            .partition(|action| action == "dynamodb:Query");
        let table = vec!["!Ref TableArn".to_owned()];
        if !items.is_empty() {
            self.parameters.insert(Parameter::TableArn);
            self.allow("Items", &items, table.clone());
        }
        if !lists.is_empty() {
            self.parameters.insert(Parameter::TableArn);
            let indexes = INDEXES.map(|index| format!("!Sub ${{TableArn}}/index/{index}"));
            self.allow("Lists", &lists, [table, indexes.to_vec()].concat());
        }
    }

    fn read_secret(&mut self, sid: &'static str, variable: &'static str, secret: Parameter) {
        self.allow_outside(sid, "secretsmanager:GetSecretValue", secret);
        self.set(variable, secret);
    }

    /// Mail by one configuration set and no other.
    fn mail(&mut self, sid: &'static str, variable: &'static str, set: Parameter) {
        let ses = "!Sub arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}";
        self.parameters.insert(Parameter::MailIdentity);
        let resources = vec![
            format!("{ses}:identity/${{MailIdentity}}"),
            format!("{ses}:configuration-set/${{{}}}", set.name()),
        ];
        self.allow(sid, &["ses:SendEmail"], resources);
        self.set(variable, set);
        self.set("MAIL_FROM", Parameter::MailFrom);
    }

    fn see_mail(&mut self) {
        let account = "'*'  # any: asked of the account, which is no resource";
        self.allow("SeeMail", &["ses:GetAccount"], vec![account.to_owned()]);
        self.set("MAIL_FROM", Parameter::MailFrom);
    }

    /// One model, or one inference profile and, through that, the models that it chooses from, in whatever region it does.
    fn bedrock(&mut self) {
        let bedrock = "!Sub arn:${AWS::Partition}:bedrock";
        let here = format!("{bedrock}:${{AWS::Region}}");
        let profile = format!("{here}:${{AWS::AccountId}}:inference-profile/${{BedrockModel}}");
        let model = format!("{here}::foundation-model/${{BedrockModel}}");
        let ask = ["bedrock:InvokeModel"];
        self.allow("AskModel", &ask, vec![model, profile.clone()]);
        let any = format!("{bedrock}:*::foundation-model/*  # any: those of the profile below");
        self.allow("AskThroughProfile", &ask, vec![any]);
        let through = format!("  bedrock:InferenceProfileArn: {profile}");
        self.only_if(&["StringEquals:", &through]);
        self.set("BEDROCK_MODEL", Parameter::BedrockModel);
    }

    /// The key, for what a team and a provider are named with. What else it encrypts is encrypted with other words.
    fn vault(&mut self, sid: &'static str, action: &'static str) {
        self.allow_outside(sid, action, Parameter::VaultKeyArn);
        self.only_if(&[
            "ForAllValues:StringEquals:",
            "  kms:EncryptionContextKeys: [team, provider]",
            "'Null':",
            "  kms:EncryptionContext:team: 'false'",
            "  kms:EncryptionContext:provider: 'false'",
        ]);
        self.set("VAULT_KEY", Parameter::VaultKeyArn);
    }

    /// Files under a prefix. An address that the function signs is good for no more than this.
    fn files(&mut self, sid: &'static str, actions: &[&str], prefix: &str) {
        let files =
            format!("!Sub ${{FilesBucketArn}}/{prefix}*  # any: what is kept under this prefix");
        self.parameters.insert(Parameter::FilesBucketArn);
        match self.statements.iter_mut().find(|known| known.sid == sid) {
            Some(known) => known.resources.push(files),
            None => self.allow(sid, actions, vec![files]),
        }
        self.set("FILES_BUCKET", Parameter::FilesBucket);
    }

    /// To whom may not list a bucket S3 says of a file that is not there that it is forbidden.
    fn notice_absence(&mut self) {
        const SID: &str = "NoticeAbsence";
        if !self.statements.iter().any(|known| known.sid == SID) {
            self.allow_outside(SID, "s3:ListBucket", Parameter::FilesBucketArn);
        }
    }

    /// The queues that it may fill, and those that it may look at: all.
    fn queues(&mut self, function: &Function, all: &[Function]) -> Result<(), String> {
        let mut known = BTreeSet::new();
        let mut filled = Vec::new();
        for grant in function.grants() {
            if let Grant::SendTo(job) = grant {
                let takes = |function: &Function| match function {
                    Function::Job(other) => {
                        other.operation == *job && other.source == Source::Messages
                    }
                    Function::Endpoint(_) => false,
                };
                if !all.iter().any(takes) {
                    let operation = function.operation();
                    return Err(format!(
                        "{operation} sends to {job}, which takes no messages"
                    ));
                }
                filled.push(Names::of(job)?.queue_arn());
                known.insert(*job);
            }
        }
        if !filled.is_empty() {
            self.allow("Send", &["sqs:SendMessage"], filled);
        }
        if function.grants().contains(&Grant::InspectQueues) {
            let mut seen = Vec::new();
            for function in all {
                let Function::Job(job) = function else {
                    continue;
                };
                match job.source {
                    Source::Events { .. }
                    | Source::Files { .. }
                    | Source::Mail
                    | Source::Messages => {
                        let names = Names::of(job.operation)?;
                        seen.extend([names.queue_arn(), names.dead_letters_arn()]);
                        known.insert(job.operation);
                    }
                    Source::Changes { .. } | Source::Schedule(_) => {}
                }
            }
            seen.sort();
            self.allow("SeeQueues", &["sqs:GetQueueAttributes"], seen);
        }
        if !known.is_empty() {
            let known: Vec<&str> = known.into_iter().collect();
            let known = known.join(",");
            if known.len() > LONGEST_QUEUES {
                let operation = function.operation();
                return Err(format!(
                    "{operation} knows more queues than fit into its variables; let it be granted fewer"
                ));
            }
            self.variables.push(("QUEUES", known));
            let place = names::queue_urls_begin();
            self.variables.push(("QUEUES_AT", format!("!Sub {place}")));
        }
        Ok(())
    }

    /// What a job needs for its work to be handed to it, and to be set aside.
    fn source(&mut self, source: Source, id: &str) {
        match source {
            Source::Changes { .. } => {
                self.parameters.insert(Parameter::StreamArn);
                let stream = vec!["!Ref StreamArn".to_owned()];
                let follow = [
                    "dynamodb:DescribeStream",
                    "dynamodb:GetRecords",
                    "dynamodb:GetShardIterator",
                    "dynamodb:ListStreams",
                ];
                self.allow("Follow", &follow, stream);
                self.allow_outside("SetAside", "sqs:SendMessage", Parameter::FailedChanges);
            }
            Source::Events { .. } | Source::Files { .. } | Source::Mail | Source::Messages => {
                let take = [
                    "sqs:DeleteMessage",
                    "sqs:GetQueueAttributes",
                    "sqs:ReceiveMessage",
                ];
                self.allow("Take", &take, vec![format!("!GetAtt {id}Queue.Arn")]);
            }
            Source::Schedule(_) => {
                let aside = vec![format!("!GetAtt {id}DeadLetters.Arn")];
                self.allow("SetAside", &["sqs:SendMessage"], aside);
            }
        }
    }
}

/// Lines that are longer are broken, one entry each.
const WIDTH: usize = 118;

impl Statement {
    /// The statement as an entry of a list, so far in.
    pub(super) fn text(&self, indent: usize) -> String {
        let space = " ".repeat(indent);
        let actions = entries("Action", &self.actions, indent + 2);
        let resources = entries("Resource", &self.resources, indent + 2);
        let sid = self.sid;
        let mut text = format!("{space}- Sid: {sid}\n{space}  Effect: Allow\n{actions}{resources}");
        if !self.conditions.is_empty() {
            text.push_str(&format!("{space}  Condition:\n"));
        }
        for condition in &self.conditions {
            text.push_str(&format!("{space}    {condition}\n"));
        }
        text
    }
}

/// A key with one value or a list of them.
fn entries(key: &str, values: &[String], indent: usize) -> String {
    let space = " ".repeat(indent);
    match values {
        [only] => format!("{space}{key}: {only}\n"),
        [] | [_, ..] => {
            let flow = format!("{space}{key}: [{}]\n", values.join(", "));
            // Expressions read better one to a line.
            if flow.len() <= WIDTH && !values.iter().any(|value| value.starts_with('!')) {
                return flow;
            }
            let listed: String = values
                .iter()
                .map(|value| format!("{space}  - {value}\n"))
                .collect();
            format!("{space}{key}:\n{listed}")
        }
    }
}
