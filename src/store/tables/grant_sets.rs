//! Table `grant_set`: the grants of credentials, stored once for all credentials of a realm with equal grants.

use std::collections::HashMap;

use claviger_contract::Position;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Text};
use diesel::sqlite::SqliteConnection;

use crate::crypto::digest_grants;
use crate::store::column::{ROWS_AT_ONCE, Row, position_column, to_json};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::schema::{grant_set, service_credential};
use crate::store::tables::grant_cuts;
use crate::store::tables::stored::{EachRow, TableRow};
use claviger_domain::{GrantSetId, Grants, GrantsChange, GrantsConsequence};

/// Returns the set with equal grants, or inserts one. Its id is unique, because each change has its own position.
pub fn find_or_insert(
    connection: &mut AnyConnection,
    realm: &str,
    position: Position,
    grants: &Grants,
) -> Result<i64, StoreError> {
    let digest = digest_grants(grants).to_string();
    let known = grant_set::table
        .filter(grant_set::realm.eq(realm))
        .filter(grant_set::digest.eq(&digest))
        .select(grant_set::id)
        .order(grant_set::id.asc())
        .first::<i64>(connection)
        .optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    let GrantSetId(id) = GrantSetId::made_at(position);
    diesel::insert_into(grant_set::table)
        .values((
            grant_set::id.eq(id),
            grant_set::realm.eq(realm),
            grant_set::digest.eq(digest),
            grant_set::groups.eq(to_json(&grants.groups)?),
            grant_set::resources.eq(to_json(&grants.resources)?),
            grant_set::cut.eq(position_column(Position::ZERO)),
            grant_set::written.eq(position_column(position)),
        ))
        .execute(connection)?;
    Ok(id)
}

/// Applies the consequences of a change to the sets.
pub fn bear(
    connection: &mut AnyConnection,
    realm: &str,
    position: Position,
    consequences: &[GrantsConsequence],
) -> Result<(), StoreError> {
    let only_cut = consequences.iter().filter(|one| one.cut && one.after.is_none());
    grant_cuts::cut(connection, realm, position, &only_cut.map(|one| one.before).collect::<Vec<_>>())?;
    let changed = consequences.iter().filter_map(|one| Some((one, one.after.as_ref()?)));
    let changed: Vec<(&GrantsConsequence, &GrantsChange)> = changed.collect();
    let before: Vec<_> = changed.iter().map(|(one, _)| one.before).collect();
    grant_cuts::settle(connection, realm, &before)?;
    for part in changed.chunks(ROWS_AT_ONCE) {
        match connection {
            AnyConnection::Sqlite(connection) => replace_one_by_one(connection, realm, position, part)?,
            AnyConnection::Postgres(connection) => replace_together(connection, realm, position, part)?,
        }
    }
    Ok(())
}

/// The result depends only on the list, so equal lists stay equal.
fn replace_one_by_one(
    connection: &mut SqliteConnection,
    realm: &str,
    position: Position,
    changed: &[(&GrantsConsequence, &GrantsChange)],
) -> Result<(), StoreError> {
    let cut = grant_set::cut.eq(position_column(position));
    for (one, GrantsChange { grants, digest }) in changed {
        let alike = grant_set::table
            .filter(grant_set::realm.eq(realm))
            .filter(grant_set::digest.eq(one.before.to_string()))
            .filter(grant_set::written.lt(position_column(position)));
        let list = (
            grant_set::digest.eq(digest.to_string()),
            grant_set::groups.eq(to_json(&grants.groups)?),
            grant_set::resources.eq(to_json(&grants.resources)?),
            grant_set::written.eq(position_column(position)),
        );
        match one.cut {
            true => diesel::update(alike).set((list, cut)).execute(connection)?,
            false => diesel::update(alike).set(list).execute(connection)?,
        };
    }
    Ok(())
}

