//! Who may find out what a leaked secret is.

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::ledger::{Act, Right};

/// Who manages the realm, and can revoke what is found.
pub fn ensure_may_trace(administration: &Administration, act: &Act) -> Result<(), AdministrationError> {
    administration.read(act, Right::Manage).map(drop)
}
