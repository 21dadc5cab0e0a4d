//! Each rule is shown what it is to refuse.

use super::*;

/// What is wrong with a root template of these resources.
fn wrong(resources: &str) -> Vec<String> {
    let text = format!("Resources:\n{resources}");
    let stacks = Stacks::of(vec![Template::parse(ROOT, &text).unwrap()]);
    let broken = stacks.broken(&[]);
    broken.iter().map(|broken| broken.what.clone()).collect()
}

#[track_caller]
fn refused(resources: &str, reason: &str) {
    let wrong = wrong(resources);
    assert!(
        wrong.iter().any(|what| what.contains(reason)),
        "{reason}: {wrong:?}"
    );
}

/// A function with a queue, as it should be.
const QUEUE: &str = "
  F:
    Type: AWS::Serverless::Function
    Properties: {Handler: leads.get, CodeUri: a/leads, Timeout: 10, Role: r}
  Q:
    Type: AWS::SQS::Queue
    Properties:
      SqsManagedSseEnabled: true
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt D.Arn, maxReceiveCount: 5}
  D:
    Type: AWS::SQS::Queue
    Properties: {SqsManagedSseEnabled: true}
  M:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref F
      EventSourceArn: !GetAtt Q.Arn
      FunctionResponseTypes: [ReportBatchItemFailures]
      ScalingConfig: {MaximumConcurrency: 2}
";

/// The rules on queues alone: the function of the example is in no registry.
fn wrong_with(resources: &str) -> Vec<String> {
    let mut wrong = wrong(resources);
    wrong.retain(|what| what != "no function is called leads.get");
    wrong
}

#[test]
fn a_queue_as_it_should_be_is_left_alone() {
    assert_eq!(wrong_with(QUEUE), Vec::<String>::new());
}

#[test]
fn a_queue_keeps_the_rules() {
    for (good, bad, reason) in [
        (
            "      RedrivePolicy: {deadLetterTargetArn: !GetAtt D.Arn, maxReceiveCount: 5}\n",
            "",
            "Q has no dead-letter queue",
        ),
        (
            "!GetAtt D.Arn, max",
            "!GetAtt Nobody.Arn, max",
            "Q has no dead-letter queue",
        ),
        (
            "VisibilityTimeout: 60",
            "VisibilityTimeout: 59",
            "Q needs a VisibilityTimeout of 6 times",
        ),
        (
            "      VisibilityTimeout: 60\n",
            "",
            "Q needs a VisibilityTimeout of 6 times",
        ),
        (
            "Timeout: 10",
            "Timeout: 11",
            "Q needs a VisibilityTimeout of 6 times",
        ),
        (
            "      FunctionResponseTypes: [ReportBatchItemFailures]\n",
            "",
            "M needs ReportBatchItemFailures",
        ),
        (
            "      ScalingConfig: {MaximumConcurrency: 2}\n",
            "",
            "M needs a MaximumConcurrency",
        ),
        (
            "MaximumConcurrency: 2",
            "MaximumConcurrency: 1",
            "M needs a MaximumConcurrency",
        ),
        (
            "Properties: {SqsManagedSseEnabled: true}",
            "Properties: {}",
            "D is not encrypted",
        ),
        (
            "EventSourceArn: !GetAtt Q.Arn",
            "EventSourceArn: arn",
            "nothing works what is in Q",
        ),
    ] {
        assert!(QUEUE.contains(good), "{good}");
        let wrong = wrong_with(&QUEUE.replacen(good, bad, 1));
        assert!(
            wrong.iter().any(|what| what.contains(reason)),
            "{reason}: {wrong:?}"
        );
    }
}

/// A job that follows a stream, as it should be, and where it puts what it gives up.
const STREAM: &str = "
  D:
    Type: AWS::SQS::Queue
    Properties: {SqsManagedSseEnabled: true}
  M:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt T.StreamArn
      FunctionResponseTypes: [ReportBatchItemFailures]
      BisectBatchOnFunctionError: true
      MaximumRetryAttempts: 2
      MaximumRecordAgeInSeconds: 60
      DestinationConfig: {OnFailure: {Destination: !GetAtt D.Arn}}
