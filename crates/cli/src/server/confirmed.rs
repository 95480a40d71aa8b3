//! Evidence that the user wants what cannot be undone.

use ureq::http::Method;

/// A request that takes something away, and is not sent yet.
#[derive(Clone, Debug)]
pub struct PreparedChange {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) body: Option<String>,
}

/// A change that may be sent.
#[derive(Debug)]
pub struct Confirmed(pub(super) Consent);

#[derive(Debug)]
pub(super) enum Consent {
    /// Of a person who was asked, or who need not be.
    Given(PreparedChange),
    /// To find out whom it affects.
    DryRun(PreparedChange),
}

impl Confirmed {
    pub(super) fn given(change: PreparedChange) -> Self {
        Self(Consent::Given(change))
    }

    pub(super) fn dry_run(change: PreparedChange) -> Self {
        Self(Consent::DryRun(change))
    }

    /// By a flag that has no other meaning.
    pub fn by_flag(change: PreparedChange) -> Self {
        Self::given(change)
    }
}
