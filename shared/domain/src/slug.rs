//! Short names in links.
//!
//! What belongs here: how a name becomes a short name. What does not: whether it is free, which the table says.

use crate::search::fold;
use crate::{Name, TeamId};

/// Characters of the name that a slug keeps: enough to recognise it, short enough to read out.
const KEPT: usize = 40;

/// The short name of a team: letters and digits of its name, and the end of its id, so that two teams may have one name.
///
/// `O'Neil's Homes` becomes `o-neil-s-homes-9pkhfz`.
pub fn team_slug(name: &Name, team: TeamId) -> String {
    let name = fold(name.as_str());
    let words: Vec<&str> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let kept: String = words.join("-").chars().take(KEPT).collect();
    let id = team.to_string().to_ascii_lowercase();
    // An id has 26 ASCII characters; the last ones are random.
    let end = id.get(id.len().saturating_sub(6)..).unwrap_or(&id);
    match kept.trim_end_matches('-') {
        "" => format!("team-{end}"),
        kept => format!("{kept}-{end}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_has_only_lower_case_letters_digits_and_single_hyphens() {
        let team: TeamId = "01D39ZY06FGSCTVN4T2V9PKHFZ".parse().unwrap();
        let long = "a".repeat(39) + " b";
        let cases = [
            ("O'Neil's  Homes", "o-neil-s-homes-9pkhfz"),
            ("Łódź & Söhne", "lodz-sohne-9pkhfz"),
            ("不動産", "team-9pkhfz"),
            (
                long.as_str(),
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-9pkhfz",
            ),
        ];
        for (name, slug) in cases {
            assert_eq!(team_slug(&Name::parse(name).unwrap(), team), slug);
        }
    }
}
