//! Stacks of made-up functions.

use super::*;
use crate::template::{Node, Template};
use plat_registry::{
    AccessRule, App, Can, Endpoint, Failure, Grant, Input, Job, JobFailure, Method, NoBody,
    NoContent, NoPath, NoQuery, Open, Principal, Public, Schedule, Visitor,
};
use std::sync::Arc;

type Nothing = Input<NoPath, NoBody, NoQuery>;

async fn anybody(_: Arc<App>, _: Visitor, _: Nothing) -> Result<NoContent, Failure> {
    Ok(NoContent)
}

async fn member(_: Arc<App>, _: Principal, _: Nothing) -> Result<NoContent, Failure> {
    Ok(NoContent)
}

async fn tick(_: Arc<App>, _: jiff::Timestamp) -> Result<(), JobFailure> {
    Ok(())
}

async fn message(_: Arc<App>, _: serde_json::Value) -> Result<(), JobFailure> {
    Ok(())
}

fn listing() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/a/{b}",
        "leads.list_all",
        Can(plat_domain::Permission::LeadsRead),
        member,
    )
    .grants(&[Grant::ReadTable])
    .summary("List: all of them")
}

fn rendered(functions: &[Function]) -> Template {
    let stacks = stacks(functions).unwrap();
    assert_eq!(stacks.len(), 1);
    Template::parse(&stacks[0].file, &stacks[0].text).unwrap()
}

/// A statement of a function's role.
fn statement<'a>(template: &'a Template, role: &str, sid: &str) -> Option<&'a Node> {
    let policies = template
        .root
        .at(&["Resources", role, "Properties", "Policies"])
        .unwrap();
    let statements = policies.items()[0]
        .at(&["PolicyDocument", "Statement"])
        .unwrap();
    let mut statements = statements.items().iter();
    statements.find(|statement| statement.text_at(&["Sid"]) == Some(sid))
}

/// The actions that it allows.
fn allowed(template: &Template, role: &str, sid: &str) -> Vec<String> {
    let actions = statement(template, role, sid).map(|it| it.get("Action").unwrap().items());
    let actions = actions.into_iter().flatten();
    actions
        .filter_map(|action| action.text().map(str::to_owned))
        .collect()
}

fn text<'a>(template: &'a Template, path: &[&str]) -> Option<&'a str> {
    template.root.at(path).and_then(Node::text)
}

#[test]
fn an_endpoint_is_a_function_behind_a_route_of_its_api() {
    let template = rendered(&[listing().into()]);

    let ids: Vec<&str> = template.resources().map(|resource| resource.id).collect();
    assert_eq!(
        ids,
        [
            "LeadsListAll",
            "LeadsListAllRole",
            "LeadsListAllLogGroup",
            "LeadsListAllIntegration",
            "LeadsListAllRoute",
            "LeadsListAllPermission",
        ]
    );
    let property = |id, key| text(&template, &["Resources", id, "Properties", key]);
    assert_eq!(property("LeadsListAll", "Handler"), Some("leads.list_all"));
    assert_eq!(
        property("LeadsListAll", "Description"),
        Some("List: all of them")
    );
    assert_eq!(property("LeadsListAll", "MemorySize"), Some("256"));
    assert_eq!(property("LeadsListAll", "Timeout"), Some("10"));
    assert_eq!(
        property("LeadsListAllRoute", "RouteKey"),
        Some("GET /a/{b}")
    );
    assert_eq!(
        text(
            &template,
            &[
                "Resources",
                "LeadsListAllPermission",
                "Properties",
                "SourceArn",
                "Fn::Sub"
            ]
        ),
        Some(
            "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${CrmApi}/$default/GET/a/{b}"
        )
    );
    assert_eq!(
        text(
            &template,
            &[
                "Resources",
                "LeadsListAll",
                "Properties",
                "FunctionName",
                "Fn::Sub"
            ]
        ),
        Some("plat-${Environment}-leads-list_all")
    );
}

