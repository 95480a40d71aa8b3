//! Table `service_credential`.

use std::collections::BTreeMap;

use claviger_contract::{Position, RealmLabel, Timestamp};
use diesel::prelude::*;
use uuid::Uuid;

use super::column::{Row, containing, position_column, position_of, time_of, to_json};
use super::connection::AnyConnection;
use super::schema::service_credential as credential;
use super::{Store, StoreError};
use crate::domain::{
    Actor, CredentialConsequence, CredentialRevocation, CredentialSort, Name, Query, ResourceGrant,
    ServiceCredential, TokenLifetime, Validity,
};

/// As many ids as either database takes in one statement.
const ROWS_AT_ONCE: usize = 1_000;

#[derive(Queryable, Insertable)]
#[diesel(table_name = credential)]
struct Columns {
    id: String,
    realm: String,
    name: String,
    description: String,
    key_digest: String,
    validity_days: Option<i64>,
    token_ttl_seconds: i64,
    groups: String,
    resources: String,
    cut: i64,
    created_at: i64,
    created_by: String,
    updated_at: i64,
    updated_by: String,
    revoked_at: Option<i64>,
    revoked_by: Option<String>,
    revoked_position: Option<i64>,
    replaces: Option<String>,
    overlap_ends_at: Option<i64>,
    search: String,
    /// Of its validity or of its overlap, whichever is earlier.
    ends_at: Option<i64>,
}

/// Tokens from before its creation cannot exist: its first cut is its own position.
pub fn insert(
    connection: &mut AnyConnection,
    realm: &str,
    position: Position,
    record: &ServiceCredential,
) -> Result<(), StoreError> {
    let columns = Columns {
        id: record.id.to_string(),
        realm: realm.to_owned(),
        name: record.name.to_string(),
        description: record.description.to_string(),
        key_digest: record.key_digest.to_string(),
        validity_days: record.validity.as_days().map(i64::from),
        token_ttl_seconds: record.token_lifetime.as_seconds(),
        groups: to_json(&record.groups)?,
        resources: to_json(&record.resources)?,
        cut: position_column(position),
        created_at: record.created_at.epoch_seconds(),
        created_by: to_json(&record.created_by)?,
        updated_at: record.updated_at.epoch_seconds(),
        updated_by: to_json(&record.updated_by)?,
        revoked_at: None,
        revoked_by: None,
        revoked_position: None,
        replaces: record.replaces.map(|id| id.to_string()),
        overlap_ends_at: None,
        search: format!("{} {} {}", record.name, record.description, record.id).to_lowercase(),
        ends_at: record.expires_at().map(Timestamp::epoch_seconds),
    };
    diesel::insert_into(credential::table).values(columns).execute(connection)?;
    Ok(())
}

pub fn edit(
    connection: &mut AnyConnection,
    realm: &str,
    id: Uuid,
    groups: &[Name],
    resources: &[ResourceGrant],
    at: Timestamp,
    by: &Actor,
) -> Result<(), StoreError> {
    let key = credential::table.filter(credential::id.eq(id.to_string())).filter(credential::realm.eq(realm));
    diesel::update(key)
        .set((
            credential::groups.eq(to_json(&groups)?),
            credential::resources.eq(to_json(&resources)?),
            credential::updated_at.eq(at.epoch_seconds()),
            credential::updated_by.eq(to_json(by)?),
        ))
        .execute(connection)?;
    Ok(())
}

/// The successor, and the end of the one that it replaces.
pub fn renew(
    connection: &mut AnyConnection,
    realm: &str,
    position: Position,
    successor: &ServiceCredential,
    overlap_ends_at: Timestamp,
) -> Result<(), StoreError> {
    let replaced = successor.replaces.map(|id| id.to_string()).unwrap_or_default();
    let key = credential::table.filter(credential::id.eq(&replaced)).filter(credential::realm.eq(realm));
    diesel::update(key)
        .set((
            credential::overlap_ends_at.eq(Some(overlap_ends_at.epoch_seconds())),
            credential::updated_at.eq(successor.created_at.epoch_seconds()),
            credential::updated_by.eq(to_json(&successor.created_by)?),
        ))
        .execute(connection)?;
    let end = overlap_ends_at.epoch_seconds();
    let ends_later = credential::ends_at.is_null().or(credential::ends_at.gt(end));
    diesel::update(key.filter(ends_later)).set(credential::ends_at.eq(Some(end))).execute(connection)?;
    insert(connection, realm, position, successor)
}

pub fn revoke(
    connection: &mut AnyConnection,
    realm: &str,
    id: Uuid,
    at: Timestamp,
    by: &Actor,
    position: Position,
) -> Result<(), StoreError> {
    let key = credential::table.filter(credential::id.eq(id.to_string())).filter(credential::realm.eq(realm));
    diesel::update(key)
        .set((
            credential::revoked_at.eq(Some(at.epoch_seconds())),
            credential::revoked_by.eq(Some(to_json(by)?)),
            credential::revoked_position.eq(Some(position_column(position))),
            credential::updated_at.eq(at.epoch_seconds()),
            credential::updated_by.eq(to_json(by)?),
        ))
        .execute(connection)?;
    Ok(())
}

