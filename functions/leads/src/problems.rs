//! The problems that only leads have.

use plat_domain::{ClientId, LeadStatus, MoveRefused};
use plat_http::problems::{self, ILLEGAL_TRANSITION};
use plat_http::{Problem, ProblemType};

/// A client was made of the lead already; `clientId` names it.
pub(crate) const CONVERTED: ProblemType = ProblemType {
    slug: "converted",
    status: 409,
    title: "This lead is a client already",
};

/// A client was made of each of two leads; `clientId` and `otherClientId` name them.
pub(crate) const BOTH_CONVERTED: ProblemType = ProblemType {
    slug: "both-converted",
    status: 409,
    title: "Both leads are clients already",
};

/// Which clients they are.
pub(crate) fn both_converted(client: ClientId, other: ClientId) -> Problem {
    let detail = "A client was made of each of the two, and clients are not merged.";
    Problem::new(&BOTH_CONVERTED, detail)
        .with("clientId", client.to_string())
        .with("otherClientId", other.to_string())
}

/// A lead is not merged with itself.
pub(crate) fn with_itself() -> Problem {
    problems::invalid_field(
        "/leadId",
        "same_record",
        "Name another lead than the one that stays.",
    )
}

/// Which client it is.
pub(crate) fn converted(client: ClientId) -> Problem {
    let detail = format!("This lead is the client {client} already.");
    Problem::new(&CONVERTED, detail).with("clientId", client.to_string())
}

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
