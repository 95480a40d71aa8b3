//! Removes tokens and credentials that ended before their retention, in batches. No decision needs these rows any more.

use claviger_contract::Timestamp;
use diesel::prelude::*;

use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::log::head::lock_head;
use crate::store::schema::{
    application_credential, last_use, member_token, registry_token, revoked_token, service_credential,
};
use crate::store::tables::grant_sets;

/// The head of the log is locked during a batch. This size does not delay writers noticeably.
const ROWS_AT_ONCE: i64 = 1_000;

/// The ids of rows of a table that expired or were revoked before a time.
macro_rules! ended_ids {
    ($store:expr, $table:ident, $before:expr) => {
        $table::table
            .filter($table::expires_at.lt($before).or($table::revoked_at.lt($before)))
            .select($table::id)
            .limit(ROWS_AT_ONCE)
            .load::<String>(&mut *$store.list_reader()?)?
    };
}

/// Deletes the rows and their last uses.
macro_rules! take_away {
    ($store:expr, $table:ident, $ids:expr) => {{
        let ids: Vec<String> = $ids;
        if ids.is_empty() {
            0
        } else {
            $store.write(|connection| {
                lock_head(connection)?;
                diesel::delete(last_use::table.filter(last_use::id.eq_any(&ids))).execute(connection)?;
                Ok(diesel::delete($table::table.filter($table::id.eq_any(&ids))).execute(connection)?)
            })?
        }
    }};
}

impl Store {
    /// Prunes API tokens, personal access tokens, registry tokens and revocations of single tokens. Returns the number
    /// removed; 0 when none are left.
    pub fn prune_ended_tokens(&self, before: Timestamp) -> Result<usize, StoreError> {
        let before = before.epoch_seconds();
        let gone = take_away!(self, member_token, ended_ids!(self, member_token, before))
            + take_away!(self, registry_token, ended_ids!(self, registry_token, before));
        Ok(gone + self.prune_revoked_tokens(before)?)
    }

    /// Prunes application credentials that expired or were revoked, and service credentials that were revoked. An
    /// expired service credential keeps its name until it is revoked.
    pub fn prune_ended_credentials(&self, before: Timestamp) -> Result<usize, StoreError> {
        let before = before.epoch_seconds();
        let gone = take_away!(self, application_credential, ended_ids!(self, application_credential, before));
        Ok(gone + self.prune_revoked_credentials(before)?)
    }

    /// Also deletes grant sets that no other credential uses.
    fn prune_revoked_credentials(&self, before: i64) -> Result<usize, StoreError> {
        let rows = service_credential::table
            .filter(service_credential::revoked_at.lt(before))
            .select((service_credential::id, service_credential::grant_set))
            .limit(ROWS_AT_ONCE)
            .load::<(String, i64)>(&mut *self.list_reader()?)?;
        if rows.is_empty() {
            return Ok(0);
        }
        let (ids, mut sets): (Vec<String>, Vec<i64>) = rows.into_iter().unzip();
        sets.sort_unstable();
        sets.dedup();
        self.write(|connection| {
            lock_head(connection)?;
            diesel::delete(last_use::table.filter(last_use::id.eq_any(&ids))).execute(connection)?;
            let gone = service_credential::table.filter(service_credential::id.eq_any(&ids));
            let gone = diesel::delete(gone).execute(connection)?;
            grant_sets::delete_unheld(connection, &sets)?;
            Ok(gone)
        })
    }

    fn prune_revoked_tokens(&self, before: i64) -> Result<usize, StoreError> {
        let jtis = revoked_token::table
            .filter(revoked_token::expires_at.lt(before))
            .select(revoked_token::jti)
            .limit(ROWS_AT_ONCE)
            .load::<String>(&mut *self.list_reader()?)?;
        if jtis.is_empty() {
            return Ok(0);
        }
        self.write(|connection| {
            lock_head(connection)?;
            let gone = revoked_token::table
                .filter(revoked_token::jti.eq_any(&jtis))
                .filter(revoked_token::expires_at.lt(before));
            Ok(diesel::delete(gone).execute(connection)?)
        })
    }
}