#[test]
fn an_alias_has_a_route_and_a_permission_of_its_own() {
    let template = rendered(&[listing().alias(Method::PUT).into()]);

    let key = [
        "Resources",
        "LeadsListAllPutRoute",
        "Properties",
        "RouteKey",
    ];
    assert_eq!(text(&template, &key), Some("PUT /a/{b}"));
    assert_eq!(
        template.of_kind("AWS::ApiGatewayV2::Integration").count(),
        1
    );
    assert_eq!(template.of_kind("AWS::Lambda::Permission").count(), 2);
}

#[test]
fn a_role_has_what_is_granted_and_what_admitting_requests_takes() {
    let open = Endpoint::new(Method::GET, "/", "leads.open", Open, anybody);
    let public = Endpoint::new(Method::POST, "/p", "leads.public", Public, anybody)
        .grants(&[Grant::WriteTable, Grant::SignTokens]);
    assert_eq!(public.access, AccessRule::Public);
    let plain = Endpoint::new(
        Method::DELETE,
        "/d",
        "leads.plain",
        Can(plat_domain::Permission::LeadsRead),
        member,
    );

    let template = rendered(&[open.into(), public.into(), plain.into(), listing().into()]);

    let items = |role| allowed(&template, role, "Items");
    assert_eq!(items("LeadsOpenRole"), Vec::<String>::new());
    assert_eq!(
        items("LeadsPlainRole"),
        ["dynamodb:GetItem", "dynamodb:UpdateItem"]
    );
    assert_eq!(
        items("LeadsListAllRole"),
        [
            "dynamodb:BatchGetItem",
            "dynamodb:GetItem",
            "dynamodb:UpdateItem"
        ]
    );
    assert_eq!(
        allowed(&template, "LeadsListAllRole", "Lists"),
        ["dynamodb:Query"]
    );
    assert_eq!(
        items("LeadsPublicRole"),
        [
            "dynamodb:BatchWriteItem",
            "dynamodb:ConditionCheckItem",
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        ]
    );
    assert_eq!(
        allowed(&template, "LeadsPublicRole", "Lists"),
        Vec::<String>::new()
    );
    assert_eq!(
        allowed(&template, "LeadsPublicRole", "SigningKey"),
        ["secretsmanager:GetSecretValue"]
    );
    let memory = ["Resources", "LeadsPublic", "Properties", "MemorySize"];
    assert_eq!(text(&template, &memory), Some("512"));
}

#[test]
fn a_job_with_a_queue_has_what_others_need_to_fill_and_see_it() {
    const SENDS: &[Grant] = &[Grant::SendTo("leads.count_one"), Grant::InspectQueues];
    let filler =
        Job::on_schedule("leads.count", Schedule::Every { minutes: 5 }, tick).grants(SENDS);
    let filled = Job::on_message("leads.count_one", message)
        .timeout(20)
        .batch(50);

    let template = rendered(&[filler.into(), filled.into()]);

    assert_eq!(
        allowed(&template, "LeadsCountRole", "Send"),
        ["sqs:SendMessage"]
    );
    assert_eq!(
        allowed(&template, "LeadsCountRole", "SeeQueues"),
        ["sqs:GetQueueAttributes"]
    );
    let variable = |path: &[&str]| {
        let variables = [
            "Resources",
            "LeadsCount",
            "Properties",
            "Environment",
            "Variables",
        ];
        let node = template.root.at(&[&variables, path].concat()).unwrap();
        node.text().unwrap().to_owned()
    };
    assert_eq!(variable(&["QUEUES"]), "leads.count_one");
    assert_eq!(
        variable(&["QUEUES_AT", "Fn::Sub"]),
        "https://sqs.${AWS::Region}.${AWS::URLSuffix}/${AWS::AccountId}/plat-${Environment}-"
    );
    let property = |id, key| text(&template, &["Resources", id, "Properties", key]);
    assert_eq!(
        property("LeadsCountOneQueue", "VisibilityTimeout"),
        Some("120")
    );
    assert_eq!(property("LeadsCountOneMapping", "BatchSize"), Some("50"));
    assert_eq!(
        property("LeadsCountOneMapping", "MaximumBatchingWindowInSeconds"),
        Some("1")
    );
    assert_eq!(
        property("LeadsCountSchedule", "ScheduleExpression"),
        Some("rate(5 minutes)")
    );
}

