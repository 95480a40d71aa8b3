//! Usage of a credential by hour and audience.

use claviger_api::{CredentialUsageView, UsageHourView};
use claviger_contract::Timestamp;

use crate::administration::error::AdministrationError;
use crate::administration::service_credentials::credentials::load;
use crate::administration::setting::Administration;
use crate::ledger::{Act, Right};
use claviger_domain::{ServiceCredentialId, UsageCount};

const DAY_SECONDS: i64 = 86_400;

/// Newest hour first. Hours without use are omitted.
pub fn credential_usage(
    administration: &Administration,
    act: &Act,
    id: ServiceCredentialId,
    days: i64,
) -> Result<CredentialUsageView, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    if !reading.realm.credentials.contains_key(&id) {
        // Credentials that ended long ago are only in the table.
        load(administration, act, id)?;
    }
    let since = reading.now.plus_seconds(-days * DAY_SECONDS);
    let store = administration.ledger.store();
    let items: Vec<UsageHourView> = store
        .list_usage(id.widen(), since)?
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

/// Of all credentials of the realm together, for hours that end after `since`. Hours without use are omitted.
pub fn realm_usage(
    administration: &Administration,
    act: &Act,
    since: Timestamp,
) -> Result<Vec<UsageHourView>, AdministrationError> {
    administration.read(act, Right::Read)?;
    let hours = administration.ledger.store().list_realm_usage(&act.realm, since)?;
    let view = |(hour, count): (Timestamp, UsageCount)| UsageHourView {
        hour,
        audience: None,
        issued: count.issued,
        refused: count.refused,
    };
    Ok(hours.into_iter().map(view).collect())
}

/// About how many access tokens of service credentials are alive: those that were issued within the token lifetime, less
/// those of credentials that ended.
pub fn live_tokens(administration: &Administration, act: &Act) -> Result<u64, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    Ok(administration.ledger.store().count_live_tokens(&act.realm, reading.now)?)
}
