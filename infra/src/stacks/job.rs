//! A job: behind the table's stream, a queue or the clock, and what takes the work that it cannot do.

use super::function::{Draft, scalar};
use super::names::Names;
use super::parameter::Parameter;
use plat_domain::EventType;
use plat_registry::{FileEvent, Job, Schedule, Source};
use plat_services::bus::EVENT_SOURCE;
use std::collections::BTreeSet;

/// A message is handed over so often before it is set aside.
const RECEIVED_AT_MOST: u32 = 5;

/// Seconds that a message waits: four days for one to be worked, and 14, the most there is, for somebody to look at it.
const KEPT: u32 = 345_600;
const KEPT_ASIDE: u32 = 1_209_600;

/// While a function works, Lambda may hold its messages for as many timeouts as this; AWS asks for no less.
const VISIBILITY_IN_TIMEOUTS: u32 = 6;

/// A batch of more messages than this is gathered for a second.
const UNGATHERED: u32 = 10;

/// A failed batch of changes holds up all that come behind it. It is halved until the culprit is alone; that is tried so
/// often, or until it is half as old as the stream remembers, which leaves somebody the other half to look at it.
const TRIES_OF_CHANGES: u32 = 20;
const OLDEST_CHANGE: u32 = 43_200;

pub(super) fn part(job: &Job) -> Result<Draft, String> {
    let names = Names::of(job.operation)?;
    let mut parameters = BTreeSet::from([Parameter::AlarmTopic]);
    let source = match job.source {
        Source::Changes { kinds } => {
            parameters.extend([Parameter::StreamArn, Parameter::FailedChanges]);
            changes(job, names, kinds)
        }
        Source::Events { types } => {
            parameters.insert(Parameter::BusName);
            queue(job, names, Some(rule(job, names, types)))
        }
        Source::Files { prefix, what } => {
            parameters.insert(Parameter::FilesBucket);
            queue(job, names, Some(rule_on_files(job, names, prefix, what)))
        }
        Source::Mail => {
            parameters.insert(Parameter::TeamMailConfigurationSet);
            queue(job, names, Some(rule_on_mail(job, names)))
        }
        Source::Messages => queue(job, names, None),
        Source::Schedule(schedule) => clock(job, names, schedule),
    };
    Ok(Draft {
        memory: job.memory,
        timeout: job.timeout,
        summary: job.summary,
        source,
        parameters,
    })
}

/// The table's stream.
fn changes(job: &Job, names: Names, kinds: &[&str]) -> String {
    let (id, batch, name, operation) = (names.id(), job.batch, names.resource(), job.operation);
    let filter = if kinds.is_empty() {
        String::new()
    } else {
        // A record that comes has a new image, one that goes an old one, and one that changes both.
        let patterns: String = ["NewImage", "OldImage"]
            .map(|image| {
                let kinds = format!("[\"{}\"]", kinds.join("\", \""));
                format!("          - Pattern: '{{\"dynamodb\": {{\"{image}\": {{\"type\": {{\"S\": {kinds}}}}}}}}}'\n")
            })
            .concat();
        format!("      FilterCriteria:\n        Filters:\n{patterns}")
    };
    format!(
        "  \
  {id}Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref {id}
      EventSourceArn: !Ref StreamArn
      StartingPosition: TRIM_HORIZON
      BatchSize: {batch}
      BisectBatchOnFunctionError: true
      MaximumRetryAttempts: {TRIES_OF_CHANGES}
      MaximumRecordAgeInSeconds: {OLDEST_CHANGE}
      FunctionResponseTypes: [ReportBatchItemFailures]
{filter}      DestinationConfig:
        OnFailure:
          Destination: !Ref FailedChanges
  {id}LagAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub {name}-lag
      AlarmDescription: >-
        {operation} is five minutes behind the changes of the table: a change keeps failing and holds up all behind it, or
        there are more than it can work. Its log tells which. A change that fails for good is set aside after
        {TRIES_OF_CHANGES} tries.
      Namespace: AWS/Lambda
      MetricName: IteratorAge
      Dimensions:
        - Name: FunctionName
          Value: !Ref {id}
      Statistic: Maximum
      Period: 300
      EvaluationPeriods: 2
      Threshold: 300000
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
      AlarmActions: [!Ref AlarmTopic]
      OKActions: [!Ref AlarmTopic]
"
    )
}

/// What puts messages into a queue from outside, and the ARN that it does so as.
struct Filled {
    by: String,
    text: String,
}

