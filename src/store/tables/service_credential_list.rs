//! A page of table `service_credential`, filtered and sorted.

use claviger_contract::{RealmLabel, Timestamp};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::store::column::containing;
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::{grant_set, service_credential as credential};
use crate::store::tables::service_credentials::{Columns, records};
use claviger_domain::{After, CredentialFilter, CredentialMatch, CredentialSort, Query, ServiceCredential};

const LAST_USE: &str =
    "COALESCE((SELECT last_use.at FROM last_use WHERE last_use.id = service_credential.id), -1)";

type Filtered<'a> = credential::BoxedQuery<'a, <AnyConnection as diesel::Connection>::Backend>;

/// Without order, start and limit.
fn filtered<'a>(
    realm: &'a RealmLabel,
    query: &'a Query<CredentialSort>,
    matching: &CredentialMatch,
    now: Timestamp,
) -> Filtered<'a> {
    let mut found = credential::table.filter(credential::realm.eq(realm.as_str())).into_boxed();
    if let Some(group) = &matching.group {
        // The groups of a set are stored as JSON, where the quotes delimit a name.
        let held = containing(&serde_json::Value::from(group.as_str()).to_string());
        let sets = grant_set::table
            .filter(grant_set::realm.eq(realm.as_str()))
            .filter(grant_set::groups.like(held).escape('\\'))
            .select(grant_set::id);
        found = found.filter(credential::grant_set.eq_any(sets));
    }
    if let Some(member) = matching.created_by {
        // The creator is stored as JSON, in which no other field has the id of a member.
        let creator = containing(&member.to_string());
        found = found.filter(credential::created_by.like(creator).escape('\\'));
    }
    if let Some(search) = &query.search {
        found = found.filter(credential::search.like(containing(search)).escape('\\'));
    }
    let status = query.status.as_deref();
    let unused_since = now.plus_seconds(-CredentialFilter::UNUSED_DAYS * 86_400).epoch_seconds();
    let now = now.epoch_seconds();
    found = match CredentialFilter::ALL.into_iter().find(|known| Some(known.as_str()) == status) {
        None => found,
        Some(CredentialFilter::NeverExpires) => found.filter(credential::ends_at.is_null()),
        Some(CredentialFilter::Unused) => found
            .filter(credential::created_at.le(unused_since))
            .filter(sql::<BigInt>(LAST_USE).le(unused_since)),
    };
    found = match status {
        None => found,
        Some("revoked") => found.filter(credential::revoked_at.is_not_null()),
        Some("expired") => found
            .filter(credential::revoked_at.is_null())
            .filter(credential::ends_at.is_not_null().and(credential::ends_at.le(now))),
        Some(_) => found
            .filter(credential::revoked_at.is_null())
            .filter(credential::ends_at.is_null().or(credential::ends_at.gt(now))),
    };
    match query.expires_before {
        Some(before) => found.filter(credential::ends_at.lt(before.epoch_seconds())),
        None => found,
    }
}

impl Store {
    /// How many of the list there are, in any order; no further than `query.limit`.
    pub fn count_service_credentials(
        &self,
        realm: &RealmLabel,
        query: &Query<CredentialSort>,
        matching: &CredentialMatch,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let mut found =
            filtered(realm, query, matching, now).limit(i64::try_from(query.limit).unwrap_or(i64::MAX));
        if query.status.as_deref() == Some("revoked") {
            // The order of their index, without which SQLite reads a larger one.
            found = found.order(credential::id.asc());
        }
        Ok(found.select(credential::id).load::<String>(&mut *self.list_reader()?)?.len())
    }

    pub fn list_service_credentials(
        &self,
        realm: &RealmLabel,
        query: &Query<CredentialSort>,
        matching: &CredentialMatch,
        now: Timestamp,
    ) -> Result<Vec<ServiceCredential>, StoreError> {
        let mut found =
            filtered(realm, query, matching, now).limit(i64::try_from(query.limit).unwrap_or(i64::MAX));
        let (by_name, down) = (query.sort == CredentialSort::Name, query.descending);
        let by_number = matches!(query.sort, CredentialSort::ExpiresAt | CredentialSort::LastUsedAt);
        let number = || {
            sql::<BigInt>(match query.sort {
                CredentialSort::LastUsedAt => LAST_USE,
                _ => "COALESCE(ends_at, 9223372036854775807)",
            })
        };
        if by_number {
            if let Some(After { key, id }) = &query.after {
                // A cursor that was changed by hand begins at the first item.
                let key: i64 = key.parse().unwrap_or(if down { i64::MAX } else { i64::MIN });
                found = match down {
                    false => found.filter(number().gt(key).or(number().eq(key).and(credential::id.gt(id)))),
                    true => found.filter(number().lt(key).or(number().eq(key).and(credential::id.lt(id)))),
                };
            }
        } else if let Some(after) = &query.after {
            let (key, id) = (after.key.as_str(), after.id.as_str());
            found = match (by_name, down) {
                (false, false) => found.filter(credential::id.gt(id)),
                (false, true) => found.filter(credential::id.lt(id)),
                (true, false) => found
                    .filter(credential::name.ge(key))
                    .filter(credential::name.gt(key).or(credential::id.gt(id))),
                (true, true) => found
                    .filter(credential::name.le(key))
                    .filter(credential::name.lt(key).or(credential::id.lt(id))),
            };
        }
        found = match (by_name, down) {
            (false, false) if by_number => found.order((number().asc(), credential::id.asc())),
            (false, true) if by_number => found.order((number().desc(), credential::id.desc())),
            (false, false) => found.order(credential::id.asc()),
            (false, true) => found.order(credential::id.desc()),
            (true, false) => found.order((credential::name.asc(), credential::id.asc())),
            (true, true) => found.order((credential::name.desc(), credential::id.desc())),
        };
        let mut connection = self.list_reader()?;
        let rows = found.load::<Columns>(&mut *connection)?;
        records(&mut connection, rows)
    }
}
