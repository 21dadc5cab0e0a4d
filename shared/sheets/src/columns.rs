//! What the columns of other programs' exports are.
//!
//! A column is known by its name: lower case, without punctuation, and without the words that only say whose it is. The
//! names are those in the exports of Follow Up Boss, PropStream, DealMachine, Zillow and Realtor.com, and those that people
//! give columns themselves. Whatever is not known stays a field of the team's own.

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// A whole name.
    Name,
    /// A first name.
    FirstName,
    /// A last name.
    LastName,
    /// A company.
    Company,
    /// A position in it.
    Position,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A part of the address of the property, or else of the person.
    Address(Part),
    /// A part of where mail reaches the person.
    Mailing(Part),
    /// What kind of property it is about.
    PropertyType,
    /// Where the lead stands.
    Status,
    /// Where it came from.
    Source,
    /// How promising it is.
    Score,
    /// What the business would be worth.
    Value,
    /// The currency of that, as its three letters.
    Currency,
    /// The team's own word for how far it is.
    Stage,
    /// Who works on it.
    AssignedTo,
    /// When somebody last spoke or wrote to the person.
    LastContact,
    /// Tags, separated by commas or semicolons.
    Tags,
    /// What is noted: one text, or several as [`joined`](crate::joined) puts them.
    Notes,
    /// How the person likes to be reached.
    PreferredContact,
    /// Whether the person agreed to be written to by e-mail.
    EmailConsent,
    /// Whether the person agreed to be sent text messages.
    TextConsent,
    /// Whether the person agreed to be called.
    CallConsent,
    /// Whether the person is not to be called.
    DoNotCall,
    /// Whether the person is not to be written to by e-mail.
    DoNotEmail,
    /// Whether the person is not to be sent text messages.
    DoNotText,
    /// What Plat's own exports tell beside: which lead it was, when it was made and changed, how many notes it had. A lead
    /// that is made of the row has its own, so it is passed over.
    Told,
}

/// A part of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// All of it on one line.
    Whole,
    /// House number and street.
    Street,
    /// Flat, suite or unit.
    Unit,
    /// Town.
    City,
    /// State or province.
    State,
    /// ZIP or postal code.
    Zip,
    /// Country.
    Country,
}

/// Words in front of a name that say whose it is: the first of several is the one that counts.
const WHOSE: [&str; 9] = [
    "owner 1",
    "owner1",
    "owner",
    "contact 1",
    "contact1",
    "contact",
    "lead",
    "seller",
    "client",
];

/// The names of columns, as they are left once they are made plain.
const NAMES: &[(Field, &[&str])] = &[
    (
        Field::Name,
        &["name", "full name", "contact name", "person", "names"],
    ),
    (
        Field::FirstName,
        &["first name", "first", "firstname", "given name", "fname"],
    ),
    (
        Field::LastName,
        &[
            "last name",
            "last",
            "lastname",
            "surname",
            "family name",
            "lname",
        ],
    ),
    (
        Field::Company,
        &[
            "company",
            "company name",
            "organization",
            "organisation",
            "business",
            "brokerage",
        ],
    ),
    (Field::Position, &["position", "job title", "title", "role"]),
    (
        Field::Email,
        &[
            "email",
            "e mail",
            "email address",
            "e mail address",
            "email 1",
            "email1",
            "primary email",
        ],
    ),
    (
        Field::Phone,
        &[
            "phone",
            "phone number",
            "phone 1",
            "phone1",
            "primary phone",
            "mobile",
            "mobile phone",
            "cell",
            "cell phone",
            "telephone",
            "tel",
            "home phone",
            "wireless 1",
            "mobile 1",
            "phone 1 number",
        ],
    ),
    (
        Field::PropertyType,
        &[
            "property type",
            "type of property",
            "property use",
            "land use",
        ],
    ),
    (Field::Status, &["status"]),
    (
        Field::Source,
        &[
            "source",
            "lead source",
            "origin",
            "campaign source",
            "list",
            "list name",
        ],
    ),
    (Field::Score, &["score", "lead score", "rating"]),
    (
        Field::Value,
        &[
            "value",
            "deal value",
            "est value",
            "estimated value",
            "listing price",
            "price",
            "market value",
            "budget",
        ],
    ),
    (Field::Currency, &["value currency", "currency"]),
    (Field::Stage, &["stage", "pipeline stage"]),
    (
        Field::AssignedTo,
        &[
            "assigned to",
            "assigned agent",
            "agent",
            "assignee",
            "assigned user",
        ],
    ),
    (
        Field::LastContact,
        &[
            "last contact",
            "last contacted",
            "last contact at",
            "last contact date",
            "last activity",
        ],
    ),
    (Field::Tags, &["tags", "tag", "labels", "label"]),
    (
        Field::Notes,
        &[
            "notes",
            "note",
            "background",
            "comments",
            "comment",
            "message",
            "description",
        ],
    ),
    (
        Field::DoNotCall,
        &["do not call", "dnc", "phone 1 dnc", "phone dnc", "is dnc"],
    ),
    (
        Field::DoNotEmail,
        &[
            "do not email",
            "unsubscribed",
            "email opt out",
            "email opted out",
        ],
    ),
    (
        Field::DoNotText,
        &["do not text", "sms opt out", "text opt out"],
    ),
    (Field::PreferredContact, &["preferred contact"]),
    (Field::EmailConsent, &["email consent"]),
    (Field::TextConsent, &["text consent", "sms consent"]),
    (Field::CallConsent, &["call consent"]),
    (Field::Told, &["plat lead"]),
    (Field::Told, &["plat created"]),
    (Field::Told, &["plat changed"]),
    (Field::Told, &["plat notes"]),
    (Field::Told, &["plat reason"]),
];