/// A rule on our bus.
fn rule(job: &Job, names: Names, types: &[EventType]) -> Filled {
    let types = if types.is_empty() {
        String::new()
    } else {
        let listed: String = types
            .iter()
            .map(|kind| format!("          - {}\n", kind.as_str()))
            .collect();
        format!("        detail-type:\n{listed}")
    };
    let pattern = format!("        source: [{EVENT_SOURCE}]\n{types}");
    filled(job, names, "!Ref BusName", &pattern, "Events for")
}

/// A rule on a bus. What it cannot put into the queue goes where failures of the queue go.
fn filled(job: &Job, names: Names, bus: &str, pattern: &str, description: &str) -> Filled {
    let id = names.id();
    let description = scalar(&format!("{description} {}", job.operation));
    let text = format!(
        "  \
  {id}Rule:
    Type: AWS::Events::Rule
    Properties:
      Description: {description}
      EventBusName: {bus}
      EventPattern:
{pattern}      Targets:
        - Id: queue
          Arn: !GetAtt {id}Queue.Arn
          DeadLetterConfig:
            Arn: !GetAtt {id}DeadLetters.Arn
"
    );
    Filled {
        by: format!("!GetAtt {id}Rule.Arn"),
        text,
    }
}

/// A rule on the account's default bus, the only one on which S3 and GuardDuty tell of files.
fn rule_on_files(job: &Job, names: Names, prefix: &str, what: FileEvent) -> Filled {
    let (source, kind, detail) = match what {
        FileEvent::Created => (
            "aws.s3",
            "Object Created",
            format!(
                "          bucket:
            name: [!Ref FilesBucket]
          object:
            key: [{{prefix: {prefix}}}]
"
            ),
        ),
        FileEvent::Scanned => (
            "aws.guardduty",
            "GuardDuty Malware Protection Object Scan Result",
            format!(
                "          s3ObjectDetails:
            bucketName: [!Ref FilesBucket]
            objectKey: [{{prefix: {prefix}}}]
"
            ),
        ),
    };
    let pattern = format!(
        "        source: [{source}]\n        detail-type: [{kind}]\n        detail:\n{detail}"
    );
    filled(
        job,
        names,
        "default",
        &pattern,
        "What happens to files, for",
    )
}

/// A rule on the account's default bus, the only one on which SES tells of mail: that of teams, which has a set of its own.
fn rule_on_mail(job: &Job, names: Names) -> Filled {
    let pattern = "        source: [aws.ses]
        detail:
          mail:
            tags:
              ses:configuration-set: [!Ref TeamMailConfigurationSet]
";
    filled(
        job,
        names,
        "default",
        pattern,
        "What becomes of mail of teams, for",
    )
}

/// A queue, its dead letters, and what tells of either.
fn queue(job: &Job, names: Names, filled: Option<Filled>) -> String {
    let (id, name, operation) = (names.id(), names.resource(), job.operation);
    let visibility = job.timeout * VISIBILITY_IN_TIMEOUTS;
    let (batch, concurrency) = (job.batch, job.concurrency.max(2));
    let window = if batch > UNGATHERED {
        "      MaximumBatchingWindowInSeconds: 1\n"
    } else {
        ""
    };
    let (by, rule) = match filled {
        Some(Filled { by, text }) => (Some(by), text),
        None => (None, String::new()),
    };
    let policy = queue_policy(&id, "Queue", by.as_deref());
    let dead = dead_letters(names, by.as_deref());
    let alarm = dead_letters_alarm(
        names,
        &format!(
            "        \
        {operation} could not do what messages asked of it, {RECEIVED_AT_MOST} times each; they wait in {name}-dead for 14
        days. Its log tells why. Mend that, then put them back with `aws sqs start-message-move-task`, from that queue to
        {name}. Messages may be worked twice.
"
        ),
    );
    format!(
        "\
{rule}  {id}Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub {name}
      VisibilityTimeout: {visibility}
      MessageRetentionPeriod: {KEPT}
      SqsManagedSseEnabled: true
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt {id}DeadLetters.Arn
        maxReceiveCount: {RECEIVED_AT_MOST}
{policy}{dead}  {id}Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref {id}
      EventSourceArn: !GetAtt {id}Queue.Arn
      BatchSize: {batch}
{window}      FunctionResponseTypes: [ReportBatchItemFailures]
      ScalingConfig:
        MaximumConcurrency: {concurrency}
{alarm}  {id}AgeAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub {name}-age
      AlarmDescription: >-
        Messages have waited a quarter of an hour for {operation}: it fails and tries again, Lambda refuses to run it, or
        there are more than {concurrency} of it at a time can work. Its log and the alarm on throttles tell which. If it is
        healthy and only slow, wait, or give its declaration more concurrency.
      Namespace: AWS/SQS
      MetricName: ApproximateAgeOfOldestMessage
      Dimensions:
        - Name: QueueName
          Value: !GetAtt {id}Queue.QueueName
      Statistic: Maximum
      Period: 300
      EvaluationPeriods: 2
      Threshold: 900
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
      AlarmActions: [!Ref AlarmTopic]
      OKActions: [!Ref AlarmTopic]
"
    )
}

