//! The statuses of a lead and the moves between them.

use crate::invalid::wire_enum;

wire_enum! {
    /// Where a lead stands.
    pub enum LeadStatus {
        /// Nobody has spoken to them.
        New = "new",
        /// Somebody has.
        Contacted = "contacted",
        /// They can and may want to do business.
        Qualified = "qualified",
        /// They have an offer.
        Proposal = "proposal",
        /// The offer is being discussed.
        Negotiation = "negotiation",
        /// They do business.
        Won = "won",
        /// They do not.
        Lost = "lost",
    }
}

/// Why a lead cannot move to a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoveRefused {
    /// The lead already stands there.
    #[error("The lead already has this status.")]
    Same,
    /// A closed lead moves only with a note that tells why.
    #[error("A closed lead moves only with a note.")]
    NoteRequired,
}

impl LeadStatus {
    /// Whether the lead is still being worked: neither won nor lost.
    pub const fn is_open(self) -> bool {
        match self {
            Self::New | Self::Contacted | Self::Qualified | Self::Proposal | Self::Negotiation => {
                true
            }
            Self::Won | Self::Lost => false,
        }
    }

    /// Whether a lead may move from `from` to `to`: from an open status to any other, from
    /// a closed one to any other with a note. A blank note is none.
    ///
    /// # Errors
    /// [`MoveRefused`].
    pub fn check_move(from: Self, to: Self, note: Option<&str>) -> Result<(), MoveRefused> {
        let has_note = note.is_some_and(|note| !note.trim().is_empty());
        if from == to {
            Err(MoveRefused::Same)
        } else if from.is_open() || has_note {
            Ok(())
        } else {
            Err(MoveRefused::NoteRequired)
        }
    }

    /// Where a lead may move from `from`, given a note where one is needed.
    pub fn legal_moves(from: Self) -> Vec<Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(|to| Self::check_move(from, *to, Some("note")).is_ok())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn moves_between_statuses_follow_the_table() {
        use LeadStatus::{Contacted, Lost, Negotiation, New, Proposal, Qualified, Won};
        let ok = Ok(());
        let cases = [
            (New, Contacted, None, ok),
            (New, Won, None, ok),
            (Negotiation, New, None, ok),
            (Proposal, Qualified, None, ok),
            (Contacted, Lost, Some("gone"), ok),
            (New, New, None, Err(MoveRefused::Same)),
            (Won, Won, Some("again"), Err(MoveRefused::Same)),
            (Won, New, None, Err(MoveRefused::NoteRequired)),
            (Won, Lost, None, Err(MoveRefused::NoteRequired)),
            (Lost, New, Some("  "), Err(MoveRefused::NoteRequired)),
            (Won, Lost, Some("fell through"), ok),
            (Lost, Won, Some("came back"), ok),
            (Lost, New, Some("called again"), ok),
        ];
        for (from, to, note, expected) in cases {
            assert_eq!(
                LeadStatus::check_move(from, to, note),
                expected,
                "{from} to {to}"
            );
        }
    }

    #[test]
    fn a_lead_can_reach_every_other_status() {
        for from in LeadStatus::ALL {
            let moves = LeadStatus::legal_moves(*from);
            assert_eq!(moves.len(), LeadStatus::ALL.len() - 1);
            assert!(!moves.contains(from));
        }
    }

    fn any_status() -> impl Strategy<Value = LeadStatus> {
        prop::sample::select(LeadStatus::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn along_any_walk_a_closed_lead_moves_only_with_a_note(
            steps in prop::collection::vec((any_status(), prop::option::of("[ a-z]{0,3}")), 0..30),
        ) {
            let mut status = LeadStatus::New;
            for (to, note) in steps {
                let noted = note.as_deref().is_some_and(|note| !note.trim().is_empty());
                match LeadStatus::check_move(status, to, note.as_deref()) {
                    Ok(()) => {
                        prop_assert!(status != to && (status.is_open() || noted));
                        prop_assert!(LeadStatus::legal_moves(status).contains(&to));
                        status = to;
                    }
                    Err(MoveRefused::Same) => prop_assert_eq!(status, to),
                    Err(MoveRefused::NoteRequired) => {
                        prop_assert!(!status.is_open() && !noted && status != to);
                    }
                }
            }
        }
    }
}
