//! The problems that only leads have.

use plat_domain::{LeadStatus, MoveRefused};
use plat_http::Problem;
use plat_http::problems::{self, ILLEGAL_TRANSITION};

/// Why a lead does not move from `from` to `to`.
pub(crate) fn move_refused(refused: MoveRefused, from: LeadStatus, to: LeadStatus) -> Problem {
    match refused {
        MoveRefused::Same => {
            let legal: Vec<&str> = LeadStatus::legal_moves(from)
                .into_iter()
                .map(LeadStatus::as_str)
                .collect();
            Problem::new(&ILLEGAL_TRANSITION, format!("The lead is {from} already."))
                .with("legalMoves", legal)
        }
        MoveRefused::NoteRequired => problems::invalid_field(
            "/note",
            "required",
            &format!("Say why the lead moves from {from} to {to}."),
        ),
    }
}
