//! What is sent when no model wrote anything that can be.
//!
//! Notes and custom fields are about the client, not for them, so a template quotes none of them: it reads the same
//! whatever is noted. It is English, whichever language was asked for.

use crate::line::one_line;
use crate::{Context, Draft, MAX_SUBJECT};
use plat_domain::{ClientStage, FollowUpType, PropertyType};

/// The most characters of a name or an address: enough to recognise it, too few for a message.
const MAX_NAME: usize = 120;

/// The words of one follow-up: its subject, two paragraphs and the next step.
struct Words {
    subject: String,
    paragraphs: [String; 3],
}

/// The draft that stands in for what a model would write.
pub fn template(context: &Context) -> Draft {
    let words = words(context);
    let [opening, middle, next_step] = words.paragraphs;
    let greeting = match first_name(&context.client_name) {
        name if name.is_empty() => "Hello,".to_owned(),
        name => format!("Hi {name},"),
    };
    let (agent, team) = (shown(&context.sender.name), shown(&context.sender.team));
    let signed: Vec<&str> = ["Best regards,", &agent, &team]
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect();
    let paragraphs = [greeting, opening, middle, next_step, signed.join("\n")];
    Draft {
        subject: one_line(&words.subject, MAX_SUBJECT),
        body: paragraphs.join("\n\n"),
    }
}

fn words(context: &Context) -> Words {
    match context.stage {
        ClientStage::Lead => for_lead(context),
        ClientStage::Negotiating => Words {
            subject: format!("Where we stand on {}", street(context)),
            paragraphs: [
                format!("I wanted to check in with you about {}.", place(context)),
                "If a term is unclear, or something has changed on your side, please tell me. It is easier to settle \
                 now than later."
                    .to_owned(),
                "Is there a question I can answer for you today? Just reply to this e-mail.".to_owned(),
            ],
        },
        ClientStage::UnderContract => Words {
            subject: format!("On the way to closing: {}", street(context)),
            paragraphs: [
                format!(
                    "I am following up on {} to make sure that everything is on its way to closing.",
                    place(context)
                ),
                "You do not have to keep track of it all yourself. If you are waiting for a document, a date or an \
                 answer, I will find out for you."
                    .to_owned(),
                "Please reply with whatever is still open on your side.".to_owned(),
            ],
        },
        ClientStage::Closed => Words {
            subject: format!("Thank you, from {}", team(context)),
            paragraphs: [
                format!("Thank you again for your trust in us with {}.", place(context)),
                "I hope all went as you wished. If a question comes up about the paperwork, or you need somebody for \
                 work on a property, I am glad to help."
                    .to_owned(),
                "You can reply to this e-mail at any time.".to_owned(),
            ],
        },
        ClientStage::Lost => Words {
            subject: format!("All the best with {}", street(context)),
            paragraphs: [
                format!("Thank you for having considered us for {}.", place(context)),
                "I understand that it was not the right moment. I wish you all the best with your plans.".to_owned(),
                "Should they change, just reply to this e-mail.".to_owned(),
            ],
        },
    }
}

