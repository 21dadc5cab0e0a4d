//! The problems that only leads have.

use plat_domain::{LeadStatus, MoveRefused};
use plat_http::{Problem, ProblemType, problems};

/// The lead has this status already; `legalMoves` names the others.
pub(crate) const ILLEGAL_TRANSITION: ProblemType = ProblemType {
    slug: "illegal-transition",
    status: 409,
    title: "This move is not possible",
};

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
