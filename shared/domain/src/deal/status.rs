//! The statuses of a deal and the moves between them.

use crate::invalid::wire_enum;

wire_enum! {
    /// Where a deal stands, in the order of its life.
    pub enum DealStatus {
        /// It was found.
        New = "new",
        /// The price is being discussed with the seller.
        Negotiating = "negotiating",
        /// The seller has signed.
        UnderContract = "under_contract",
        /// The contract was assigned to a buyer.
        Assigned = "assigned",
        /// It is done, and paid.
        Closed = "closed",
        /// It came to nothing.
        Dead = "dead",
    }
}

/// Why a deal cannot move to a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DealMoveRefused {
    /// No move leads there from where it stands.
    #[error("No move leads there.")]
    Illegal,
    /// A step back, or back from the dead, needs a note that tells why.
    #[error("This move needs a note.")]
    NoteRequired,
    /// An assigned deal has the price that it was assigned for.
    #[error("An assigned deal has an assigned price.")]
    PriceRequired,
}

impl DealStatus {
    /// Whether the deal is still being worked.
    pub const fn is_open(self) -> bool {
        match self {
            Self::New | Self::Negotiating | Self::UnderContract | Self::Assigned => true,
            Self::Closed | Self::Dead => false,
        }
    }

    /// The next status of a deal that goes well.
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::New => Some(Self::Negotiating),
            Self::Negotiating => Some(Self::UnderContract),
            Self::UnderContract => Some(Self::Assigned),
            Self::Assigned => Some(Self::Closed),
            Self::Closed | Self::Dead => None,
        }
    }

    /// Whether a deal that stands here has been assigned for a price.
    pub const fn is_priced(self) -> bool {
        match self {
            Self::Assigned | Self::Closed => true,
            Self::New | Self::Negotiating | Self::UnderContract | Self::Dead => false,
        }
    }

    /// Whether a deal may move from `from` to `to`: one step forward, or to the dead from any open status; with a note one
    /// step back, or from the dead to any open status. Nothing leads out of closed. A blank note is none.
    ///
    /// # Errors
    /// [`DealMoveRefused::Illegal`] or [`DealMoveRefused::NoteRequired`].
    pub fn check_move(from: Self, to: Self, note: Option<&str>) -> Result<(), DealMoveRefused> {
        let forward = from.next() == Some(to) || (to == Self::Dead && from.is_open());
        let back = to.is_open() && (to.next() == Some(from) || from == Self::Dead);
        // What comes before closed is a step back from it too, but nothing leads out of closed.
        if forward {
            Ok(())
        } else if !back || from == Self::Closed {
            Err(DealMoveRefused::Illegal)
        } else if note.is_some_and(|note| !note.trim().is_empty()) {
            Ok(())
        } else {
            Err(DealMoveRefused::NoteRequired)
        }
    }

    /// Where a deal may move from `from`, given a note where one is needed.
    pub fn legal_moves(from: Self) -> Vec<Self> {
        Self::moves(|to| Self::check_move(from, to, Some("note")).is_ok())
    }

    /// From where a deal may move to `to` with this note, or without one.
    pub fn sources(to: Self, note: Option<&str>) -> Vec<Self> {
        Self::moves(|from| Self::check_move(from, to, note).is_ok())
    }

    fn moves(legal: impl Fn(Self) -> bool) -> Vec<Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(|other| legal(*other))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn moves_between_statuses_follow_the_table() {
        use DealMoveRefused::{Illegal, NoteRequired};
        use DealStatus::{Assigned, Closed, Dead, Negotiating, New, UnderContract};
        // From a row to a column: without a note, then with one.
        let columns = [New, Negotiating, UnderContract, Assigned, Closed, Dead];
        let (go, no, note) = (
            (Ok(()), Ok(())),
            (Err(Illegal), Err(Illegal)),
            (Err(NoteRequired), Ok(())),
        );
        let rows = [
            (New, [no, go, no, no, no, go]),
            (Negotiating, [note, no, go, no, no, go]),
            (UnderContract, [no, note, no, go, no, go]),
            (Assigned, [no, no, note, no, go, go]),
            (Closed, [no, no, no, no, no, no]),
            (Dead, [note, note, note, note, no, no]),
        ];
        for (from, expected) in rows {
            for (to, (plain, noted)) in columns.into_iter().zip(expected) {
                assert_eq!(
                    DealStatus::check_move(from, to, None),
                    plain,
                    "{from} to {to}"
                );
                assert_eq!(
                    DealStatus::check_move(from, to, Some(" ")),
                    plain,
                    "{from} to {to}"
                );
                assert_eq!(
                    DealStatus::check_move(from, to, Some("why")),
                    noted,
                    "{from} to {to}"
                );
            }
        }
    }

    fn any_status() -> impl Strategy<Value = DealStatus> {
        prop::sample::select(DealStatus::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn sources_and_moves_say_the_same(from in any_status(), to in any_status(), note in prop::option::of("[ a]{0,2}")) {
            let legal = DealStatus::check_move(from, to, note.as_deref()).is_ok();
            prop_assert_eq!(DealStatus::sources(to, note.as_deref()).contains(&from), legal);
            if legal {
                prop_assert!(DealStatus::legal_moves(from).contains(&to));
            }
        }
    }
}
