//! Table `group`.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Text};
use diesel::sqlite::SqliteConnection;

use crate::store::column::{ROWS_AT_ONCE, Row, to_json};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::schema::groups;
use crate::store::tables::stored::{Deletable, EachRow, Stored, TableRow, Writing};
use claviger_domain::{Group, GroupConsequence, Name};

type Columns = (String, String, String, String, String, String, i64, i64);

impl Stored for Group {
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        let key =
            groups::table.filter(groups::realm.eq(to.realm)).filter(groups::name.eq(self.name.as_str()));
        let values = (
            groups::description.eq(self.description.as_str()),
            groups::responsible.eq(self.responsible.as_str()),
            groups::scopes.eq(to_json(&self.scopes)?),
            groups::resources.eq(to_json(&self.resources)?),
            groups::updated_at.eq(self.updated_at.epoch_seconds()),
        );
        if diesel::update(key).set(values.clone()).execute(to.connection)? == 0 {
            diesel::insert_into(groups::table)
                .values((
                    groups::realm.eq(to.realm),
                    groups::name.eq(self.name.as_str()),
                    values,
                    groups::created_at.eq(self.created_at.epoch_seconds()),
                ))
                .execute(to.connection)?;
        }
        Ok(())
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
        for columns in groups::table.load::<Columns>(connection)? {
            let (realm, name, description, responsible, scopes, resources, created_at, updated_at) = columns;
            let row = Row { table: "group", id: &name };
            let record = Group {
                name: row.text(&name)?,
                description: row.text(&description)?,
                responsible: row.text(&responsible)?,
                scopes: row.json(&scopes)?,
                resources: row.json(&resources)?,
                created_at: row.time(created_at)?,
                updated_at: row.time(updated_at)?,
            };
            each(row.parse(&realm)?, TableRow::uncut(record))?;
        }
        Ok(())
    }
}

pub fn replace_grants(
    connection: &mut AnyConnection,
    realm: &str,
    consequences: &[GroupConsequence],
) -> Result<(), StoreError> {
    for part in consequences.chunks(ROWS_AT_ONCE) {
        match connection {
            AnyConnection::Sqlite(connection) => replace_one_by_one(connection, realm, part)?,
            AnyConnection::Postgres(connection) => replace_together(connection, realm, part)?,
        }
    }
    Ok(())
}

fn replace_one_by_one(
    connection: &mut SqliteConnection,
    realm: &str,
    consequences: &[GroupConsequence],
) -> Result<(), StoreError> {
    for one in consequences {
        let key = groups::table.filter(groups::realm.eq(realm)).filter(groups::name.eq(one.name.as_str()));
        diesel::update(key)
            .set((groups::scopes.eq(to_json(&one.scopes)?), groups::resources.eq(to_json(&one.resources)?)))
            .execute(connection)?;
    }
    Ok(())
}

fn replace_together(
    connection: &mut PgConnection,
    realm: &str,
    consequences: &[GroupConsequence],
) -> Result<(), StoreError> {
    let names: Vec<&str> = consequences.iter().map(|one| one.name.as_str()).collect();
    let scopes: Vec<String> =
        consequences.iter().map(|one| to_json(&one.scopes)).collect::<Result<_, _>>()?;
    let resources: Vec<String> =
        consequences.iter().map(|one| to_json(&one.resources)).collect::<Result<_, _>>()?;
    sql_query(
        "UPDATE \"group\" AS known SET scopes = changed.scopes, resources = changed.resources \
         FROM unnest($1, $2, $3) AS changed (name, scopes, resources) \
         WHERE known.realm = $4 AND known.name = changed.name",
    )
    .bind::<Array<Text>, _>(names)
    .bind::<Array<Text>, _>(scopes)
    .bind::<Array<Text>, _>(resources)
    .bind::<Text, _>(realm)
    .execute(connection)?;
    Ok(())
}

impl Deletable for Group {
    type Key = Name;

    fn delete(connection: &mut AnyConnection, realm: &str, name: &Name) -> Result<(), StoreError> {
        let key = groups::table.filter(groups::realm.eq(realm)).filter(groups::name.eq(name.as_str()));
        diesel::delete(key).execute(connection)?;
        Ok(())
    }
}
