//! Tables `credential_usage` and `last_use`: written in batches on a separate connection, apart from the log, so no
//! change waits for them.

use std::collections::HashMap;
use std::sync::Arc;

use claviger_contract::{RealmLabel, Timestamp};
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Text};
use diesel::sqlite::SqliteConnection;

use crate::store::column::Row;
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::{
    credential_usage as usage, grant_set, last_use, service_credential as credential,
};
use claviger_domain::{
    GrantsDigest, Id, Is, TrustedNow, USAGE_KEPT_DAYS, UsageCount, UsageKey, Used, UsedId,
};

/// Of the hours of active service credentials: those that end within the lifetime of a token.
macro_rules! is_live {
    ($now:expr) => {{
        let longest = $now.plus_seconds(-DAY_SECONDS - HOUR_SECONDS).epoch_seconds();
        let now = $now.epoch_seconds();
        let not_ended = credential::ends_at.is_null().or(credential::ends_at.gt(now));
        let within = (usage::hour + credential::token_ttl_seconds).gt(now - HOUR_SECONDS);
        credential::revoked_at.is_null().and(not_ended).and(usage::hour.gt(longest)).and(within)
    }};
}

const DAY_SECONDS: i64 = 86_400;
const HOUR_SECONDS: i64 = 3_600;

/// Rows of one transaction, and ids of one statement: small enough to block others only briefly.
const AT_ONCE: usize = 500;

