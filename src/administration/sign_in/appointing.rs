//! Who decides how people sign in, and as whom, can make anybody an account holder.

use claviger_contract::Timestamp;
use claviger_domain::Role;

use crate::administration::error::AdministrationError;
use crate::ledger::{Act, Denied};
use crate::snapshot::RealmView;

/// `needed` is the role, and why it is needed.
pub fn ensure_may_appoint(
    realm: &RealmView,
    act: &Act,
    now: Timestamp,
    needed: &'static str,
) -> Result<(), AdministrationError> {
    match act.caller.find_member(realm, now)? {
        Some(member) if !member.has_role(Role::AccountHolder) => Err(Denied::MissingRole(needed).into()),
        _ => Ok(()),
    }
}
