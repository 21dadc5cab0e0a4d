//! The words of the mails that carry a token.
//!
//! Subjects are ours alone: what people choose, such as the name of a team, stands only in the body, shortened, on one
//! line, and escaped where it is HTML. So nobody can use an invitation to write a mail of their own in our name.

use plat_domain::InviteDetails;
use plat_services::Mail;
use std::collections::BTreeMap;

/// Characters of a name that a mail repeats: enough to recognise it, too few for a message.
const SHOWN: usize = 80;

/// Asks whoever reads an address to confirm it.
pub(crate) fn verify_email(to: &str, link: &str) -> Mail {
    compose(
        to,
        "Confirm your e-mail address",
        &["Welcome to Plat. Please confirm that this address is yours."],
        ("Confirm this address", link),
        &["The link works for 24 hours. If you did not sign up, you can ignore this mail."],
    )
}

/// Lets whoever reads an address set a new password.
pub(crate) fn reset_password(to: &str, link: &str) -> Mail {
    compose(
        to,
        "Set a new password",
        &["Somebody, hopefully you, asked for a new password for your Plat account."],
        ("Set a new password", link),
        &[
            "The link works once, for one hour. Setting a new password signs you out on every device.",
            "If it was not you, you can ignore this mail: your password stays as it is.",
        ],
    )
}

/// Invites somebody to a team.
pub(crate) fn accept_invite(to: &str, invite: &InviteDetails, link: &str) -> Mail {
    let invitation = format!(
        "{} invites you to join the team \u{201c}{}\u{201d} on Plat as {}.",
        shown(&invite.invited_by),
        shown(&invite.team_name),
        invite.role.as_str(),
    );
    compose(
        to,
        "You are invited to a team on Plat",
        &[&invitation],
        ("Accept the invitation", link),
        &["The link works once. If you do not know the sender, you can ignore this mail."],
    )
}

fn compose(
    to: &str,
    subject: &str,
    before: &[&str],
    (action, link): (&str, &str),
    behind: &[&str],
) -> Mail {
    let text_of = |paragraphs: &[&str]| paragraphs.join("\n\n");
    let html_of = |paragraphs: &[&str]| -> String {
        let paragraph = |text: &&str| format!("<p>{}</p>\n", escaped(text));
        paragraphs.iter().map(paragraph).collect()
    };
    let (subject, action) = (subject.to_owned(), escaped(action));
    Mail {
        to: to.to_owned(),
        text: format!(
            "{}\n\n{link}\n\n{}\n\nPlat\n",
            text_of(before),
            text_of(behind)
        ),
        html: format!(
            "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n<body>\n\
             {}<p><a href=\"{}\">{action}</a></p>\n{}<p>Plat</p>\n</body>\n</html>\n",
            escaped(&subject),
            html_of(before),
            escaped(link),
            html_of(behind),
        ),
        subject,
        headers: BTreeMap::new(),
    }
}

/// A name on one line, shortened, and with nothing in it that a mail program would turn into a link.
fn shown(name: &str) -> String {
    let name = name.replace("://", ": ");
    let mut line = String::new();
    let mut kept = name
        .chars()
        .filter(|c| !c.is_control())
        .take(SHOWN)
        .peekable();
    while let Some(c) = kept.next() {
        line.push(c);
        // A full stop between letters is what makes `evil.example` an address; a space of no width parts them.
        if c == '.' && kept.peek().is_some_and(|next| next.is_alphanumeric()) {
            line.push('\u{200b}');
        }
    }
    line.trim().to_owned()
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
    use plat_domain::{Role, TeamId};

    const LINK: &str = "https://app.plat.example/accept-invite?token=abc";

    fn invitation(by: &str, team: &str) -> Mail {
        let details = InviteDetails {
            team: TeamId::from_bits(1),
            team_name: team.to_owned(),
            role: Role::Manager,
            invited_by: by.to_owned(),
        };
        accept_invite("bob@example.com", &details, LINK)
    }

    #[test]
    fn an_invitation_names_team_inviter_and_role() {
        let mail = invitation("Ann", "Harbor Homes");

        for part in [&mail.text, &mail.html] {
            for word in ["Ann", "Harbor Homes", "manager", LINK] {
                assert!(part.contains(word), "{word} in {part}");
            }
        }
    }

    #[test]
    fn a_name_with_markup_is_text_in_html() {
        let mail = invitation("<b>Ann</b>", "\"><script>alert('1')</script> & Co");

        assert!(
            mail.html.contains("&lt;b&gt;Ann&lt;/b&gt;"),
            "{}",
            mail.html
        );
        assert!(!mail.html.contains("<b>") && !mail.html.contains("<script"));
        assert!(mail.html.contains("&amp; Co"));
        assert!(mail.text.contains("<b>Ann</b>"));
    }

    #[test]
    fn a_name_is_no_message_no_link_and_no_header() {
        let long = "Win a prize at https://evil.example now ".repeat(10);
        let mail = invitation(&long, "A\r\nBcc: everybody@example.com");

        assert!(!mail.text.contains("https://evil") && !mail.text.contains("evil.example"));
        assert!(!mail.text.contains("\nBcc"));
        assert_eq!(mail.subject, "You are invited to a team on Plat");
        assert!(mail.headers.is_empty());
        let longest = mail.text.lines().map(|line| line.chars().count()).max();
        assert!(longest < Some(300), "{}", mail.text);
    }

    #[test]
    fn each_mail_has_its_link_once_in_text_and_once_in_html() {
        let mails = [
            verify_email("ann@example.com", LINK),
            reset_password("ann@example.com", LINK),
            invitation("Ann", "Homes"),
        ];
        for mail in mails {
            assert_eq!(mail.text.matches(LINK).count(), 1, "{}", mail.subject);
            assert_eq!(mail.html.matches(LINK).count(), 1, "{}", mail.subject);
        }
    }
}