impl Store {
    /// Adds to the stored counts. `batch` must be ordered by key: concurrent nodes then cannot deadlock. `Err` holds
    /// the number of leading entries that were certainly written.
    pub fn add_usage(&self, batch: &[(UsageKey, UsageCount)]) -> Result<(), (usize, StoreError)> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut connection = self.open_for_counting().map_err(|error| (0, error))?;
        for (index, chunk) in batch.chunks(AT_ONCE).enumerate() {
            let added = match &mut connection {
                AnyConnection::Sqlite(connection) => {
                    connection.transaction(|connection| add_one_by_one(connection, chunk))
                }
                AnyConnection::Postgres(connection) => add_together(connection, chunk),
            };
            added.map_err(|error| (index * AT_ONCE, error))?;
        }
        Ok(())
    }

    /// Waits briefly for a locked row; then the counts stay in memory until the next attempt.
    pub(in crate::store) fn open_for_counting(&self) -> Result<AnyConnection, StoreError> {
        let mut connection = self.place.open()?;
        if let AnyConnection::Postgres(connection) = &mut connection {
            connection.batch_execute("SET lock_timeout = 2000")?;
        }
        Ok(connection)
    }

    pub fn forget_usage(&self, now: TrustedNow) -> Result<(), StoreError> {
        let before = now.minus_seconds(USAGE_KEPT_DAYS * DAY_SECONDS);
        self.write(|connection| {
            let old = usage::table.filter(usage::hour.lt(before.epoch_seconds()));
            diesel::delete(old).execute(connection)?;
            Ok(())
        })
    }

    /// The sums of all service credentials of a realm, for hours that end after `since`. It reads the rows of those hours.
    pub fn list_realm_usage(
        &self,
        realm: &RealmLabel,
        since: Timestamp,
    ) -> Result<Vec<(Timestamp, UsageCount)>, StoreError> {
        let since = UsageKey::hour_of(since);
        let own = credential::table.filter(credential::realm.eq(realm.as_str())).select(credential::id);
        let sum = |column: &str| sql::<BigInt>(&format!("CAST(SUM({column}) AS BIGINT)"));
        let rows = usage::table
            .filter(usage::hour.ge(since.epoch_seconds()))
            .filter(usage::credential.eq_any(own))
            .group_by(usage::hour)
            .order(usage::hour.asc())
            .select((usage::hour, sum("issued"), sum("refused")))
            .load::<(i64, i64, i64)>(&mut *self.list_reader()?)?;
        let read = |(hour, issued, refused): (i64, i64, i64)| {
            let (issued, refused) = (issued.cast_unsigned(), refused.cast_unsigned());
            let hour = Row { table: "usage", id: realm.as_str() }.time(hour)?;
            Ok((hour, UsageCount { issued, refused, last_used_at: None }))
        };
        rows.into_iter().map(read).collect()
    }

    /// How many tokens were issued within the token lifetime of each active service credential: about as many are alive.
    /// It reads the rows of the longest lifetime.
    pub fn count_live_tokens(&self, realm: &RealmLabel, now: Timestamp) -> Result<u64, StoreError> {
        let sum = usage::table
            .inner_join(credential::table.on(credential::id.eq(usage::credential)))
            .filter(credential::realm.eq(realm.as_str()))
            .filter(is_live!(now))
            .select(sql::<BigInt>(SUM_OF_ISSUED))
            .get_result::<i64>(&mut *self.list_reader()?)?;
        Ok(sum.cast_unsigned())
    }

    /// The hours that end after `since`, the newest first.
    pub fn list_usage(
        &self,
        id: UsedId,
        since: Timestamp,
    ) -> Result<Vec<(UsageKey, UsageCount)>, StoreError> {
        let since = UsageKey::new(id, String::new(), since).hour;
        let rows = usage::table
            .filter(usage::credential.eq(id.to_string()))
            .filter(usage::hour.ge(since.epoch_seconds()))
            .order((usage::hour.desc(), usage::audience.asc()))
            .select((usage::audience, usage::hour, usage::issued, usage::refused))
            .load::<(String, i64, i64, i64)>(&mut *self.list_reader()?)?;
        let read = |(audience, hour, issued, refused): (String, i64, i64, i64)| {
            let count = UsageCount {
                issued: issued.cast_unsigned(),
                refused: refused.cast_unsigned(),
                last_used_at: None,
            };
            let key = id.to_string();
            let hour = Row { table: "usage", id: &key }.time(hour)?;
            Ok((UsageKey { id, audience, hour }, count))
        };
        rows.into_iter().map(read).collect()
    }

    /// The number of tokens of each client that were issued in the hours that end after its time. See
    /// `Store::read_optional`.
    pub fn count_issued_optional(
        self: &Arc<Self>,
        clients: Vec<(UsedId, Timestamp)>,
    ) -> Option<Vec<(UsedId, u64)>> {
        self.read_optional(move |connection| {
            let since = clients.iter().map(|(_, since)| UsageKey::hour_of(*since)).min();
            let mut counted: HashMap<String, Vec<(i64, i64)>> = HashMap::new();
            for chunk in clients.chunks(AT_ONCE) {
                let rows = usage::table
                    .filter(usage::credential.eq_any(chunk.iter().map(|(id, _)| id.to_string())))
                    .filter(usage::hour.ge(since.map_or(0, Timestamp::epoch_seconds)))
                    .select((usage::credential, usage::hour, usage::issued))
                    .load::<(String, i64, i64)>(connection)?;
                for (id, hour, issued) in rows {
                    counted.entry(id).or_default().push((hour, issued));
                }
            }
            let count = |(id, since): (UsedId, Timestamp)| {
                let since = UsageKey::hour_of(since).epoch_seconds();
                let hours = counted.get(&id.to_string()).into_iter().flatten();
                let within = hours.filter(|(hour, _)| *hour >= since);
                (id, within.map(|(_, issued)| issued.cast_unsigned()).sum())
            };
            Ok(clients.into_iter().map(count).collect())
        })
    }

    /// About how many tokens the active service credentials with each of these grants have. It reads the hours of those
    /// credentials alone. See `Store::read_optional`.
    pub fn count_live_of_grants_optional(
        self: &Arc<Self>,
        realm: &RealmLabel,
        grants: Vec<GrantsDigest>,
        now: Timestamp,
    ) -> Option<Vec<(GrantsDigest, u64)>> {
        let realm = realm.to_string();
        self.read_optional(move |connection| {
            let mut found = Vec::new();
            for digest in grants {
                let sets = grant_set::table
                    .filter(grant_set::realm.eq(&realm))
                    .filter(grant_set::digest.eq(digest.to_string()))
                    .select(grant_set::id)
                    .load::<i64>(connection)?;
                let sum = usage::table
                    .inner_join(credential::table.on(credential::id.eq(usage::credential)))
                    .filter(credential::grant_set.eq_any(sets))
                    .filter(is_live!(now))
                    .select(sql::<BigInt>(SUM_OF_ISSUED))
                    .get_result::<i64>(connection)?;
                found.push((digest, sum.cast_unsigned()));
            }
            Ok(found)
        })
    }

    /// The last use of one credential or token, as optional data. See `Store::read_optional`.
    pub fn last_use_optional(self: &Arc<Self>, id: UsedId) -> Option<Timestamp> {
        self.read_optional(move |connection| Ok(find_last_uses(connection, &[id])?.remove(&id)))?
    }

    /// Omits ids that were never used.
    pub fn last_uses<Kind: Is<Used>>(
        &self,
        ids: &[Id<Kind>],
    ) -> Result<HashMap<Id<Kind>, Timestamp>, StoreError> {
        let mut found = HashMap::new();
        for chunk in ids.chunks(AT_ONCE) {
            let mut connection = if ids.len() == 1 { self.reader()? } else { self.list_reader()? };
            found.extend(find_last_uses(&mut connection, chunk)?);
        }
        Ok(found)
    }
}

