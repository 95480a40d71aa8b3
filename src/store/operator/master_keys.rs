//! Tables `master_key` and `node_keys`: which master key seals, and which master keys each server holds.

use claviger_contract::Timestamp;
use diesel::prelude::*;

use crate::store::cluster::session::Session;
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::log::head::lock_head;
use crate::store::schema::{
    application_credential, master_key, member_token, node, node_keys, registry_token, resource_server,
    service_credential,
};

/// A master key that seals or has sealed secrets. Only its id: the database holds no master key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedMasterKey {
    pub id: String,
    /// `None` if unknown: the key was in use from the beginning.
    pub promoted_at: Option<Timestamp>,
    /// From this time every server sealed under it. `None` until that is confirmed.
    pub settled_at: Option<Timestamp>,
}

/// The master keys that a running server reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHolder {
    pub name: String,
    pub incarnation: String,
    /// The number of lease renewals. It is 0 on SQLite, where the folder lock shows that the server runs.
    pub lease_seq: i64,
    /// `None` for a server whose version does not report them.
    pub keys: Option<HeldKeys>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldKeys {
    pub opens: Vec<String>,
    pub seals: String,
}

fn active(connection: &mut AnyConnection) -> Result<Option<String>, StoreError> {
    let last = master_key::table.order(master_key::sequence.desc()).select(master_key::id);
    Ok(last.first(connection).optional()?)
}

impl Session {
    /// The master key to seal under; `None` before the first rotation.
    pub fn active_master_key(&mut self) -> Result<Option<String>, StoreError> {
        active(self.connection())
    }

    /// Records the keys that this server can open with, the sealing key first. Deletes the rows of servers that are
    /// gone.
    pub fn note_keys(&mut self, incarnation: &str, name: &str, opens: &[String]) -> Result<(), StoreError> {
        self.connection().transaction(|connection| {
            match connection {
                AnyConnection::Sqlite(connection) => {
                    diesel::delete(node_keys::table).execute(connection)?;
                }
                AnyConnection::Postgres(connection) => {
                    let living = node::table.select(node::incarnation);
                    let gone = node_keys::table.filter(
                        node_keys::incarnation.eq(incarnation).or(node_keys::incarnation.ne_all(living)),
                    );
                    diesel::delete(gone).execute(connection)?;
                }
            }
            let seals = opens.first().map_or("", String::as_str);
            diesel::insert_into(node_keys::table)
                .values((
                    node_keys::incarnation.eq(incarnation),
                    node_keys::name.eq(name),
                    node_keys::opens.eq(opens.join(",")),
                    node_keys::seals.eq(seals),
                ))
                .execute(connection)?;
            Ok(())
        })
    }
}

impl Store {
    /// In the order of use.
    pub fn master_keys(&self) -> Result<Vec<UsedMasterKey>, StoreError> {
        let rows = master_key::table
            .order(master_key::sequence)
            .select((master_key::id, master_key::promoted_at, master_key::settled_at))
            .load::<(String, Option<i64>, Option<i64>)>(&mut *self.reader()?)?;
        let time = |seconds: Option<i64>| seconds.map(Timestamp::from_epoch_seconds);
        let key = |(id, promoted_at, settled_at)| UsedMasterKey {
            id,
            promoted_at: time(promoted_at),
            settled_at: time(settled_at),
        };
        Ok(rows.into_iter().map(key).collect())
    }

    /// Before the first rotation: records the keys of the file, the active one first.
    pub fn begin_master_keys(&self, ids: &[String], now: Timestamp) -> Result<(), StoreError> {
        self.write(|connection| {
            lock_head(connection)?;
            if active(connection)?.is_some() {
                return Ok(());
            }
            for (sequence, id) in (1_i64..).zip(ids.iter().rev()) {
                diesel::insert_into(master_key::table)
                    .values((
                        master_key::id.eq(id),
                        master_key::sequence.eq(sequence),
                        master_key::settled_at.eq(Some(now.epoch_seconds())),
                    ))
                    .execute(connection)?;
            }
            Ok(())
        })
    }