/// Uses one statement, because the head of the log is locked and the database may be remote.
fn replace_together(
    connection: &mut PgConnection,
    realm: &str,
    position: Position,
    changed: &[(&GrantsConsequence, &GrantsChange)],
) -> Result<(), StoreError> {
    let before: Vec<String> = changed.iter().map(|(one, _)| one.before.to_string()).collect();
    let after: Vec<String> = changed.iter().map(|(_, after)| after.digest.to_string()).collect();
    let groups = changed.iter().map(|(_, after)| to_json(&after.grants.groups));
    let groups: Vec<String> = groups.collect::<Result<_, _>>()?;
    let resources = changed.iter().map(|(_, after)| to_json(&after.grants.resources));
    let resources: Vec<String> = resources.collect::<Result<_, _>>()?;
    let cut: Vec<bool> = changed.iter().map(|(one, _)| one.cut).collect();
    sql_query(
        "UPDATE grant_set AS known SET digest = changed.after, groups = changed.groups, \
         resources = changed.resources, written = $6, \
         cut = CASE WHEN changed.cut THEN $6 ELSE known.cut END \
         FROM unnest($1, $2, $3, $4, $5) AS changed (before, after, groups, resources, cut) \
         WHERE known.realm = $7 AND known.digest = changed.before AND known.written < $6",
    )
    .bind::<Array<Text>, _>(before)
    .bind::<Array<Text>, _>(after)
    .bind::<Array<Text>, _>(groups)
    .bind::<Array<Text>, _>(resources)
    .bind::<Array<Bool>, _>(cut)
    .bind::<BigInt, _>(position_column(position))
    .bind::<Text, _>(realm)
    .execute(connection)?;
    Ok(())
}

pub fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
    let waiting = grant_cuts::waiting(connection)?;
    for (id, realm, digest, groups, resources, cut, written) in rows(connection)? {
        let text = id.to_string();
        let row = Row { table: "grant_set", id: &text };
        let digest = row.parse(&digest)?;
        let later = waiting.get(&(realm.clone(), digest)).and_then(|positions| positions.last());
        let cut = later.filter(|later| **later > written).map_or(cut, |later| cut.max(*later));
        let grants = grants(&row, &groups, &resources)?;
        each(row.parse(&realm)?, TableRow::Grants(GrantSetId(id), grants, row.position(cut)?))?;
    }
    Ok(())
}

/// Loads each shared set once, for reading many credentials.
pub fn by_id(connection: &mut AnyConnection, ids: &[i64]) -> Result<HashMap<i64, Grants>, StoreError> {
    let mut found = HashMap::new();
    for ids in ids.chunks(ROWS_AT_ONCE) {
        let rows = grant_set::table
            .filter(grant_set::id.eq_any(ids))
            .select((grant_set::id, grant_set::groups, grant_set::resources))
            .load::<(i64, String, String)>(connection)?;
        for (id, groups, resources) in rows {
            let text = id.to_string();
            found.insert(id, grants(&Row { table: "grant_set", id: &text }, &groups, &resources)?);
        }
    }
    Ok(found)
}

/// Computes digests for rows of older versions, which SQL cannot do.
pub fn add_missing_digests(connection: &mut AnyConnection) -> Result<(), StoreError> {
    loop {
        let rows = grant_set::table
            .filter(grant_set::digest.eq(""))
            .select((grant_set::id, grant_set::groups, grant_set::resources))
            .limit(1_000)
            .load::<(i64, String, String)>(connection)?;
        if rows.is_empty() {
            return Ok(());
        }
        for (id, groups, resources) in rows {
            let text = id.to_string();
            let grants = grants(&Row { table: "grant_set", id: &text }, &groups, &resources)?;
            diesel::update(grant_set::table.filter(grant_set::id.eq(id)))
                .set(grant_set::digest.eq(digest_grants(&grants).to_string()))
                .execute(connection)?;
        }
    }
}

/// Deletes sets that no credential uses.
pub fn delete_unheld(connection: &mut AnyConnection, ids: &[i64]) -> Result<(), StoreError> {
    for ids in ids.chunks(ROWS_AT_ONCE) {
        let holders = service_credential::table
            .filter(service_credential::grant_set.eq(grant_set::id))
            .select(service_credential::id);
        let unheld = grant_set::table
            .filter(grant_set::id.eq_any(ids))
            .filter(diesel::dsl::not(diesel::dsl::exists(holders)));
        diesel::delete(unheld).execute(connection)?;
    }
    Ok(())
}

type Columns = (i64, String, String, String, String, i64, i64);

fn rows(connection: &mut AnyConnection) -> Result<Vec<Columns>, StoreError> {
    Ok(grant_set::table.load::<Columns>(connection)?)
}

fn grants(row: &Row<'_>, groups: &str, resources: &str) -> Result<Grants, StoreError> {
    Ok(Grants { groups: row.json(groups)?, resources: row.json(resources)? })
}
