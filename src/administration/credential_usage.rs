//! How much a credential was used, by the hour and audience.

use claviger_contract::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::{Administration, AdministrationError};
use crate::ledger::{Act, Right};

const DAY_SECONDS: i64 = 86_400;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CredentialUsageView {
    /// What happened before it is not in the sums.
    pub since: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub issued: u64,
    pub refused: u64,
    pub items: Vec<UsageHourView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsageHourView {
    /// Its beginning.
    pub hour: Timestamp,
    /// `None` where an audience was asked for that the realm does not have.
    pub audience: Option<String>,
    pub issued: u64,
    pub refused: u64,
}

/// The newest hour first; hours in which nothing happened are left out.
pub fn credential_usage(
    administration: &Administration,
    act: &Act,
    id: Uuid,
    days: i64,
) -> Result<CredentialUsageView, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    if !reading.realm.credentials.contains_key(&id) {
        return Err(AdministrationError::NotFound("service credential"));
    }
    let since = reading.now.plus_seconds(-days * DAY_SECONDS);
    let store = administration.ledger.store();
    let items: Vec<UsageHourView> = store
        .list_usage(id, since)?
        .into_iter()
        .map(|(key, count)| UsageHourView {
            hour: key.hour,
            audience: Some(key.audience).filter(|audience| !audience.is_empty()),
            issued: count.issued,
            refused: count.refused,
        })
        .collect();
    Ok(CredentialUsageView {
        since,
        last_used_at: store.last_uses(&[id])?.remove(&id),
        issued: items.iter().map(|hour| hour.issued).sum(),
        refused: items.iter().map(|hour| hour.refused).sum(),
        items,
    })
}
