//! Table `member_token`.

use claviger_contract::RealmLabel;
use diesel::prelude::*;

use crate::store::column::{ROWS_AT_ONCE, Row, position_column, to_json};
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::member_token;
use crate::store::tables::stored::{EachRow, Stored, TableRow, Writing};
use claviger_domain::{
    MemberToken, MemberTokenId, MemberTokenKind, MemberTokenState, OwnedConsequence, SignInMethod,
};

pub type Columns =
    (String, String, String, String, String, String, String, i64, i64, Option<i64>, i64, Option<String>);

impl Stored for MemberToken {
    /// `position` is the position of this log row. It is stored if the row creates the token.
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        let id = self.id.to_string();
        let revoked_at = match self.state {
            MemberTokenState::Active => None,
            MemberTokenState::Revoked { at } => Some(at.epoch_seconds()),
        };
        let key =
            member_token::table.filter(member_token::id.eq(&id)).filter(member_token::realm.eq(to.realm));
        let changed =
            diesel::update(key).set(member_token::revoked_at.eq(revoked_at)).execute(to.connection)?;
        if changed == 0 {
            diesel::insert_into(member_token::table)
                .values((
                    member_token::id.eq(&id),
                    member_token::kind.eq(self.kind.as_str()),
                    member_token::realm.eq(to.realm),
                    member_token::member.eq(self.member.to_string()),
                    member_token::description.eq(self.description.as_str()),
                    member_token::scopes.eq(to_json(&self.scopes)?),
                    member_token::digest.eq(self.digest.to_string()),
                    member_token::created_at.eq(self.created_at.epoch_seconds()),
                    member_token::expires_at.eq(self.expires_at.epoch_seconds()),
                    member_token::revoked_at.eq(revoked_at),
                    member_token::position.eq(position_column(to.position)),
                    member_token::sign_in.eq(self.sign_in.map(SignInMethod::as_str)),
                ))
                .execute(to.connection)?;
        }
        Ok(())
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
        for columns in member_token::table.load::<Columns>(connection)? {
            let (realm, record) = record(columns)?;
            let position = record.position;
            each(realm, TableRow::Record(record.into(), position))?;
        }
        Ok(())
    }
}

/// Of a member that is enabled again.
pub fn end(connection: &mut AnyConnection, realm: &str, owned: &OwnedConsequence) -> Result<(), StoreError> {
    for ids in owned.tokens.chunks(ROWS_AT_ONCE) {
        let key = member_token::table
            .filter(member_token::id.eq_any(ids.iter().map(ToString::to_string)))
            .filter(member_token::realm.eq(realm));
        let revoked_at = member_token::revoked_at.eq(Some(owned.at.epoch_seconds()));
        diesel::update(key).set(revoked_at).execute(connection)?;
    }
    Ok(())
}

impl Store {
    /// Includes ended ones.
    pub fn find_member_token(
        &self,
        realm: &RealmLabel,
        id: MemberTokenId,
    ) -> Result<Option<MemberToken>, StoreError> {
        find(&mut *self.reader()?, realm, id)
    }
}

pub fn find(
    connection: &mut AnyConnection,
    realm: &RealmLabel,
    id: MemberTokenId,
) -> Result<Option<MemberToken>, StoreError> {
    let columns = member_token::table
        .filter(member_token::id.eq(id.to_string()))
        .filter(member_token::realm.eq(realm.as_str()))
        .first::<Columns>(connection)
        .optional()?;
    columns.map(|columns| Ok(record(columns)?.1)).transpose()
}

pub fn record(columns: Columns) -> Result<(RealmLabel, MemberToken), StoreError> {
    let (
        id,
        kind,
        realm,
        member,
        description,
        scopes,
        digest,
        created_at,
        expires_at,
        revoked_at,
        position,
        sign_in,
    ) = columns;
    let row = Row { table: "member_token", id: &id };
    let record = MemberToken {
        id: row.parse(&id)?,
        kind: row.checked(kind_of(&kind))?,
        member: row.parse(&member)?,
        description: row.text(&description)?,
        scopes: row.json(&scopes)?,
        digest: row.parse(&digest)?,
        created_at: row.time(created_at)?,
        expires_at: row.time(expires_at)?,
        position: row.position(position)?,
        state: row
            .time_if_any(revoked_at)?
            .map_or(MemberTokenState::Active, |at| MemberTokenState::Revoked { at }),
        sign_in: sign_in.map(|text| row.checked(method_of(&text))).transpose()?,
    };
    Ok((row.parse(&realm)?, record))
}

fn kind_of(text: &str) -> Result<MemberTokenKind, String> {
    let known = MemberTokenKind::ALL.into_iter().find(|kind| kind.as_str() == text);
    known.ok_or_else(|| format!("\"{text}\" is not a kind of token"))
}

fn method_of(text: &str) -> Result<SignInMethod, String> {
    let known = SignInMethod::ALL.iter().find(|method| method.as_str() == text);
    known.copied().ok_or_else(|| format!("\"{text}\" is not a way to sign in"))
}
