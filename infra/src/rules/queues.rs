//! Work that fails ends where somebody finds it: behind queues, streams, rules and schedules.

use super::{Broken, Stacks, at};
use crate::template::{Node, Resource, Template};
use std::collections::BTreeSet;

const QUEUE: &str = "AWS::SQS::Queue";
const MAPPING: &str = "AWS::Lambda::EventSourceMapping";

/// DynamoDB lets two readers at a shard of its stream.
const MOST_STREAM_JOBS: usize = 2;

/// AWS asks that a message stay hidden for six times as long as its function may work.
const VISIBILITY_IN_TIMEOUTS: u32 = 6;

/// SQS takes no less.
const LEAST_CONCURRENCY: u32 = 2;

type Id<'a> = (&'a str, &'a str);

pub(super) fn broken(stacks: &Stacks) -> Vec<Broken> {
    let mut broken = Vec::new();
    let dead_letters = dead_letters(stacks);
    let mut worked = BTreeSet::new();
    let mut streams = Vec::new();
    for template in &stacks.templates {
        for mapping in template.of_kind(MAPPING) {
            match source(stacks, template, mapping) {
                Some(queue) => {
                    worked.insert(queue);
                    broken.extend(of_queue_mapping(stacks, template, mapping, queue));
                }
                None => {
                    streams.push(at(template, mapping.node, "one stream job too many"));
                    broken.extend(of_stream_mapping(stacks, template, mapping, &dead_letters));
                }
            }
            if !reports(mapping) {
                let what = format!("{} needs ReportBatchItemFailures", mapping.id);
                broken.push(at(template, mapping.node, what));
            }
        }
        broken.extend(of_targets(stacks, template, &dead_letters));
    }
    broken.extend(streams.into_iter().skip(MOST_STREAM_JOBS));
    for template in &stacks.templates {
        for queue in template.of_kind(QUEUE) {
            let id = (template.file.as_str(), queue.id);
            let encrypted = ["SqsManagedSseEnabled", "KmsMasterKeyId"]
                .iter()
                .any(|key| queue.property(&[key]).is_some());
            if !encrypted {
                let what = format!("{} is not encrypted", queue.id);
                broken.push(at(template, queue.node, what));
            }
            if dead_letters.contains(&id) {
                continue;
            }
            let redriven = queue
                .property(&["RedrivePolicy", "deadLetterTargetArn"])
                .and_then(|target| stacks.meant(template, target));
            if redriven.is_none_or(|target| !dead_letters.contains(&target)) {
                let what = format!("{} has no dead-letter queue", queue.id);
                broken.push(at(template, queue.node, what));
            }
            if !worked.contains(&id) {
                let what = format!("nothing works what is in {}", queue.id);
                broken.push(at(template, queue.node, what));
            }
        }
    }
    broken
}

/// The queues that something which cannot be worked is put into.
fn dead_letters(stacks: &Stacks) -> BTreeSet<Id<'_>> {
    const PLACES: [&[&str]; 3] = [
        &["RedrivePolicy", "deadLetterTargetArn"],
        &["DeadLetterConfig", "Arn"],
        &["DestinationConfig", "OnFailure", "Destination"],
    ];
    let mut found = BTreeSet::new();
    for template in &stacks.templates {
        for node in template.root.walk() {
            let targets = PLACES.iter().filter_map(|place| node.at(place));
            found.extend(targets.filter_map(|target| stacks.meant(template, target)));
        }
    }
    found
}

/// The queue that a mapping reads; none if it reads a stream.
fn source<'a>(stacks: &'a Stacks, template: &'a Template, mapping: Resource<'a>) -> Option<Id<'a>> {
    let (file, id) = stacks.meant(template, mapping.property(&["EventSourceArn"])?)?;
    let kind = stacks
        .template(file)?
        .root
        .text_at(&["Resources", id, "Type"])?;
    (kind == QUEUE).then_some((file, id))
}