#[test]
fn a_daily_job_runs_by_the_clock_of_utc() {
    let schedule = Schedule::Daily {
        hour: 3,
        minute: 15,
    };

    let template = rendered(&[Job::on_schedule("leads.count", schedule, tick).into()]);

    let expression = [
        "Resources",
        "LeadsCountSchedule",
        "Properties",
        "ScheduleExpression",
    ];
    assert_eq!(text(&template, &expression), Some("cron(15 3 * * ? *)"));
}

#[test]
fn a_job_that_follows_some_kinds_is_not_woken_for_others() {
    async fn change(_: Arc<App>, _: plat_store::Change) -> Result<(), JobFailure> {
        Ok(())
    }

    let template = rendered(&[Job::on_change("leads.index", &["lead", "note"], change).into()]);

    let filters = [
        "Resources",
        "LeadsIndexMapping",
        "Properties",
        "FilterCriteria",
        "Filters",
    ];
    let patterns: Vec<serde_json::Value> = template
        .root
        .at(&filters)
        .unwrap()
        .items()
        .iter()
        .map(|filter| serde_json::from_str(filter.text_at(&["Pattern"]).unwrap()).unwrap())
        .collect();
    let kinds = serde_json::json!({"type": {"S": ["lead", "note"]}});
    assert_eq!(
        patterns,
        [
            serde_json::json!({"dynamodb": {"NewImage": kinds}}),
            serde_json::json!({"dynamodb": {"OldImage": kinds}}),
        ]
    );
}

#[test]
fn a_job_that_follows_files_is_told_on_the_default_bus_of_those_under_its_prefix() {
    async fn uploaded(_: Arc<App>, _: plat_services::files::Uploaded) -> Result<(), JobFailure> {
        Ok(())
    }
    async fn scanned(_: Arc<App>, _: plat_services::files::Scanned) -> Result<(), JobFailure> {
        Ok(())
    }

    let template = rendered(&[
        Job::on_upload("documents.record", "documents/", uploaded).into(),
        Job::on_scan("documents.reject", "documents/", scanned).into(),
    ]);

    let of = |id: &'static str, path: &[&str]| {
        let whole = [&["Resources", id, "Properties"], path].concat();
        template.root.at(&whole).unwrap()
    };
    for (rule, source, bucket, key) in [
        (
            "DocumentsRecordRule",
            "aws.s3",
            ["bucket", "name"],
            ["object", "key"],
        ),
        (
            "DocumentsRejectRule",
            "aws.guardduty",
            ["s3ObjectDetails", "bucketName"],
            ["s3ObjectDetails", "objectKey"],
        ),
    ] {
        assert_eq!(of(rule, &["EventBusName"]).text(), Some("default"));
        let pattern = of(rule, &["EventPattern"]);
        let only = |path: &[&str]| pattern.at(path).unwrap().items()[0].clone();
        assert_eq!(only(&["source"]).text(), Some(source));
        let detail = |path: [&str; 2]| only(&[&["detail"], &path[..]].concat());
        assert_eq!(detail(bucket).refers_to(), Some("FilesBucket"));
        assert_eq!(detail(key).text_at(&["prefix"]), Some("documents/"));
    }
    let filled_by = of(
        "DocumentsRecordQueuePolicy",
        &["PolicyDocument", "Statement"],
    );
    let source = &["Condition", "ArnEquals", "aws:SourceArn"];
    assert_eq!(
        filled_by.items()[0].at(source).unwrap().refers_to(),
        Some("DocumentsRecordRule")
    );
}

