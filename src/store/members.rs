//! Table `member`.

use claviger_contract::RealmLabel;
use diesel::prelude::*;

use super::StoreError;
use super::column::{Row, time_of, to_json};
use super::connection::AnyConnection;
use super::schema::member;
use crate::domain::{Member, MemberConsequence, MemberState};

type Columns = (String, String, String, String, String, String, Option<i64>, i64, i64);

pub fn put(connection: &mut AnyConnection, realm: &str, record: &Member) -> Result<(), StoreError> {
    let id = record.id.to_string();
    let disabled_at = match record.state {
        MemberState::Active => None,
        MemberState::Disabled { at } => Some(at.epoch_seconds()),
    };
    let values = (
        member::email.eq(record.email.as_str()),
        member::name.eq(record.name.as_str()),
        member::roles.eq(to_json(&record.roles)?),
        member::groups.eq(to_json(&record.groups)?),
        member::disabled_at.eq(disabled_at),
        member::updated_at.eq(record.updated_at.epoch_seconds()),
    );
    let key = member::table.filter(member::id.eq(&id)).filter(member::realm.eq(realm));
    if diesel::update(key).set(values.clone()).execute(connection)? == 0 {
        diesel::insert_into(member::table)
            .values((
                member::id.eq(&id),
                member::realm.eq(realm),
                values,
                member::created_at.eq(record.created_at.epoch_seconds()),
            ))
            .execute(connection)?;
    }
    Ok(())
}

pub fn replace_groups(
    connection: &mut AnyConnection,
    realm: &str,
    consequence: &MemberConsequence,
) -> Result<(), StoreError> {
    let id = consequence.id.to_string();
    diesel::update(member::table.filter(member::id.eq(&id)).filter(member::realm.eq(realm)))
        .set(member::groups.eq(to_json(&consequence.groups)?))
        .execute(connection)?;
    Ok(())
}

pub fn load(
    connection: &mut AnyConnection,
    mut each: impl FnMut(RealmLabel, Member) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for columns in member::table.load::<Columns>(connection)? {
        let (id, realm, email, name, roles, groups, disabled_at, created_at, updated_at) = columns;
        let row = Row { table: "member", id: &id };
        let record = Member {
            id: row.parse(&id)?,
            email: row.parse(&email)?,
            name: row.parse(&name)?,
            roles: row.json(&roles)?,
            groups: row.json(&groups)?,
            state: disabled_at.map_or(MemberState::Active, |at| MemberState::Disabled { at: time_of(at) }),
            created_at: time_of(created_at),
            updated_at: time_of(updated_at),
        };
        each(row.parse(&realm)?, record)?;
    }
    Ok(())
}