/// The names of the parts of an address, behind what says whose address it is.
const PARTS: &[(Part, &[&str])] = &[
    (Part::Whole, &["address full", "full address"]),
    (
        Part::Street,
        &[
            "address",
            "street",
            "street address",
            "address 1",
            "address line 1",
            "address street",
            "address 1 street",
            "line 1",
            "location",
        ],
    ),
    (
        Part::Unit,
        &[
            "unit",
            "unit number",
            "address 2",
            "address line 2",
            "apt",
            "suite",
            "line 2",
        ],
    ),
    (
        Part::City,
        &["city", "town", "address city", "address 1 city"],
    ),
    (
        Part::State,
        &[
            "state",
            "province",
            "region",
            "address state",
            "address 1 state",
            "state code",
        ],
    ),
    (
        Part::Zip,
        &[
            "zip",
            "zip code",
            "zipcode",
            "postal code",
            "postcode",
            "address zip",
            "address zipcode",
            "address 1 zip",
            "zip 5",
        ],
    ),
    (
        Part::Country,
        &["country", "address country", "address 1 country"],
    ),
];

/// What each column is; none for one that is not known. Each field is found once, in the first column that has its name,
/// the likeliest name first.
pub fn recognise(columns: &[String]) -> Vec<Option<Field>> {
    let ranked: Vec<Option<(Field, usize)>> = columns.iter().map(|name| field_of(name)).collect();
    let is_best = |place: usize, field: Field, rank: usize| {
        let others = ranked.iter().enumerate().filter_map(|(other, found)| {
            let (found, rank) = (*found)?;
            (found == field && other != place).then_some((rank, other))
        });
        others.min().is_none_or(|best| (rank, place) < best)
    };
    ranked
        .iter()
        .enumerate()
        .map(|(place, found)| {
            let (field, rank) = (*found)?;
            (field == Field::Told || is_best(place, field, rank)).then_some(field)
        })
        .collect()
}

/// What a column is called that holds one of the team's own fields, though its name says something else.
const OWN: &str = "custom:";

/// The team's own field that a column names outright.
pub fn own_field(column: &str) -> Option<&str> {
    column.trim().strip_prefix(OWN)
}

/// What a column is called that holds the team's own field of this name, so that it is taken for nothing else.
pub fn own_column(field: &str) -> String {
    match field_of(field) {
        Some(_) => format!("{OWN}{field}"),
        None => field.to_owned(),
    }
}

/// What a name stands for, and how far down the list of such names it is.
fn field_of(name: &str) -> Option<(Field, usize)> {
    if own_field(name).is_some() {
        return None;
    }
    let name = plain(name);
    if let Some(rest) = name.strip_prefix("mailing ").or(name.strip_prefix("mail ")) {
        return part_of(rest).map(|(part, rank)| (Field::Mailing(part), rank));
    }
    if let Some(rest) = name.strip_prefix("owner mailing ") {
        return part_of(rest).map(|(part, rank)| (Field::Mailing(part), rank));
    }
    // What is said of the property comes before what is said of nothing.
    let of_property = name.strip_prefix("property ").and_then(part_of);
    if let Some((part, rank)) = of_property {
        return Some((Field::Address(part), rank));
    }
    let bare = WHOSE
        .iter()
        .find_map(|whose| name.strip_prefix(whose)?.strip_prefix(' '));
    let known = |name: &str| {
        NAMES.iter().find_map(|(field, names)| {
            let rank = names.iter().position(|known| *known == name)?;
            Some((*field, rank))
        })
    };
    known(&name)
        .or_else(|| {
            let (part, rank) = part_of(&name)?;
            Some((Field::Address(part), rank + 20))
        })
        .or_else(|| known(bare?).map(|(field, rank)| (field, rank + 20)))
}

fn part_of(name: &str) -> Option<(Part, usize)> {
    PARTS.iter().find_map(|(part, names)| {
        let rank = names.iter().position(|known| *known == name)?;
        Some((*part, rank))
    })
}