/// Writes what another act did to these credentials. Of very many that lose something with their group most are left with the
/// same: those are one statement.
pub fn bear(
    connection: &mut AnyConnection,
    realm: &str,
    position: Position,
    consequences: &[CredentialConsequence],
) -> Result<(), StoreError> {
    let mut alike = BTreeMap::<(String, String, bool), Vec<String>>::new();
    for consequence in consequences {
        let left = (to_json(&consequence.groups)?, to_json(&consequence.resources)?, consequence.cut);
        alike.entry(left).or_default().push(consequence.id.to_string());
    }
    for ((groups, resources, cut), ids) in &alike {
        for ids in ids.chunks(ROWS_AT_ONCE) {
            let keys =
                credential::table.filter(credential::id.eq_any(ids)).filter(credential::realm.eq(realm));
            let left = (credential::groups.eq(groups), credential::resources.eq(resources));
            match cut {
                true => diesel::update(keys)
                    .set((left, credential::cut.eq(position_column(position))))
                    .execute(connection)?,
                false => diesel::update(keys).set(left).execute(connection)?,
            };
        }
    }
    Ok(())
}

pub fn load(
    connection: &mut AnyConnection,
    mut each: impl FnMut(RealmLabel, ServiceCredential, Position) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let rows = credential::table.load_iter::<Columns, diesel::connection::DefaultLoadingMode>(connection)?;
    for columns in rows {
        let columns = columns?;
        let realm = Row { table: "service_credential", id: &columns.id }.parse(&columns.realm)?;
        let cut = position_of(columns.cut);
        each(realm, record(columns)?, cut)?;
    }
    Ok(())
}

impl Store {
    pub fn find_service_credential(
        &self,
        realm: &RealmLabel,
        id: Uuid,
    ) -> Result<Option<ServiceCredential>, StoreError> {
        let columns = credential::table
            .filter(credential::id.eq(id.to_string()))
            .filter(credential::realm.eq(realm.as_str()))
            .first::<Columns>(&mut *self.reader()?)
            .optional()?;
        columns.map(record).transpose()
    }

    pub fn list_service_credentials(
        &self,
        realm: &RealmLabel,
        query: &Query<CredentialSort>,
        now: Timestamp,
    ) -> Result<Vec<ServiceCredential>, StoreError> {
        let mut found = credential::table
            .filter(credential::realm.eq(realm.as_str()))
            .limit(i64::try_from(query.limit).unwrap_or(i64::MAX))
            .into_boxed();
        if let Some(search) = &query.search {
            found = found.filter(credential::search.like(containing(search)).escape('\\'));
        }
        let now = now.epoch_seconds();
        found = match query.status.as_deref() {
            None => found,
            Some("revoked") => found.filter(credential::revoked_at.is_not_null()),
            Some("expired") => found
                .filter(credential::revoked_at.is_null())
                .filter(credential::ends_at.is_not_null().and(credential::ends_at.le(now))),
            Some(_) => found
                .filter(credential::revoked_at.is_null())
                .filter(credential::ends_at.is_null().or(credential::ends_at.gt(now))),
        };
        let (by_name, down) = (query.sort == CredentialSort::Name, query.descending);
        if let Some(after) = &query.after {
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
            (false, false) => found.order(credential::id.asc()),
            (false, true) => found.order(credential::id.desc()),
            (true, false) => found.order((credential::name.asc(), credential::id.asc())),
            (true, true) => found.order((credential::name.desc(), credential::id.desc())),
        };
        let rows = found.load::<Columns>(&mut *self.list_reader()?)?;
        rows.into_iter().map(record).collect()
    }
}

fn record(columns: Columns) -> Result<ServiceCredential, StoreError> {
    let row = Row { table: "service_credential", id: &columns.id };
    let validity = match columns.validity_days {
        Some(days) => row.checked(Validity::days(days))?,
        None => Validity::Never,
    };
    let revocation = match (columns.revoked_at, &columns.revoked_by, columns.revoked_position) {
        (Some(at), Some(by), Some(position)) => {
            Some(CredentialRevocation { at: time_of(at), by: row.json(by)?, position: position_of(position) })
        }
        _ => None,
    };
    Ok(ServiceCredential {
        id: row.parse(&columns.id)?,
        name: row.parse(&columns.name)?,
        description: row.parse(&columns.description)?,
        key_digest: row.parse(&columns.key_digest)?,
        validity,
        token_lifetime: row.checked(TokenLifetime::seconds(columns.token_ttl_seconds))?,
        groups: row.json(&columns.groups)?,
        resources: row.json(&columns.resources)?,
        created_at: time_of(columns.created_at),
        created_by: row.json(&columns.created_by)?,
        updated_at: time_of(columns.updated_at),
        updated_by: row.json(&columns.updated_by)?,
        replaces: columns.replaces.as_deref().map(|id| row.parse(id)).transpose()?,
        overlap_ends_at: columns.overlap_ends_at.map(time_of),
        revocation,
    })
}
