//! Table `expiry_notice`: which ends were told, each threshold once.

use std::collections::BTreeSet;

use claviger_contract::Timestamp;
use diesel::prelude::*;

use crate::store::column::ROWS_AT_ONCE;
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::expiry_notice;
use claviger_domain::Notice;

/// The columns of the primary key.
type Key = (String, String, String, i64, i64);

/// In the transaction of the audit event. A second one is an error, which ends the transaction.
pub fn insert(connection: &mut AnyConnection, notice: &Notice) -> Result<(), StoreError> {
    let (realm, kind, id, days, ends_at) = key(notice);
    diesel::insert_into(expiry_notice::table)
        .values((
            expiry_notice::realm.eq(realm),
            expiry_notice::kind.eq(kind),
            expiry_notice::id.eq(id),
            expiry_notice::days.eq(days),
            expiry_notice::ends_at.eq(ends_at),
        ))
        .execute(connection)?;
    Ok(())
}

/// Those that were not told yet.
pub fn untold(connection: &mut AnyConnection, notices: Vec<Notice>) -> Result<Vec<Notice>, StoreError> {
    let mut told = BTreeSet::<Key>::new();
    for chunk in notices.chunks(ROWS_AT_ONCE) {
        let known = expiry_notice::table
            .filter(expiry_notice::id.eq_any(chunk.iter().map(|notice| &notice.id)))
            .load::<Key>(connection)?;
        told.extend(known);
    }
    Ok(notices.into_iter().filter(|notice| !told.contains(&key(notice))).collect())
}

impl Store {
    /// Those that were not told yet.
    pub fn untold(&self, notices: Vec<Notice>) -> Result<Vec<Notice>, StoreError> {
        untold(&mut *self.reader()?, notices)
    }

    /// Forgets what was told of ends before this time.
    pub fn prune_notices(&self, before: Timestamp) -> Result<usize, StoreError> {
        let old = expiry_notice::table.filter(expiry_notice::ends_at.lt(before.epoch_seconds()));
        self.write(|connection| Ok(diesel::delete(old).execute(connection)?))
    }
}

fn key(notice: &Notice) -> Key {
    let kind = notice.kind.target().as_str().to_owned();
    let (days, ends_at) = (i64::from(notice.threshold.days()), notice.ends_at.epoch_seconds());
    (notice.realm.to_string(), kind, notice.id.clone(), days, ends_at)
}
