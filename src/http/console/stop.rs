//! Why a page was not answered as asked.

use std::time::Duration;

use claviger_console::{Denied, Entry, RenderFailed, SignInNote};

use crate::administration::AdministrationError;
use crate::issuance::Refusal;
use crate::ledger;
use crate::ledger::LedgerError;
use crate::revocation::{BarrierFailed, RevocationError};

#[derive(Debug)]
pub enum Stop {
    /// Nobody is signed in.
    SignIn(Option<SignInNote>),
    /// The last sign-in is too long ago for this act.
    Confirm,
    /// The same, with the address of the page that holds what was typed.
    ConfirmFor(String),
    Denied(Denied),
    NotFound,
    /// A rule of the realm or a limit forbids it, where no form says so.
    Refused(String),
    /// Another site, or another session, made the form.
    ForeignForm,
    Malformed,
    TooLarge,
    TooMany(Duration),
    /// This node cannot answer now. Nothing was changed.
    NoLease,
    /// The database failed meanwhile: an act may be carried out, or not.
    Unknown,
    /// A fault of the server, for its log.
    Broken(String),
}

impl Stop {
    /// The reason of a refused act, on a page of this entry of the menu.
    pub fn of(error: AdministrationError, entry: Entry) -> Self {
        match error {
            AdministrationError::Denied(ledger::Denied::TokenOver) => Self::SignIn(Some(SignInNote::Ended)),
            AdministrationError::Denied(_) => Self::Denied(Denied::RoleChanged(entry)),
            AdministrationError::NotFound(_) => Self::NotFound,
            AdministrationError::Busy(_) => Self::TooMany(Duration::from_secs(5)),
            AdministrationError::Ledger(error) => error.into(),
            AdministrationError::Limit(_)
            | AdministrationError::Invalid(_)
            | AdministrationError::Conflict(_)
            | AdministrationError::NotActive
            | AdministrationError::ServiceCredentialsOff
            | AdministrationError::Stale => Self::Refused(error.to_string()),
            error => Self::Broken(error.to_string()),
        }
    }

    /// As [`Stop::of`], for an act that revokes.
    pub fn of_revocation(error: RevocationError, entry: Entry) -> Self {
        match error {
            RevocationError::Denied(denied) => Self::of(denied.into(), entry),
            RevocationError::NotFound => Self::NotFound,
            RevocationError::Limit(reached) => Self::of(reached.into(), entry),
            RevocationError::Ledger(error) => error.into(),
            RevocationError::Barrier(failed) => failed.into(),
            RevocationError::WrongName => Self::Malformed,
        }
    }
}

impl From<LedgerError> for Stop {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Unread(_) | LedgerError::Behind | LedgerError::StandsStill(_) => {
                tracing::warn!("the console cannot answer: {error}");
                Self::NoLease
            }
            LedgerError::Store(_) => {
                tracing::error!("the console does not know the outcome: {error}");
                Self::Unknown
            }
            error => Self::Broken(error.to_string()),
        }
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooManyFailures { retry_after } => Self::TooMany(retry_after),
            Refusal::InvalidClient => Self::SignIn(None),
            _ => Self::NoLease,
        }
    }
}

impl From<RenderFailed> for Stop {
    fn from(error: RenderFailed) -> Self {
        Self::Broken(error.to_string())
    }
}

impl From<BarrierFailed> for Stop {
    fn from(error: BarrierFailed) -> Self {
        tracing::error!("what was ended is not confirmed: {error}");
        Self::Unknown
    }
}
