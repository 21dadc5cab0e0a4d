//! What a message is known by when something is told of it.

use plat_domain::{EmailId, Id, TaskId, TeamId};

/// Names that no field of a provider's own has: SendGrid puts them beside its `email`, which is an address.
const TEAM: &str = "plat_team";
const EMAIL: &str = "plat_email";
const TASK: &str = "plat_task";

/// Whose message it is, and why it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailTags {
    /// The team.
    pub team: TeamId,
    /// The e-mail.
    pub email: EmailId,
    /// The task that it was sent for, if it was.
    pub task: Option<TaskId>,
}

/// Tags as they came back. None of them need be there: people may write by the same account themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct FoundTags {
    pub(crate) team: Option<TeamId>,
    pub(crate) email: Option<EmailId>,
    pub(crate) task: Option<TaskId>,
}

impl MailTags {
    /// Names and values: letters, digits and underscores, as SES wants them.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'static str, String)> {
        let task = self.task.map(|task| (TASK, task.to_string()));
        [
            (TEAM, self.team.to_string()),
            (EMAIL, self.email.to_string()),
        ]
        .into_iter()
        .chain(task)
    }
}

impl FoundTags {
    /// Those that `value` knows by name. What is no id is none.
    pub(crate) fn read<'a>(value: impl Fn(&str) -> Option<&'a str>) -> Self {
        Self {
            team: value(TEAM).and_then(|id| Id::parse(id).ok()),
            email: value(EMAIL).and_then(|id| Id::parse(id).ok()),
            task: value(TASK).and_then(|id| Id::parse(id).ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn tags_come_back_as_they_went() {
        for task in [None, Some(Id::from_bits(3))] {
            let tags = MailTags {
                team: Id::from_bits(1),
                email: Id::from_bits(2),
                task,
            };

            let carried: BTreeMap<_, _> = tags.pairs().collect();
            let found = FoundTags::read(|name| carried.get(name).map(String::as_str));

            assert_eq!(
                found,
                FoundTags {
                    team: Some(tags.team),
                    email: Some(tags.email),
                    task,
                }
            );
        }
    }

    #[test]
    fn what_is_no_id_is_no_tag() {
        assert_eq!(FoundTags::read(|_| Some("x")), FoundTags::default());
    }
}