#[test]
fn a_role_reaches_the_files_under_the_prefixes_that_it_was_granted() {
    const GRANTS: &[Grant] = &[
        Grant::UploadFiles("documents/"),
        Grant::ReadFiles("documents/"),
        Grant::ReadFiles("exports/"),
        Grant::RemoveFiles("documents/"),
    ];
    let open = |operation| Endpoint::new(Method::GET, "/", operation, Open, anybody);

    let template = rendered(&[
        open("leads.files").grants(GRANTS).into(),
        open("leads.other").into(),
    ]);

    let actions = |sid| allowed(&template, "LeadsFilesRole", sid);
    assert_eq!(
        actions("PutFiles"),
        ["s3:AbortMultipartUpload", "s3:PutObject"]
    );
    assert_eq!(actions("GetFiles"), ["s3:GetObject", "s3:GetObjectVersion"]);
    assert_eq!(
        actions("RemoveFiles"),
        ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    );
    assert_eq!(actions("NoticeAbsence"), ["s3:ListBucket"]);
    let role = template.root.at(&["Resources", "LeadsFilesRole"]).unwrap();
    let reached: Vec<_> = role
        .walk()
        .into_iter()
        .filter_map(|node| node.text_at(&["Fn::Sub"]))
        .filter(|place| place.contains("FilesBucketArn"))
        .collect();
    assert_eq!(
        reached,
        [
            "${FilesBucketArn}/documents/*",
            "${FilesBucketArn}/documents/*",
            "${FilesBucketArn}/exports/*",
            "${FilesBucketArn}/documents/*",
        ]
    );
    let variables = |id| {
        template
            .root
            .at(&["Resources", id, "Properties", "Environment", "Variables"])
    };
    let bucket = variables("LeadsFiles").unwrap().get("FILES_BUCKET");
    assert_eq!(bucket.unwrap().refers_to(), Some("FilesBucket"));
    assert!(variables("LeadsOther").is_none());
}

#[test]
fn a_job_that_follows_mail_is_told_on_the_default_bus_of_that_of_teams() {
    async fn told(_: Arc<App>, _: plat_domain::MailEvent) -> Result<(), JobFailure> {
        Ok(())
    }

    let template = rendered(&[Job::on_mail_event("leads.record_mail", told).into()]);

    let rule = ["Resources", "LeadsRecordMailRule", "Properties"];
    let rule = template.root.at(&rule).unwrap();
    assert_eq!(rule.text_at(&["EventBusName"]), Some("default"));
    let only = |path: &[&str]| rule.at(path).unwrap().items()[0].clone();
    assert_eq!(only(&["EventPattern", "source"]).text(), Some("aws.ses"));
    let set = [
        "EventPattern",
        "detail",
        "mail",
        "tags",
        "ses:configuration-set",
    ];
    assert_eq!(only(&set).refers_to(), Some("TeamMailConfigurationSet"));
    assert!(
        template
            .root
            .at(&["Resources", "LeadsRecordMailQueue"])
            .is_some()
    );
    assert_eq!(
        allowed(&template, "LeadsRecordMailRole", "Take"),
        [
            "sqs:DeleteMessage",
            "sqs:GetQueueAttributes",
            "sqs:ReceiveMessage"
        ]
    );
}

#[test]
fn a_function_that_names_the_api_to_other_systems_knows_where_it_is() {
    const NAMES: &[Grant] = &[Grant::NameApi];
    let open = |operation, grants| {
        Endpoint::new(Method::GET, "/", operation, Open, anybody).grants(grants)
    };

    let template = rendered(&[
        open("leads.named", NAMES).into(),
        open("leads.other", &[]).into(),
    ]);

    let origin = |function: &'static str| {
        let place = [
            "Resources",
            function,
            "Properties",
            "Environment",
            "Variables",
        ];
        let variables = template.root.at(&place)?;
        variables.get("API_ORIGIN")?.refers_to().map(str::to_owned)
    };
    assert_eq!(origin("LeadsNamed").as_deref(), Some("ApiOrigin"));
    assert_eq!(origin("LeadsOther"), None);
}