fn reports(mapping: Resource<'_>) -> bool {
    mapping
        .property(&["FunctionResponseTypes"])
        .is_some_and(|types| {
            types
                .items()
                .iter()
                .any(|kind| kind.text() == Some("ReportBatchItemFailures"))
        })
}

fn of_queue_mapping(
    stacks: &Stacks,
    template: &Template,
    mapping: Resource<'_>,
    (file, queue): Id<'_>,
) -> Vec<Broken> {
    let mut broken = Vec::new();
    let properties = |key| mapping.property(&["ScalingConfig"])?.number_at(&[key]);
    if properties("MaximumConcurrency").is_none_or(|most: u32| most < LEAST_CONCURRENCY) {
        let what = format!(
            "{} needs a MaximumConcurrency of {LEAST_CONCURRENCY} or more",
            mapping.id
        );
        broken.push(at(template, mapping.node, what));
    }
    let timeout = timeout(stacks, template, mapping);
    let visibility = stacks.template(file).and_then(|template| {
        template
            .root
            .number_at(&["Resources", queue, "Properties", "VisibilityTimeout"])
    });
    let enough = match (timeout, visibility) {
        (Some(timeout), Some(visibility)) => visibility >= timeout * VISIBILITY_IN_TIMEOUTS,
        (None, _) | (_, None) => false,
    };
    if !enough {
        let what = format!(
            "{queue} needs a VisibilityTimeout of {VISIBILITY_IN_TIMEOUTS} times its function's Timeout"
        );
        broken.push(at(template, mapping.node, what));
    }
    broken
}

fn timeout(stacks: &Stacks, template: &Template, mapping: Resource<'_>) -> Option<u32> {
    let (file, id) = stacks.meant(template, mapping.property(&["FunctionName"])?)?;
    let root = &stacks.template(file)?.root;
    root.number_at(&["Resources", id, "Properties", "Timeout"])
        .or_else(|| root.number_at(&["Globals", "Function", "Timeout"]))
}

fn of_stream_mapping(
    stacks: &Stacks,
    template: &Template,
    mapping: Resource<'_>,
    dead_letters: &BTreeSet<Id<'_>>,
) -> Vec<Broken> {
    let mut broken = Vec::new();
    for key in [
        "BisectBatchOnFunctionError",
        "MaximumRetryAttempts",
        "MaximumRecordAgeInSeconds",
    ] {
        if mapping.property(&[key]).is_none() {
            let what = format!(
                "{} needs {key}, or one bad change holds up all others",
                mapping.id
            );
            broken.push(at(template, mapping.node, what));
        }
    }
    let target = mapping
        .property(&["DestinationConfig", "OnFailure", "Destination"])
        .and_then(|target| stacks.meant(template, target));
    if target.is_none_or(|target| !dead_letters.contains(&target)) {
        let what = format!(
            "{} loses what it gives up: it needs an OnFailure queue",
            mapping.id
        );
        broken.push(at(template, mapping.node, what));
    }
    broken
}

/// Targets of rules and schedules.
fn of_targets(
    stacks: &Stacks,
    template: &Template,
    dead_letters: &BTreeSet<Id<'_>>,
) -> Vec<Broken> {
    let rules = template
        .of_kind("AWS::Events::Rule")
        .map(|rule| (rule, "Targets"));
    let schedules = template
        .of_kind("AWS::Scheduler::Schedule")
        .map(|each| (each, "Target"));
    let mut broken = Vec::new();
    for (resource, key) in rules.chain(schedules) {
        for target in resource
            .property(&[key])
            .map(Node::items)
            .unwrap_or_default()
        {
            let aside = target
                .at(&["DeadLetterConfig", "Arn"])
                .and_then(|aside| stacks.meant(template, aside));
            if aside.is_none_or(|aside| !dead_letters.contains(&aside)) {
                let what = format!(
                    "{} loses what its target does not take: it needs a DeadLetterConfig",
                    resource.id
                );
                broken.push(at(template, target, what));
            }
        }
    }
    broken
}
