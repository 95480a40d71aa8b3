//! Evidence that the user wants what cannot be undone.

#[derive(Debug)]
pub struct Confirmed(());

impl Confirmed {
    /// For a person who was asked, or who need not be.
    pub(super) fn by_answer() -> Self {
        Self(())
    }

    /// For a flag that has no other meaning.
    pub fn by_flag() -> Self {
        Self(())
    }
}