fn for_lead(context: &Context) -> Words {
    let (place, street, team) = (place(context), street(context), team(context));
    match context.kind {
        FollowUpType::Day1 => Words {
            subject: format!("Hello from {team}, about {street}"),
            paragraphs: [
                format!("I wanted to introduce myself: I work with {team}, and I would be glad to help with {place}."),
                "To be of real use, I would like to know what matters most to you: the timing, the price, or simply \
                 knowing your options."
                    .to_owned(),
                "When would be a good time for a short call? Just reply with a day and an hour that suit you."
                    .to_owned(),
            ],
        },
        FollowUpType::Day3 => Words {
            subject: format!("Any questions about {street}?"),
            paragraphs: [
                format!("I am checking in about {place}."),
                "Questions tend to come up once there has been time to think. None is too small, and it costs you \
                 nothing to ask."
                    .to_owned(),
                "What would you like to know? Reply to this e-mail, and I will get back to you.".to_owned(),
            ],
        },
        FollowUpType::Week1 => Words {
            subject: format!("The market around {street}"),
            paragraphs: [
                format!("I have been thinking about {place}, and about what would help you most at this point."),
                "If you like, I can put together how comparable properties nearby are doing, or arrange a visit, so \
                 that you have something solid to decide by."
                    .to_owned(),
                "Shall I prepare that for you? A short reply is enough.".to_owned(),
            ],
        },
        FollowUpType::Week2 => Words {
            subject: format!("Following up on {street}"),
            paragraphs: [
                format!("I am following up on {place}, to see where you are with your plans."),
                "If something holds you back, I would be glad to hear of it. There is often a simple answer, and if \
                 there is none, you will know that too."
                    .to_owned(),
                "What is your biggest concern at the moment? Just reply to this e-mail.".to_owned(),
            ],
        },
        FollowUpType::Month1 => Words {
            subject: format!("Staying in touch about {street}"),
            paragraphs: [
                format!("I wanted to stay in touch about {place}."),
                "Plans take the time they take, and there is no hurry on my side. Whenever it is useful, I can tell \
                 you how the market in your area has moved."
                    .to_owned(),
                "Would you like such an update? Reply with a yes, and I will send it to you.".to_owned(),
            ],
        },
        FollowUpType::Custom => Words {
            subject: format!("About {street}"),
            paragraphs: [
                format!("I am getting in touch about {place}."),
                "I would like to hear how your plans are coming along, and whether there is anything that I can do \
                 for you."
                    .to_owned(),
                "Just reply to this e-mail, or tell me when I may call you.".to_owned(),
            ],
        },
    }
}

/// A name or an address with nothing in it that a draft or a mail program would take for markup or a link. Clients come
/// from forms that anybody fills in for anybody: what is sent to them in a team's name must not be of a stranger's making.
fn shown(name: &str) -> String {
    let plain: String = name
        .replace("://", ": ")
        .chars()
        .filter(|c| !"<>[]{}*_%".contains(*c))
        .collect();
    one_line(&plain, MAX_NAME)
}

/// The property, as it is spoken of in a sentence.
fn place(context: &Context) -> String {
    let kind = match context.property_type {
        PropertyType::Residential => "home",
        PropertyType::Commercial => "commercial property",
        PropertyType::Land => "land",
        PropertyType::Other => "property",
    };
    match shown(&context.property_address) {
        address if address.is_empty() => format!("your {kind}"),
        address => format!("the {kind} at {address}"),
    }
}

/// The first part of the property's address, which is enough among people who know of it.
fn street(context: &Context) -> String {
    let address = shown(&context.property_address);
    match address.split(',').next().map(str::trim) {
        Some(street) if !street.is_empty() => street.to_owned(),
        Some(_) | None => "your property".to_owned(),
    }
}

fn team(context: &Context) -> String {
    match shown(&context.sender.team) {
        team if team.is_empty() => "our team".to_owned(),
        team => team,
    }
}

/// How to address somebody: by the first of two or three names, and by the whole of anything else, such as `Dr. Smith`,
/// `Smith, John` or a company.
fn first_name(name: &str) -> String {
    let name = shown(name);
    let words: Vec<&str> = name.split(' ').collect();
    let is_name = |word: &&str| {
        word.chars().count() > 1 && word.chars().all(|c| c.is_alphabetic() || "'’-".contains(c))
    };
    match words.as_slice() {
        [first, others @ ..]
            if (1..=2).contains(&others.len())
                && [*first].iter().chain(others).all(is_name)
                && !NO_FIRST_NAMES.contains(&first.to_lowercase().as_str())
                && !others
                    .iter()
                    .any(|word| COMPANIES.contains(&word.to_lowercase().as_str())) =>
        {
            (*first).to_owned()
        }
        _ => name,
    }
}