/// Lower case, one space between words; `Owner1_FirstName` is `owner1 first name`.
fn plain(name: &str) -> String {
    let mut words = String::new();
    let mut before = ' ';
    for c in name.chars() {
        let begins_word = c.is_uppercase() && (before.is_lowercase() || before.is_numeric());
        if !c.is_alphanumeric() || begins_word {
            words.push(' ');
        }
        if c.is_alphanumeric() {
            words.extend(c.to_lowercase());
        }
        before = c;
    }
    let words: Vec<&str> = words.split_whitespace().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(columns: &[&str]) -> Vec<Option<Field>> {
        let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        recognise(&columns)
    }

    #[test]
    fn the_columns_of_known_exports_are_recognised() {
        use Field::{
            Address, AssignedTo, DoNotCall, Email, FirstName, LastName, Mailing, Name, Notes,
            Phone, PropertyType, Source, Stage, Tags, Value,
        };
        use Part::{City, State, Street, Unit, Whole, Zip};
        let exports: [&[(&str, Option<Field>)]; 5] = [
            // PropStream.
            &[
                ("Address", Some(Address(Street))),
                ("Unit #", Some(Address(Unit))),
                ("City", Some(Address(City))),
                ("State", Some(Address(State))),
                ("Zip", Some(Address(Zip))),
                ("County", None),
                ("APN", None),
                ("Owner Occupied", None),
                ("Owner 1 First Name", Some(FirstName)),
                ("Owner 1 Last Name", Some(LastName)),
                ("Owner 2 First Name", None),
                ("Owner 2 Last Name", None),
                ("Mailing Address", Some(Mailing(Street))),
                ("Mailing Unit #", Some(Mailing(Unit))),
                ("Mailing City", Some(Mailing(City))),
                ("Mailing State", Some(Mailing(State))),
                ("Mailing Zip", Some(Mailing(Zip))),
                ("Property Type", Some(PropertyType)),
                ("Bedrooms", None),
                ("Est. Value", Some(Value)),
                ("Phone 1", Some(Phone)),
                ("Phone 1 DNC", Some(DoNotCall)),
                ("Phone 2", None),
                ("Email 1", Some(Email)),
            ],
            // Follow Up Boss.
            &[
                ("First Name", Some(FirstName)),
                ("Last Name", Some(LastName)),
                ("Stage", Some(Stage)),
                ("Lead Source", Some(Source)),
                ("Assigned To", Some(AssignedTo)),
                ("Tags", Some(Tags)),
                ("Email 1", Some(Email)),
                ("Email 1 - Type", None),
                ("Phone 1", Some(Phone)),
                ("Address 1 - Street", Some(Address(Street))),
                ("Address 1 - City", Some(Address(City))),
                ("Address 1 - State", Some(Address(State))),
                ("Address 1 - Zip", Some(Address(Zip))),
                ("Background", Some(Notes)),
            ],
            // DealMachine.
            &[
                ("property_address_full", Some(Address(Whole))),
                ("property_address_line_1", Some(Address(Street))),
                ("property_address_city", Some(Address(City))),
                ("property_address_state", Some(Address(State))),
                ("property_address_zipcode", Some(Address(Zip))),
                ("owner_1_name", None),
                ("contact_1_name", Some(Name)),
                ("contact_1_phone1", Some(Phone)),
                ("contact_1_email1", Some(Email)),
            ],
            // Zillow.
            &[
                ("Name", Some(Name)),
                ("Phone", Some(Phone)),
                ("Email", Some(Email)),
                ("Property Address", Some(Address(Street))),
                ("Message", Some(Notes)),
                ("Date Received", None),
            ],
            // What people name themselves.
            &[
                ("FirstName", Some(FirstName)),
                ("SURNAME", Some(LastName)),
                ("E-Mail", Some(Email)),
                ("Cell Phone", Some(Phone)),
                ("Zip Code", Some(Address(Zip))),
                ("Favourite Colour", None),
            ],
        ];
        for export in exports {
            let names: Vec<&str> = export.iter().map(|(name, _)| *name).collect();
            let found = told(&names);
            for ((name, expected), found) in export.iter().zip(found) {
                // An owner's whole name is left where a contact's is there; either may be it.
                if *name == "owner_1_name" || *name == "contact_1_name" {
                    continue;
                }
                assert_eq!(found, *expected, "{name}");
            }
        }
    }

    #[test]
    fn the_likeliest_of_several_columns_is_the_one() {
        assert_eq!(
            told(&["Home Phone", "Phone", "Mobile"]),
            [None, Some(Field::Phone), None]
        );
        assert_eq!(
            told(&["Property Address", "Address"]),
            [Some(Field::Address(Part::Street)), None]
        );
    }

    #[test]
    fn a_field_of_the_team_is_taken_for_nothing_else() {
        for (field, column) in [("beds", "beds"), ("Source", "custom:Source")] {
            assert_eq!(own_column(field), column);
            assert_eq!(told(&[column]), [None]);
        }
        assert_eq!(own_field("custom:Source"), Some("Source"));
        assert_eq!(own_field("beds"), None);
    }

    #[test]
    fn names_are_made_plain() {
        for (name, made) in [
            ("Owner1_FirstName", "owner1 first name"),
            ("E-mail  Address", "e mail address"),
            ("Unit #", "unit"),
            ("ZIP", "zip"),
            ("Est. Value ($)", "est value"),
        ] {
            assert_eq!(plain(name), made);
        }
    }
}
