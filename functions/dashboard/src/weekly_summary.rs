//! The words of the weekly summary. It is English, as all of Plat's own mails are.

use jiff::civil::Date;
use plat_domain::Name;
use plat_services::Mail;
use std::collections::BTreeMap;

/// What somebody is told of a week in a team.
#[derive(Debug, Clone)]
pub(crate) struct Summary {
    pub(crate) team: Name,
    /// The first day of the week.
    pub(crate) monday: Date,
    /// The last.
    pub(crate) sunday: Date,
    /// Clients that were made.
    pub(crate) clients: u64,
    /// To-dos and follow-ups that were done.
    pub(crate) tasks_done: u64,
    /// What is to be done by now and is not.
    pub(crate) overdue: Overdue,
    /// E-mails to clients; none for who may not see them.
    pub(crate) emails: Option<Emails>,
}

/// Tasks that were to be done by now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Overdue {
    /// As many as were counted.
    pub(crate) tasks: usize,
    /// Whether there are more.
    pub(crate) and_more: bool,
}

/// E-mails to clients.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Emails {
    /// Follow-ups that were sent.
    pub(crate) sent: u64,
    /// E-mails that were opened for the first time, whenever they were sent.
    pub(crate) opened: u64,
    /// E-mails in which a link was followed for the first time.
    pub(crate) clicked: u64,
}

impl Summary {
    /// Whether there is nothing to tell.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines().is_empty()
    }

    /// The mail; links lead to the app at `origin`.
    pub(crate) fn mail(&self, to: &str, origin: &str) -> Mail {
        let (from, until) = (
            self.monday.strftime("%-d %B"),
            self.sunday.strftime("%-d %B"),
        );
        let title = format!("Your week at {}, {from} to {until}", self.team);
        let lines = self.lines();
        let (dashboard, profile) = (
            format!("{origin}/dashboard"),
            format!("{origin}/settings/profile"),
        );
        let why = "This comes on Mondays. You can turn it off in your profile:";
        let text: String = lines.iter().map(|line| format!("- {line}\n")).collect();
        let html: String = lines
            .iter()
            .map(|line| format!("<li>{}</li>\n", escaped(line)))
            .collect();
        Mail {
            to: to.to_owned(),
            subject: format!("Your week at {}", self.team),
            text: format!(
                "{title}\n\n{text}\nYour dashboard: {dashboard}\n\n{why} {profile}\n\nPlat\n"
            ),
            html: format!(
                "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
                 <body>\n<p>{title}</p>\n<ul>\n{html}</ul>\n<p><a href=\"{dashboard}\">Your dashboard</a></p>\n\
                 <p>{why} <a href=\"{profile}\">{profile}</a></p>\n<p>Plat</p>\n</body>\n</html>\n",
                title = escaped(&title),
                dashboard = escaped(&dashboard),
                profile = escaped(&profile),
            ),
            headers: BTreeMap::new(),
        }
    }

    /// What is worth telling: what is zero is not.
    fn lines(&self) -> Vec<String> {
        let emails = self.emails.map_or([None, None, None], |emails| {
            [
                count(emails.sent, "follow-up was sent", "follow-ups were sent"),
                count(emails.opened, "e-mail was opened", "e-mails were opened"),
                count(
                    emails.clicked,
                    "e-mail led to a click",
                    "e-mails led to a click",
                ),
            ]
        });
        let clients = count(self.clients, "client was added", "clients were added");
        let done = count(self.tasks_done, "task was done", "tasks were done");
        let overdue = match self.overdue {
            Overdue {
                tasks,
                and_more: true,
            } => Some(format!("More than {tasks} tasks are overdue.")),
            Overdue {
                tasks,
                and_more: false,
            } => count(tasks, "task is overdue", "tasks are overdue"),
        };
        [clients]
            .into_iter()
            .chain(emails)
            .chain([done, overdue])
            .flatten()
            .collect()
    }
}

fn count(number: impl TryInto<u64>, one: &str, several: &str) -> Option<String> {
    match number.try_into().unwrap_or_default() {
        0 => None,
        1 => Some(format!("1 {one}.")),
        number => Some(format!("{number} {several}.")),
    }
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn summary() -> Summary {
        Summary {
            team: Name::parse("Harbor Homes").unwrap(),
            monday: date(2026, 2, 23),
            sunday: date(2026, 3, 1),
            clients: 1,
            tasks_done: 12,
            overdue: Overdue {
                tasks: 0,
                and_more: false,
            },
            emails: Some(Emails {
                sent: 7,
                opened: 1,
                clicked: 0,
            }),
        }
    }

    #[test]
    fn it_says_what_happened_where_more_is_and_how_to_turn_it_off() {
        let mail = summary().mail("ann@example.com", "https://app.plat.example");

        assert_eq!(mail.subject, "Your week at Harbor Homes");
        assert_eq!(
            mail.text,
            "Your week at Harbor Homes, 23 February to 1 March\n\n\
             - 1 client was added.\n- 7 follow-ups were sent.\n- 1 e-mail was opened.\n- 12 tasks were done.\n\n\
             Your dashboard: https://app.plat.example/dashboard\n\n\
             This comes on Mondays. You can turn it off in your profile: https://app.plat.example/settings/profile\n\n\
             Plat\n"
        );
        assert!(mail.html.contains("<li>1 client was added.</li>"));
        assert!(
            mail.html
                .contains("href=\"https://app.plat.example/settings/profile\"")
        );
    }

    #[test]
    fn nothing_to_tell_is_no_mail_and_what_is_overdue_is_something() {
        let quiet = Summary {
            clients: 0,
            tasks_done: 0,
            emails: None,
            ..summary()
        };
        assert!(quiet.is_empty());
        for (tasks, and_more, line) in [
            (1, false, "1 task is overdue."),
            (4, false, "4 tasks are overdue."),
            (100, true, "More than 100 tasks are overdue."),
        ] {
            let overdue = Overdue { tasks, and_more };
            let late = Summary {
                overdue,
                ..quiet.clone()
            };
            assert_eq!(late.lines(), [line]);
        }
    }

    #[test]
    fn a_teams_name_is_text() {
        let named = Summary {
            team: Name::parse("<b>A & B</b>").unwrap(),
            ..summary()
        };
        let mail = named.mail("ann@example.com", "https://app.plat.example");
        assert!(!mail.html.contains("<b>"), "{}", mail.html);
        assert!(mail.html.contains("&lt;b&gt;A &amp; B&lt;/b&gt;"));
    }
}
