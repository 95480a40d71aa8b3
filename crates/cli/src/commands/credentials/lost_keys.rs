//! Revokes credentials whose keys an interrupted import has lost, so that they can be created again.

use std::collections::HashSet;

use serde::Deserialize;

use crate::failure::{Exit, Failure};
use crate::server::client::{Client, Listed};
use crate::values::list_flags::ListQuery;

#[derive(Deserialize)]
struct Found {
    id: String,
    name: String,
    status: String,
    last_used_at: Option<String>,
}

/// Revokes the credentials with these names that are not revoked yet, if none of them was ever used. Returns their
/// number.
pub fn revoke_lost(client: &Client, route: &str, names: &[String]) -> Result<usize, Failure> {
    let names: HashSet<&String> = names.iter().collect();
    let listed: Listed<Found> = client.list(&[route], None, &ListQuery::new())?.decode()?;
    let lost: Vec<Found> = listed
        .items
        .into_iter()
        .filter(|found| found.status != "revoked" && names.contains(&found.name))
        .collect();
    if let Some(used) = lost.iter().find(|found| found.last_used_at.is_some()) {
        let message = format!(
            "credential \"{}\" ({}) has been used, so its key is not lost; nothing was revoked",
            used.name, used.id
        );
        return Err(Failure::new(Exit::Conflict, message));
    }
    for found in &lost {
        let body = serde_json::json!({ "name": found.name });
        client.act(&[route, &found.id, "revoke"], None, &body)?;
    }
    Ok(lost.len())
}