";

#[test]
fn a_stream_job_keeps_the_rules() {
    assert_eq!(wrong(STREAM), Vec::<String>::new());
    for (good, reason) in [
        (
            "      FunctionResponseTypes: [ReportBatchItemFailures]\n",
            "M needs ReportBatchItemFailures",
        ),
        (
            "      BisectBatchOnFunctionError: true\n",
            "M needs BisectBatchOnFunctionError",
        ),
        (
            "      MaximumRetryAttempts: 2\n",
            "M needs MaximumRetryAttempts",
        ),
        (
            "      MaximumRecordAgeInSeconds: 60\n",
            "M needs MaximumRecordAgeInSeconds",
        ),
        (
            "      DestinationConfig: {OnFailure: {Destination: !GetAtt D.Arn}}\n",
            "M loses what it gives up",
        ),
    ] {
        assert!(STREAM.contains(good), "{good}");
        refused(&STREAM.replacen(good, "", 1), reason);
    }
}

#[test]
fn a_stream_has_two_readers_at_most() {
    let (_, mapping) = STREAM.split_once("  M:").unwrap();
    let two = format!("{STREAM}  M2:{mapping}");

    assert_eq!(wrong(&two), Vec::<String>::new());
    refused(&format!("{two}  M3:{mapping}"), "one stream job too many");
}

#[test]
fn what_a_rule_or_a_schedule_cannot_deliver_is_kept() {
    for kind in [
        "Events::Rule\n    Properties: {Targets: [{Arn: a}]}",
        "Scheduler::Schedule\n    Properties: {Target: {Arn: a}}",
    ] {
        refused(
            &format!("  R:\n    Type: AWS::{kind}\n"),
            "R loses what its target does not take",
        );
    }
}

#[test]
fn a_rule_on_the_default_bus_hears_of_what_is_ours() {
    let rule = |bus: &str, pattern: &str| {
        format!(
            "  R:\n    Type: AWS::Events::Rule\n    Properties:\n      Targets: []\n{bus}      EventPattern:\n        source: [aws.s3]\n{pattern}"
        )
    };
    let reason = "R hears of what is not this stack's";
    let of_all = "        detail: {object: {key: [{prefix: documents/}]}}\n";
    for (bus, pattern) in [
        ("      EventBusName: default\n", ""),
        ("      EventBusName: default\n", of_all),
        ("", of_all),
    ] {
        refused(&rule(bus, pattern), reason);
    }
    let of_ours = "        detail: {bucket: {name: [!Ref FilesBucket]}}\n";
    for (bus, pattern) in [
        ("      EventBusName: default\n", of_ours),
        ("      EventBusName: !Ref BusName\n", ""),
    ] {
        assert_eq!(wrong(&rule(bus, pattern)), Vec::<String>::new());
    }
}

#[test]
fn every_index_of_the_table_is_watched() {
    let table = "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties:\n      GlobalSecondaryIndexes: [{IndexName: GSI1}, {IndexName: GSI2}]\n";
    let alarm = "Resources:\n  A:\n    Type: AWS::CloudWatch::Alarm\n    Properties:\n      Dimensions: [{Name: GlobalSecondaryIndexName, Value: GSI1}]\n";
    let parse = |file: &str, text: &str| Template::parse(file, text).unwrap();

    let broken = Stacks::of(vec![parse(ROOT, alarm), parse(DATA, table)]).broken(&[]);

    let lines: Vec<&str> = broken.iter().map(|broken| broken.what.as_str()).collect();
    assert_eq!(lines, ["no alarm looks at the throttles of GSI2"]);
}

/// A role with one statement.
fn role(statement: &str) -> String {
    format!(
        "  R:\n    Type: AWS::IAM::Role\n    Properties:\n      Statement:\n        - Effect: Allow\n{statement}"
    )
}