    /// Makes this key seal all new secrets.
    pub fn promote_master_key(&self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        self.write(|connection| {
            lock_head(connection)?;
            if active(connection)?.as_deref() == Some(id) {
                return Ok(());
            }
            let last = master_key::table.select(diesel::dsl::max(master_key::sequence));
            let last: i64 = last.first::<Option<i64>>(connection)?.unwrap_or_default();
            diesel::delete(master_key::table.filter(master_key::id.eq(id))).execute(connection)?;
            diesel::insert_into(master_key::table)
                .values((
                    master_key::id.eq(id),
                    master_key::sequence.eq(last + 1),
                    master_key::promoted_at.eq(Some(now.epoch_seconds())),
                ))
                .execute(connection)?;
            Ok(())
        })
    }

    /// Records that every server seals under the key. Only the first call counts.
    pub fn settle_master_key(&self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        self.write(|connection| {
            let key =
                master_key::table.filter(master_key::id.eq(id)).filter(master_key::settled_at.is_null());
            let settled = master_key::settled_at.eq(Some(now.epoch_seconds()));
            diesel::update(key).set(settled).execute(connection)?;
            Ok(())
        })
    }

    /// The servers that may answer. On SQLite the row of a stopped server remains.
    pub fn key_holders(&self) -> Result<Vec<KeyHolder>, StoreError> {
        let mut connection = self.reader()?;
        let rows = node_keys::table.order((node_keys::name, node_keys::incarnation)).load::<(
            String,
            String,
            String,
            String,
        )>(
            &mut *connection
        )?;
        let holder = |name, incarnation, lease_seq, keys| KeyHolder { name, incarnation, lease_seq, keys };
        let held = |opens: &str, seals: &str| HeldKeys {
            opens: opens.split(',').map(str::to_owned).collect(),
            seals: seals.to_owned(),
        };
        if let AnyConnection::Sqlite(_) = &*connection {
            let of_row = |(incarnation, name, opens, seals): (_, _, String, String)| {
                holder(name, incarnation, 0, Some(held(&opens, &seals)))
            };
            return Ok(rows.into_iter().map(of_row).collect());
        }
        let members = crate::store::cluster::nodes::list(&mut connection)?;
        let of_member = |member: claviger_domain::ServingMember| {
            let row = rows.iter().find(|(incarnation, ..)| *incarnation == member.incarnation);
            let keys = row.map(|(_, _, opens, seals)| held(opens, seals));
            holder(member.name, member.incarnation, member.lease_seq, keys)
        };
        Ok(members.into_iter().map(of_member).collect())
    }

    /// The number of live secrets made in this period. Their digests use the master key of that period.
    pub fn live_digests_made(
        &self,
        from: Option<Timestamp>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        let connection = &mut *self.reader()?;
        let (from, until, now) =
            (from.map_or(i64::MIN, Timestamp::epoch_seconds), until.epoch_seconds(), now.epoch_seconds());
        let credentials: i64 = service_credential::table
            .filter(service_credential::created_at.between(from, until))
            .filter(service_credential::revoked_at.is_null())
            .filter(service_credential::ends_at.is_null().or(service_credential::ends_at.gt(now)))
            .count()
            .get_result(connection)?;
        let applications: i64 = application_credential::table
            .filter(application_credential::created_at.between(from, until))
            .filter(application_credential::revoked_at.is_null())
            .filter(
                application_credential::expires_at.is_null().or(application_credential::expires_at.gt(now)),
            )
            .count()
            .get_result(connection)?;
        let member_tokens: i64 = member_token::table
            .filter(member_token::created_at.between(from, until))
            .filter(member_token::revoked_at.is_null())
            .filter(member_token::expires_at.gt(now))
            .count()
            .get_result(connection)?;
        let servers: i64 = resource_server::table
            .filter(resource_server::created_at.between(from, until))
            .count()
            .get_result(connection)?;
        let registry_tokens: i64 = registry_token::table
            .filter(registry_token::created_at.between(from, until))
            .filter(registry_token::revoked_at.is_null())
            .filter(registry_token::expires_at.gt(now))
            .count()
            .get_result(connection)?;
        Ok(credentials + applications + member_tokens + servers + registry_tokens)
    }
}
