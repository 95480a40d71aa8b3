//! Table `member`.

use claviger_contract::Timestamp;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Text};
use diesel::sqlite::SqliteConnection;

use crate::store::column::{ROWS_AT_ONCE, Row, to_json};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::schema::member;
use crate::store::tables::stored::{EachRow, Stored, TableRow, Writing};
use claviger_domain::{Member, MemberConsequence, MemberId, MemberState};

type Columns = (String, String, String, String, String, String, Option<i64>, i64, i64);

impl Stored for Member {
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        let id = self.id.to_string();
        let disabled_at = match self.state {
            MemberState::Active => None,
            MemberState::Disabled { at } => Some(at.epoch_seconds()),
        };
        let values = (
            member::email.eq(self.email.as_str()),
            member::name.eq(self.name.as_str()),
            member::roles.eq(to_json(&self.roles)?),
            member::groups.eq(to_json(&self.groups)?),
            member::disabled_at.eq(disabled_at),
            member::updated_at.eq(self.updated_at.epoch_seconds()),
        );
        let key = member::table.filter(member::id.eq(&id)).filter(member::realm.eq(to.realm));
        if diesel::update(key).set(values.clone()).execute(to.connection)? == 0 {
            diesel::insert_into(member::table)
                .values((
                    member::id.eq(&id),
                    member::realm.eq(to.realm),
                    values,
                    member::created_at.eq(self.created_at.epoch_seconds()),
                ))
                .execute(to.connection)?;
        }
        Ok(())
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
        for columns in member::table.load::<Columns>(connection)? {
            let (id, realm, email, name, roles, groups, disabled_at, created_at, updated_at) = columns;
            let row = Row { table: "member", id: &id };
            let record = Member {
                id: row.parse(&id)?,
                email: row.text(&email)?,
                name: row.text(&name)?,
                roles: row.json(&roles)?,
                groups: row.json(&groups)?,
                state: match row.time_if_any(disabled_at)? {
                    None => MemberState::Active,
                    Some(at) => MemberState::Disabled { at },
                },
                created_at: row.time(created_at)?,
                updated_at: row.time(updated_at)?,
            };
            each(row.parse(&realm)?, TableRow::uncut(record))?;
        }
        Ok(())
    }
}

pub fn enable(
    connection: &mut AnyConnection,
    realm: &str,
    id: MemberId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let key = member::table.filter(member::id.eq(id.to_string())).filter(member::realm.eq(realm));
    diesel::update(key)
        .set((member::disabled_at.eq(None::<i64>), member::updated_at.eq(at.epoch_seconds())))
        .execute(connection)?;
    Ok(())
}

pub fn replace_groups(
    connection: &mut AnyConnection,
    realm: &str,
    consequences: &[MemberConsequence],
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
    consequences: &[MemberConsequence],
) -> Result<(), StoreError> {
    for one in consequences {
        let key = member::table.filter(member::id.eq(one.id.to_string())).filter(member::realm.eq(realm));
        diesel::update(key).set(member::groups.eq(to_json(&one.groups)?)).execute(connection)?;
    }
    Ok(())
}

fn replace_together(
    connection: &mut PgConnection,
    realm: &str,
    consequences: &[MemberConsequence],
) -> Result<(), StoreError> {
    let ids: Vec<String> = consequences.iter().map(|one| one.id.to_string()).collect();
    let groups: Vec<String> =
        consequences.iter().map(|one| to_json(&one.groups)).collect::<Result<_, _>>()?;
    sql_query(
        "UPDATE member AS known SET groups = changed.groups \
         FROM unnest($1, $2) AS changed (id, groups) \
         WHERE known.realm = $3 AND known.id = changed.id",
    )
    .bind::<Array<Text>, _>(ids)
    .bind::<Array<Text>, _>(groups)
    .bind::<Text, _>(realm)
    .execute(connection)?;
    Ok(())
}
