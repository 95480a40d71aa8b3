//! Revokes credentials whose keys an interrupted import has lost, so that they can be created again.

use std::collections::HashSet;

use claviger_api::{CredentialRevocation, CredentialView, Listed};
use claviger_domain::Status;

use crate::failure::{Exit, Failure};
use crate::server::client::Client;
use crate::server::confirmed::Confirmed;
use crate::values::list_flags::ListQuery;
use crate::values::shared_flags::WaitFlag;

/// Revokes the credentials with these names that are not revoked yet, if none of them was ever used. Returns their
/// number.
pub fn revoke_lost(client: &Client, route: &str, names: &[String]) -> Result<usize, Failure> {
    let names: HashSet<&str> = names.iter().map(String::as_str).collect();
    let listed: Listed<CredentialView> = client.list(&[route], None, &ListQuery::new())?.decode()?;
    let lost: Vec<CredentialView> = listed
        .items
        .into_iter()
        .filter(|found| found.status != Status::Revoked && names.contains(found.name.as_str()))
        .collect();
    if let Some(used) = lost.iter().find(|found| found.last_used_at.is_some()) {
        let message = format!(
            "credential \"{}\" ({}) has been used, so its key is not lost; nothing was revoked",
            used.name, used.id
        );
        return Err(Failure::new(Exit::Conflict, message));
    }
    for found in &lost {
        let body = CredentialRevocation { name: found.name.to_string() };
        let path = [route, &found.id.to_string(), "revoke"];
        let change = client.ending(&path, WaitFlag::default(), &body)?;
        client.carry_out(Confirmed::by_flag(change))?;
    }
    Ok(lost.len())
}