#[test]
fn a_role_sends_mail_by_the_set_that_it_was_granted() {
    const OWN: &[Grant] = &[Grant::SendMail];
    const OF_TEAMS: &[Grant] = &[Grant::SendTeamMail];
    const BOTH: &[Grant] = &[Grant::SendMail, Grant::SendTeamMail, Grant::InspectMail];
    let open = |operation, grants| {
        Endpoint::new(Method::GET, "/", operation, Open, anybody).grants(grants)
    };

    let template = rendered(&[
        open("leads.own", OWN).into(),
        open("leads.teams", OF_TEAMS).into(),
        open("leads.both", BOTH).into(),
    ]);

    let sets = |role: &'static str| -> Vec<_> {
        let role = template.root.at(&["Resources", role]).unwrap();
        let places = role.walk().into_iter();
        places
            .filter_map(|node| {
                node.text_at(&["Fn::Sub"])?
                    .split_once(":configuration-set/")
            })
            .map(|(_, set)| set.to_owned())
            .collect()
    };
    let (own, of_teams) = ("${MailConfigurationSet}", "${TeamMailConfigurationSet}");
    assert_eq!(sets("LeadsOwnRole"), [own]);
    assert_eq!(sets("LeadsTeamsRole"), [of_teams]);
    assert_eq!(sets("LeadsBothRole"), [own, of_teams]);
    let variable = |name| {
        let variables = [
            "Resources",
            "LeadsTeams",
            "Properties",
            "Environment",
            "Variables",
        ];
        let found = template.root.at(&variables).unwrap().get(name);
        found.and_then(|value| value.refers_to().map(str::to_owned))
    };
    assert_eq!(variable("MAIL_FROM").as_deref(), Some("MailFrom"));
    assert_eq!(variable("API_ORIGIN").as_deref(), Some("ApiOrigin"));
    assert_eq!(variable("MAIL_CONFIGURATION_SET"), None);
}

#[test]
fn a_role_uses_the_key_for_secrets_of_teams_alone() {
    const SEALS: &[Grant] = &[Grant::SealSecrets];
    const OPENS: &[Grant] = &[Grant::OpenSecrets];
    let open = |operation, grants| {
        Endpoint::new(Method::GET, "/", operation, Open, anybody).grants(grants)
    };

    let template = rendered(&[
        open("leads.seal", SEALS).into(),
        open("leads.open", OPENS).into(),
    ]);

    for (role, sid, action) in [
        ("LeadsSealRole", "SealSecrets", "kms:GenerateDataKey"),
        ("LeadsOpenRole", "OpenSecrets", "kms:Decrypt"),
    ] {
        assert_eq!(allowed(&template, role, sid), [action]);
        let statement = statement(&template, role, sid).unwrap();
        assert_eq!(
            statement.get("Resource").unwrap().refers_to(),
            Some("VaultKeyArn")
        );
        let condition = statement.get("Condition").unwrap();
        let keys = ["ForAllValues:StringEquals", "kms:EncryptionContextKeys"];
        let keys = condition.at(&keys).unwrap().items();
        let keys: Vec<_> = keys.iter().filter_map(|key| key.text()).collect();
        assert_eq!(keys, ["team", "provider"]);
        // Of nothing at all, "for all values" would hold.
        for key in ["team", "provider"] {
            let key = format!("kms:EncryptionContext:{key}");
            assert_eq!(condition.text_at(&["Null", &key]), Some("false"));
        }
    }
    assert!(statement(&template, "LeadsSealRole", "OpenSecrets").is_none());
}

