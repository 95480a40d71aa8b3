//! Finds out what a leaked secret is, for callers who may.

use crate::administration::{AdministrationError, ensure_may_trace};
use crate::http::state::AppState;
use crate::issuance::{Refusal, Traced};
use crate::ledger::Act;

/// Why a secret was not looked for.
pub enum NotTraced {
    Denied(AdministrationError),
    Refused(Refusal),
}

/// `text` may hold the secret among other words.
pub fn find_traced(state: &AppState, act: &Act, text: &str) -> Result<Option<Traced>, NotTraced> {
    ensure_may_trace(&state.administration, act).map_err(NotTraced::Denied)?;
    state.issuer.trace(&act.realm, &act.caller.as_text(), text).map_err(NotTraced::Refused)
}