const NO_FIRST_NAMES: &[&str] = &[
    "dr", "mr", "mrs", "ms", "miss", "prof", "sir", "the", "family", "estate",
];
const COMPANIES: &[&str] = &[
    "bank",
    "co",
    "company",
    "corp",
    "estate",
    "family",
    "group",
    "holdings",
    "homes",
    "inc",
    "llc",
    "lp",
    "ltd",
    "partners",
    "properties",
    "realty",
    "trust",
    "and",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::dana;
    use crate::{Footer, Sender, read_answer, render};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn every_kind_and_stage() -> impl Iterator<Item = Context> {
        FollowUpType::ALL.iter().flat_map(|kind| {
            ClientStage::ALL.iter().map(|stage| Context {
                kind: *kind,
                stage: *stage,
                ..dana()
            })
        })
    }

    #[test]
    fn a_template_reads_like_a_mail() {
        let draft = template(&dana());

        assert_eq!(draft.subject, "Any questions about 1280 Oak Street?");
        assert_eq!(
            draft.body,
            "Hi Dana,\n\n\
             I am checking in about the home at 1280 Oak Street, Austin, TX 78704.\n\n\
             Questions tend to come up once there has been time to think. None is too small, and it costs you nothing \
             to ask.\n\n\
             What would you like to know? Reply to this e-mail, and I will get back to you.\n\n\
             Best regards,\nSam Ortiz\nHarbor Homes"
        );
    }

    #[test]
    fn every_template_would_pass_as_an_answer() {
        for context in every_kind_and_stage() {
            let draft = template(&context);
            let answer = serde_json::json!({ "subject": draft.subject, "body": draft.body });
            assert_eq!(read_answer(&answer.to_string(), &context), Ok(draft));
        }
    }

    #[test]
    fn each_kind_has_its_own_words_for_a_lead() {
        let bodies: BTreeSet<String> = FollowUpType::ALL
            .iter()
            .map(|kind| {
                template(&Context {
                    kind: *kind,
                    ..dana()
                })
                .body
            })
            .collect();
        assert_eq!(bodies.len(), FollowUpType::ALL.len());
    }

    #[test]
    fn what_is_noted_about_a_client_is_not_told_to_them() {
        for context in every_kind_and_stage() {
            let bare = Context {
                notes: None,
                custom_fields: Vec::new(),
                ..context.clone()
            };
            assert_eq!(template(&context), template(&bare));
        }
    }

    #[test]
    fn people_are_addressed_by_their_first_name_where_they_have_one() {
        for (name, greeting) in [
            ("Dana Whitfield", "Hi Dana,"),
            ("Anne-Marie van Dyk", "Hi Anne-Marie,"),
            ("Dr. Smith", "Hi Dr. Smith,"),
            ("Mr Smith", "Hi Mr Smith,"),
            ("Smith, John", "Hi Smith, John,"),
            ("Whitfield Family Trust", "Hi Whitfield Family Trust,"),
            ("Cher", "Hi Cher,"),
            ("Dana\r\nBcc: x@y.example", "Hi Dana Bcc: x@y.example,"),
            (
                "Dana <b>https://evil.example</b>",
                "Hi Dana bhttps: evil.example/b,",
            ),
            (
                "[Dana](https://evil.example)",
                "Hi Dana(https: evil.example),",
            ),
            ("  ", "Hello,"),
        ] {
            let context = Context {
                client_name: name.to_owned(),
                ..dana()
            };
            assert_eq!(
                template(&context).body.lines().next(),
                Some(greeting),
                "{name:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_template_is_sent_whole_whoever_it_is_for(
            name in any::<String>(), address in any::<String>(), agent in any::<String>(), team in any::<String>(),
        ) {
            let footer = Footer {
                business: "Harbor Homes".to_owned(),
                website: String::new(),
                postal_address: "1 Pier Road".to_owned(),
                unsubscribe: "https://plat.example/u".to_owned(),
            };
            for context in every_kind_and_stage() {
                let draft = template(&Context {
                    client_name: name.clone(),
                    property_address: address.clone(),
                    sender: Sender { name: agent.clone(), team: team.clone() },
                    ..context
                });
                prop_assert!(!draft.subject.is_empty() && !draft.subject.chars().any(char::is_control));
                prop_assert!(draft.body.len() <= crate::MAX_BODY);
                let mail = render(&draft, &footer);
                prop_assert!(mail.text.starts_with(&draft.body[..2]) && mail.text.contains("Best regards,"));
                prop_assert_eq!(mail.html.matches("<a ").count(), 1);
            }
        }
    }
}