const SUM_OF_ISSUED: &str = "CAST(COALESCE(SUM(issued), 0) AS BIGINT)";

fn find_last_uses<Kind>(
    connection: &mut AnyConnection,
    ids: &[Id<Kind>],
) -> Result<HashMap<Id<Kind>, Timestamp>, StoreError> {
    let ids: Vec<String> = ids.iter().map(Id::to_string).collect();
    let rows = last_use::table.filter(last_use::id.eq_any(ids)).load::<(String, i64)>(connection)?;
    let read = |(id, at): (String, i64)| {
        let row = Row { table: "last_use", id: &id };
        Ok((row.parse(&id)?, row.time(at)?))
    };
    rows.into_iter().map(read).collect()
}

/// Another node or an earlier batch may have written a later use.
const USED: &str = "ON CONFLICT (id) DO UPDATE SET at = excluded.at WHERE last_use.at < excluded.at";

const COUNTED: &str = "ON CONFLICT (credential, audience, hour) DO UPDATE SET \
    issued = credential_usage.issued + excluded.issued, refused = credential_usage.refused + excluded.refused";

fn add_one_by_one(
    connection: &mut SqliteConnection,
    batch: &[(UsageKey, UsageCount)],
) -> Result<(), StoreError> {
    for (key, count) in batch {
        let id = key.id.to_string();
        if let Some(at) = count.last_used_at {
            sql_query(format!("INSERT INTO last_use (id, at) VALUES (?, ?) {USED}"))
                .bind::<Text, _>(&id)
                .bind::<BigInt, _>(at.epoch_seconds())
                .execute(connection)?;
        }
        if is_counted(count) {
            sql_query(format!(
                "INSERT INTO credential_usage (credential, audience, hour, issued, refused) VALUES (?, ?, ?, ?, ?) {COUNTED}"
            ))
            .bind::<Text, _>(&id)
            .bind::<Text, _>(&key.audience)
            .bind::<BigInt, _>(key.hour.epoch_seconds())
            .bind::<BigInt, _>(count.issued.cast_signed())
            .bind::<BigInt, _>(count.refused.cast_signed())
            .execute(connection)?;
        }
    }
    Ok(())
}

/// Each statement is its own transaction. A node stopped between two leaves no rows locked.
fn add_together(connection: &mut PgConnection, batch: &[(UsageKey, UsageCount)]) -> Result<(), StoreError> {
    let used: (Vec<String>, Vec<i64>) = batch
        .iter()
        .filter_map(|(key, count)| Some((key.id.to_string(), count.last_used_at?.epoch_seconds())))
        .unzip();
    sql_query(format!(
        "INSERT INTO last_use (id, at) SELECT id, max(at) FROM unnest($1, $2) AS used (id, at) \
         GROUP BY id ORDER BY id {USED}"
    ))
    .bind::<Array<Text>, _>(used.0)
    .bind::<Array<BigInt>, _>(used.1)
    .execute(connection)?;
    let counted: Vec<_> = batch.iter().filter(|(_, count)| is_counted(count)).collect();
    let numbers = |of: fn(&(UsageKey, UsageCount)) -> i64| counted.iter().map(|entry| of(entry)).collect();
    let (hours, issued, refused): (Vec<i64>, Vec<i64>, Vec<i64>) = (
        numbers(|(key, _)| key.hour.epoch_seconds()),
        numbers(|(_, count)| count.issued.cast_signed()),
        numbers(|(_, count)| count.refused.cast_signed()),
    );
    sql_query(format!(
        "INSERT INTO credential_usage (credential, audience, hour, issued, refused) \
         SELECT * FROM unnest($1, $2, $3, $4, $5) {COUNTED}"
    ))
    .bind::<Array<Text>, _>(counted.iter().map(|(key, _)| key.id.to_string()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(counted.iter().map(|(key, _)| &*key.audience).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(hours)
    .bind::<Array<BigInt>, _>(issued)
    .bind::<Array<BigInt>, _>(refused)
    .execute(connection)?;
    Ok(())
}

fn is_counted(count: &UsageCount) -> bool {
    count.issued != 0 || count.refused != 0
}