#[test]
fn a_star_in_a_policy_needs_its_reason() {
    let reason = "needs a reason behind it";
    for wide in [
        "          Action: s3:*\n",
        "          Action: [s3:Get, s3:*]\n",
        "          Resource: '*'\n",
        "          Resource: !Sub '${T}/index/*'\n",
        "          Resource:\n            - a\n            - !Sub arn:*\n",
        "          Resource: '*'  # because\n",
        "          Resource: '*'  # any: \n",
    ] {
        refused(&role(wide), reason);
    }
    for narrow in [
        "          Action: s3:Get\n          Resource: !Ref T\n",
        "          Resource: '*'  # any: it is the key's own policy\n",
        "          Resource:\n            - a\n            - b/*  # any: its objects\n",
    ] {
        assert_eq!(wrong(&role(narrow)), Vec::<String>::new(), "{narrow}");
    }
}

#[test]
fn what_a_policy_does_not_name_is_refused() {
    refused(
        &role("          NotAction: s3:Get\n"),
        "NotAction allows what nobody thought of",
    );
    refused(
        "  R:\n    Type: AWS::IAM::Role\n    Properties:\n      ManagedPolicyArns: [a]\n",
        "not written here",
    );
    let function = "  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: leads.get\n      Policies: [AWSLambdaExecute]\n";
    refused(function, "grant to the function's role");
    refused(function, "has no role of its own");
}

fn routes(keys: &[&str]) -> String {
    let route = |(number, key): (usize, &&str)| {
        format!(
            "  R{number}:\n    Type: AWS::ApiGatewayV2::Route\n    Properties: {{ApiId: !Ref A, RouteKey: '{key}'}}\n"
        )
    };
    keys.iter().enumerate().map(route).collect()
}

#[test]
fn routes_between_which_there_is_no_telling_are_refused() {
    let reason = "neither is more specific";
    refused(&routes(&["GET /a/{x}", "GET /a/{y}"]), reason);
    refused(&routes(&["GET /a", "GET /a"]), reason);
    refused(&routes(&["GET /a/{x}/c", "GET /a/b/{y}"]), reason);
    refused(&routes(&["GET /{x}/b", "GET /a/{y}"]), reason);
    refused(&routes(&["GET /{leadId}/b", "GET /a/{y}"]), reason);
    refused(&routes(&["GET /a/{leadId}", "GET /a/{dealId}"]), reason);
    refused(&routes(&["GET a"]), "is not a method and a path");
    let fine = [
        "GET /a/{x}",
        "GET /a/b",
        "POST /a/{x}",
        "GET /a/{x}/c",
        "GET /a/{x}/d",
        "GET /b/{x}/c",
        "GET /",
        // No id is `c`, and none is `b`.
        "GET /d/{leadId}/c",
        "GET /d/b/{batchId}",
    ];
    assert_eq!(wrong(&routes(&fine)), Vec::<String>::new());
}

#[test]
fn an_api_is_there_if_endpoints_are_declared_under_it() {
    refused(
        "  PublicApi:\n    Type: AWS::ApiGatewayV2::Api\n",
        "PublicApi has no endpoint",
    );
    refused(
        "  PublicApi:\n    Type: AWS::ApiGatewayV2::Api\n",
        "PublicApi has no stage",
    );
    let none = Stacks::of(vec![Template::parse(ROOT, "Resources: {}").unwrap()]);
    let broken = none.broken(&plat_local::functions());
    assert!(
        broken
            .iter()
            .any(|broken| broken.what.contains("there is no CrmApi"))
    );
}

