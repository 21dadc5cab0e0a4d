//! The problems that only deals have.

use plat_domain::{DealMoveRefused, DealStatus};
use plat_http::Problem;
use plat_http::problems::{self, ILLEGAL_TRANSITION};

/// Why a deal does not move from `from` to `to`.
pub(crate) fn move_refused(refused: DealMoveRefused, from: DealStatus, to: DealStatus) -> Problem {
    match refused {
        DealMoveRefused::Illegal => {
            let legal: Vec<&str> = DealStatus::legal_moves(from)
                .into_iter()
                .map(DealStatus::as_str)
                .collect();
            let detail = match legal.as_slice() {
                _ if from == to => format!("The deal is {from} already."),
                [] => format!("The deal is {from}, and nothing leads out of that."),
                legal => format!(
                    "The deal is {from} and cannot become {to} from there, only {}.",
                    legal.join(" or ")
                ),
            };
            Problem::new(&ILLEGAL_TRANSITION, detail).with("legalMoves", legal)
        }
        DealMoveRefused::NoteRequired => problems::invalid_field(
            "/note",
            "required",
            &format!("Say why the deal moves from {from} to {to}."),
        ),
        DealMoveRefused::PriceRequired => problems::invalid_field(
            "/status",
            "assigned_price_required",
            &format!("Set the deal's assignedPrice before it becomes {to}."),
        ),
    }
}