/// The clock. It hands its work over and goes; what fails then is Lambda's to try again and to set aside.
fn clock(job: &Job, names: Names, schedule: Schedule) -> String {
    let (id, name, operation) = (names.id(), names.resource(), job.operation);
    let expression = match schedule {
        Schedule::Every { minutes: 1 } => "rate(1 minute)".to_owned(),
        Schedule::Every { minutes } => format!("rate({minutes} minutes)"),
        Schedule::Daily { hour, minute } => format!("cron({minute} {hour} * * ? *)"),
    };
    let summary = scalar(job.summary);
    let dead = dead_letters(names, None);
    let alarm = dead_letters_alarm(
        names,
        &format!(
            "        \
        {operation} was due and did not do its work, in three tries; the message in {name}-dead tells why, and so does its
        log. Mend that. It runs again when it is due next, and does then what it left undone; delete the message.
"
        ),
    );
    format!(
        "  \
  {id}Schedule:
    Type: AWS::Scheduler::Schedule
    Properties:
      Name: !Sub {name}
      Description: {summary}
      ScheduleExpression: {expression}
      ScheduleExpressionTimezone: UTC
      FlexibleTimeWindow:
        Mode: 'OFF'
      Target:
        Arn: !GetAtt {id}.Arn
        RoleArn: !GetAtt {id}ScheduleRole.Arn
        RetryPolicy:
          MaximumRetryAttempts: 2
          MaximumEventAgeInSeconds: 3600
        DeadLetterConfig:
          Arn: !GetAtt {id}DeadLetters.Arn
  {id}ScheduleRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal:
              Service: scheduler.amazonaws.com
            Action: sts:AssumeRole
            Condition:
              StringEquals:
                aws:SourceAccount: !Ref AWS::AccountId
      Policies:
        - PolicyName: granted
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - Sid: Start
                Effect: Allow
                Action: lambda:InvokeFunction
                Resource: !GetAtt {id}.Arn
              - Sid: SetAside
                Effect: Allow
                Action: sqs:SendMessage
                Resource: !GetAtt {id}DeadLetters.Arn
  {id}Retries:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref {id}
      Qualifier: $LATEST
      MaximumRetryAttempts: 2
      MaximumEventAgeInSeconds: 3600
      DestinationConfig:
        OnFailure:
          Destination: !GetAtt {id}DeadLetters.Arn
{dead}{alarm}"
    )
}

/// Where work ends that could not be done.
fn dead_letters(names: Names, filled_by: Option<&str>) -> String {
    let (id, name) = (names.id(), names.dead_letters());
    let policy = queue_policy(&id, "DeadLetters", filled_by);
    format!(
        "  \
  {id}DeadLetters:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub {name}
      MessageRetentionPeriod: {KEPT_ASIDE}
      SqsManagedSseEnabled: true
{policy}"
    )
}

/// Who may use a queue beside the roles that are granted it: the rule that fills it, if one does. Nobody without TLS.
fn queue_policy(id: &str, queue: &str, filled_by: Option<&str>) -> String {
    let filled = filled_by.map_or_else(String::new, |rule| {
        format!(
            "          - Sid: FilledByItsRule
            Effect: Allow
            Principal:
              Service: events.amazonaws.com
            Action: sqs:SendMessage
            Resource: !GetAtt {id}{queue}.Arn
            Condition:
              ArnEquals:
                aws:SourceArn: {rule}
"
        )
    });
    format!(
        "  \
  {id}{queue}Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref {id}{queue}]
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
{filled}          - Sid: OnlyWithTls
            Effect: Deny
            Principal: '*'
            Action: sqs:*  # any: denied, not allowed
            Resource: !GetAtt {id}{queue}.Arn
            Condition:
              Bool:
                aws:SecureTransport: 'false'
"
    )
}

fn dead_letters_alarm(names: Names, description: &str) -> String {
    let (id, name) = (names.id(), names.dead_letters());
    format!(
        "  \
  {id}DeadLettersAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub {name}-letters
      AlarmDescription: !Sub >-
{description}      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions:
        - Name: QueueName
          Value: !GetAtt {id}DeadLetters.QueueName
      Statistic: Maximum
      Period: 300
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
      AlarmActions: [!Ref AlarmTopic]
      OKActions: [!Ref AlarmTopic]
"
    )
}