#[test]
fn a_role_asks_the_model_of_the_installation_and_no_other() {
    const ASKS: &[Grant] = &[Grant::AskBedrock];
    let asks = Endpoint::new(Method::GET, "/", "leads.ask", Open, anybody).grants(ASKS);

    let template = rendered(&[asks.into()]);

    let resources = |sid| -> Vec<_> {
        let statement = statement(&template, "LeadsAskRole", sid).unwrap();
        let resources = statement.get("Resource").unwrap().walk().into_iter();
        resources
            .filter_map(|node| node.text_at(&["Fn::Sub"]).map(str::to_owned))
            .collect()
    };
    let here = "arn:${AWS::Partition}:bedrock:${AWS::Region}";
    let profile = format!("{here}:${{AWS::AccountId}}:inference-profile/${{BedrockModel}}");
    let model = format!("{here}::foundation-model/${{BedrockModel}}");
    assert_eq!(resources("AskModel"), [model, profile.clone()]);
    let any = "arn:${AWS::Partition}:bedrock:*::foundation-model/*";
    assert_eq!(resources("AskThroughProfile"), [any]);
    let through = statement(&template, "LeadsAskRole", "AskThroughProfile").unwrap();
    let through = through.text_at(&[
        "Condition",
        "StringEquals",
        "bedrock:InferenceProfileArn",
        "Fn::Sub",
    ]);
    assert_eq!(through, Some(profile.as_str()));
}

#[test]
fn the_queues_that_functions_know_fit_into_their_variables() {
    let functions = plat_local::functions();
    let longest = functions
        .iter()
        .filter_map(|function| match function {
            Function::Job(job) => Some(job.operation.len() + 1),
            Function::Endpoint(_) => None,
        })
        .sum::<usize>();
    // Half as many more, and there is still room.
    assert!(
        longest * 3 / 2 < policy::LONGEST_QUEUES,
        "{longest} characters"
    );
}

#[test]
fn what_cannot_be_deployed_is_refused() {
    const TO_NOBODY: &[Grant] = &[Grant::SendTo("leads.nobody")];
    let long: &str = "long ".repeat(60).leak();
    let every = Schedule::Every { minutes: 5 };
    for (job, reason) in [
        (
            Job::on_schedule("leads.count", every, tick).grants(TO_NOBODY),
            "which takes no messages",
        ),
        (
            Job::on_schedule("leads.count", every, tick).summary(long),
            "the summary of leads.count is too long",
        ),
        (
            Job::on_schedule("leads", every, tick),
            "is not <domain>.<verb>",
        ),
        (
            Job::on_schedule("leads.Count", every, tick),
            "is not <domain>.<verb>",
        ),
        (
            Job::on_schedule(
                "leads.a_name_that_is_much_too_long_for_a_function",
                every,
                tick,
            ),
            "46 characters",
        ),
    ] {
        let refused = stacks(&[job.into()]).err().unwrap_or_default();
        assert!(refused.contains(reason), "{refused}");
    }
}

#[test]
fn a_domain_that_is_too_large_for_a_stack_has_several() {
    let part = |resources: usize| Part {
        text: (0..resources)
            .map(|n| format!("  R{n}:\n    Type: A\n"))
            .collect(),
        parameters: BTreeSet::new(),
    };
    let sizes =
        |parts: Vec<Part>| -> Vec<usize> { share_out(parts).iter().map(Vec::len).collect() };

    assert_eq!(sizes((0..3).map(|_| part(150)).collect()), [3]);
    assert_eq!(sizes((0..4).map(|_| part(150)).collect()), [3, 1]);
    assert_eq!(sizes((0..130).map(|_| part(1)).collect()), [60, 60, 10]);
    let second = stack("leads", 2, &[part(1)]);
    assert_eq!(
        (second.id.as_str(), second.file.as_str()),
        ("Leads2", "infra/domains/leads-2.yaml")
    );
}

#[test]
fn the_root_keeps_what_is_written_by_hand() {
    let stacks = stacks(&[listing().into()]).unwrap();
    let root = "A\n  # The domains. From here to the mark below, `make generate` writes.\nold\n  # The end of the domains.\nB\n";

    let made = with_domains(root, &stacks).unwrap();

    assert!(
        made.starts_with("A\n  # The domains.")
            && made.ends_with("  # The end of the domains.\nB\n")
    );
    assert!(
        made.contains("\n  Leads:\n    Type: AWS::CloudFormation::Stack\n")
            && !made.contains("old")
    );
    assert_eq!(with_domains(&made, &stacks).unwrap(), made);
    assert!(with_domains("A\n", &stacks).is_err());
}
