//! Table `member_token`.

use claviger_contract::RealmLabel;
use diesel::prelude::*;

use super::StoreError;
use super::column::{Row, time_of, to_json};
use super::connection::AnyConnection;
use super::schema::member_token;
use crate::domain::{MemberToken, MemberTokenKind, MemberTokenState};

type Columns = (String, String, String, String, String, String, String, i64, i64, Option<i64>);

pub fn put(connection: &mut AnyConnection, realm: &str, record: &MemberToken) -> Result<(), StoreError> {
    let id = record.id.to_string();
    let revoked_at = match record.state {
        MemberTokenState::Active => None,
        MemberTokenState::Revoked { at } => Some(at.epoch_seconds()),
    };
    let key = member_token::table.filter(member_token::id.eq(&id)).filter(member_token::realm.eq(realm));
    let changed = diesel::update(key).set(member_token::revoked_at.eq(revoked_at)).execute(connection)?;
    if changed == 0 {
        diesel::insert_into(member_token::table)
            .values((
                member_token::id.eq(&id),
                member_token::kind.eq(record.kind.as_str()),
                member_token::realm.eq(realm),
                member_token::member.eq(record.member.to_string()),
                member_token::description.eq(record.description.as_str()),
                member_token::scopes.eq(to_json(&record.scopes)?),
                member_token::digest.eq(record.digest.to_string()),
                member_token::created_at.eq(record.created_at.epoch_seconds()),
                member_token::expires_at.eq(record.expires_at.epoch_seconds()),
                member_token::revoked_at.eq(revoked_at),
            ))
            .execute(connection)?;
    }
    Ok(())
}

pub fn load(
    connection: &mut AnyConnection,
    mut each: impl FnMut(RealmLabel, MemberToken) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for columns in member_token::table.load::<Columns>(connection)? {
        let (id, kind, realm, member, description, scopes, digest, created_at, expires_at, revoked_at) =
            columns;
        let row = Row { table: "member_token", id: &id };
        let record = MemberToken {
            id: row.parse(&id)?,
            kind: row.checked(kind_of(&kind))?,
            member: row.parse(&member)?,
            description: row.parse(&description)?,
            scopes: row.json(&scopes)?,
            digest: row.parse(&digest)?,
            created_at: time_of(created_at),
            expires_at: time_of(expires_at),
            state: revoked_at
                .map_or(MemberTokenState::Active, |at| MemberTokenState::Revoked { at: time_of(at) }),
        };
        each(row.parse(&realm)?, record)?;
    }
    Ok(())
}

fn kind_of(text: &str) -> Result<MemberTokenKind, String> {
    let known = MemberTokenKind::ALL.into_iter().find(|kind| kind.as_str() == text);
    known.ok_or_else(|| format!("\"{text}\" is not a kind of token"))
}