#[test]
fn every_function_is_deployed_once_from_its_binary() {
    let function = |properties: &str| {
        format!(
            "  F:\n    Type: AWS::Serverless::Function\n    Properties: {{Role: r, {properties}}}\n"
        )
    };
    let of = |resources: &str| {
        let text = format!("Resources:\n{resources}");
        let stacks = Stacks::of(vec![Template::parse(ROOT, &text).unwrap()]);
        let broken = handlers::broken(&stacks, &plat_local::functions());
        broken.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let good = function("Handler: leads.get, CodeUri: ../target/lambda/leads/");
    let told = |wrong: &[String], what: &str| wrong.iter().any(|line| line.contains(what));

    assert!(!told(&of(&good), "leads.get:"));
    assert!(told(&of(&good), "leads.list: 0 templates run it"));
    assert!(told(
        &of(&(good.clone() + &good.replace("F:", "G:"))),
        "leads.get: 2 templates run it"
    ));
    assert!(told(
        &of(&function("Handler: leads.bury, CodeUri: leads")),
        "no function is called leads.bury"
    ));
    assert!(told(
        &of(&function("Handler: leads.get, CodeUri: notes")),
        "leads.get is not in the binary"
    ));
}

#[test]
fn there_is_no_more_than_aws_has_room_for() {
    let many = |count: usize, kind: &str, rest: &str| -> String {
        (0..count)
            .map(|number| format!("  R{number}:\n    Type: {kind}\n    Properties: {{{rest}}}\n"))
            .collect()
    };
    let integrations = |count| {
        many(
            count,
            "AWS::ApiGatewayV2::Integration",
            "ApiId: !Ref CrmApi",
        )
    };
    let secrets = |count| many(count, "A::B::C", "a: '{{resolve:secretsmanager:x}}'");

    assert_eq!(wrong(&integrations(300)), Vec::<String>::new());
    refused(&integrations(301), "301 integrations of CrmApi");
    refused(&many(451, "A::B::C", ""), "451 resources");
    refused(&many(2_301, "A::B::C", ""), "2301 resources in all stacks");
    assert_eq!(wrong(&secrets(60)), Vec::<String>::new());
    refused(&secrets(61), "61 dynamic references");
}

#[test]
fn a_secret_that_every_function_has_counts_for_each() {
    let functions: String = (0..61)
        .map(|number| format!("  F{number}:\n    Type: AWS::Serverless::Function\n"))
        .collect();
    let text =
        format!("Globals: {{Function: {{a: '{{{{resolve:x:y}}}}'}}}}\nResources:\n{functions}");
    let stacks = Stacks::of(vec![Template::parse(ROOT, &text).unwrap()]);

    let broken = counts::broken(&stacks);

    assert!(
        broken
            .iter()
            .any(|broken| broken.what.starts_with("61 dynamic references")),
        "{broken:?}"
    );
}

#[test]
fn what_a_nested_stack_is_given_is_followed_to_where_it_is() {
    let main = "
Resources:
  Shared:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: infra/shared.yaml}
  Jobs:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: infra/jobs.yaml
      Parameters: {Aside: !GetAtt Shared.Outputs.Aside}
";
    let shared = "
Resources:
  D:
    Type: AWS::SQS::Queue
    Properties: {SqsManagedSseEnabled: true}
Outputs:
  Aside: {Value: !GetAtt D.Arn}
";
    let (_, mapping) = STREAM.split_once("  M:").unwrap();
    let jobs = format!(
        "Resources:\n  M:{}",
        mapping.replace("!GetAtt D.Arn", "!Ref Aside")
    );
    let parse = |file: &str, text: &str| Template::parse(file, text).unwrap();
    let stacks = |jobs: &str| {
        Stacks::of(vec![
            parse(ROOT, main),
            parse("infra/shared.yaml", shared),
            parse("infra/jobs.yaml", jobs),
        ])
    };

    assert_eq!(stacks(&jobs).broken(&[]), Vec::new());
    let astray = stacks(&jobs.replace("!Ref Aside", "!Ref Other")).broken(&[]);
    let lines: Vec<String> = astray.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "infra/jobs.yaml:3: M loses what it gives up: it needs an OnFailure queue",
            "infra/shared.yaml:4: D has no dead-letter queue",
            "infra/shared.yaml:4: nothing works what is in D",
        ]
    );
}
