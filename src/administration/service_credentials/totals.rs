//! How many service credentials there are of each status.

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::ledger::{Act, Right};
use claviger_domain::{CredentialFilter, CredentialMatch, CredentialSort, MemberId, Query, Status};

/// Those that the tables alone know are counted no further than [`CredentialTotals::MOST`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CredentialTotals {
    pub active: u64,
    /// Active, and with an end within [`CredentialTotals::EXPIRING_DAYS`].
    pub expiring: u64,
    pub unused: u64,
    pub never_expire: u64,
    pub expired: u64,
    pub revoked: u64,
}

impl CredentialTotals {
    pub const EXPIRING_DAYS: i64 = 14;
    pub const MOST: usize = 1_001;

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What is not revoked is counted in memory.
pub fn credential_totals(
    administration: &Administration,
    act: &Act,
) -> Result<CredentialTotals, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let soon = reading.now.plus_seconds(CredentialTotals::EXPIRING_DAYS * 86_400);
    let mut totals = CredentialTotals::default();
    for known in reading.realm.credentials.values().filter(|known| known.revoked.is_none()) {
        match known.ends_at() {
            Some(end) if end <= reading.now => totals.expired += 1,
            end => {
                totals.active += 1;
                totals.never_expire += u64::from(end.is_none());
                totals.expiring += u64::from(end.is_some_and(|end| end < soon));
            }
        }
    }
    let any = CredentialMatch::default();
    let count = |status: &str| {
        let store = administration.ledger.store();
        let counted = store.count_service_credentials(&act.realm, &counted(status), &any, reading.now)?;
        Ok::<_, AdministrationError>(u64::try_from(counted).unwrap_or(u64::MAX))
    };
    totals.revoked = count(Status::Revoked.as_str())?;
    totals.unused = count(CredentialFilter::Unused.as_str())?;
    Ok(totals)
}

/// The active ones that a member created, which go on without the member; counted no further than
/// [`CredentialTotals::MOST`].
pub fn credentials_created_by(
    administration: &Administration,
    act: &Act,
    member: MemberId,
) -> Result<u64, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let (store, query) = (administration.ledger.store(), counted(Status::Active.as_str()));
    let theirs = CredentialMatch { created_by: Some(member), group: None };
    let count = store.count_service_credentials(&act.realm, &query, &theirs, reading.now)?;
    Ok(u64::try_from(count).unwrap_or(u64::MAX))
}

/// How many a list has on all of its pages; counted no further than [`CredentialTotals::MOST`].
pub fn count_credentials(
    administration: &Administration,
    act: &Act,
    query: &Query<CredentialSort>,
    matching: &CredentialMatch,
) -> Result<u64, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let query = Query { after: None, limit: CredentialTotals::MOST, ..query.clone() };
    let store = administration.ledger.store();
    let count = store.count_service_credentials(&act.realm, &query, matching, reading.now)?;
    Ok(u64::try_from(count).unwrap_or(u64::MAX))
}

fn counted(status: &str) -> Query<CredentialSort> {
    Query {
        sort: CredentialSort::CreatedAt,
        descending: false,
        after: None,
        limit: CredentialTotals::MOST,
        search: None,
        status: Some(status.to_owned()),
        expires_before: None,
    }
}
