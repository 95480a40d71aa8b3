//! Table `application_credential`.

use claviger_contract::{Position, RealmLabel, Timestamp};
use diesel::prelude::*;

use crate::store::column::{ROWS_AT_ONCE, Row, position_column, to_json};
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::application_credential;
use crate::store::tables::stored::{EachRow, Stored, TableRow, Writing};
use claviger_domain::{
    ApplicationCredential, ApplicationCredentialId, ApplicationCredentialState, MemberId, OwnedConsequence,
};

type Columns = (
    String,
    String,
    String,
    String,
    String,
    String,
    String,
    i64,
    i64,
    Option<i64>,
    Option<i64>,
    i64,
    Option<String>,
    Option<i64>,
);

impl Stored for ApplicationCredential {
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        let id = self.id.to_string();
        let revoked_at = match self.state {
            ApplicationCredentialState::Active => None,
            ApplicationCredentialState::Revoked { at } => Some(at.epoch_seconds()),
        };
        let values = (
            application_credential::description.eq(self.description.as_str()),
            application_credential::scopes.eq(to_json(&self.scopes)?),
            application_credential::updated_at.eq(self.updated_at.epoch_seconds()),
            application_credential::revoked_at.eq(revoked_at),
            application_credential::overlap_ends_at.eq(self.overlap_ends_at.map(Timestamp::epoch_seconds)),
        );
        let key = application_credential::table
            .filter(application_credential::id.eq(&id))
            .filter(application_credential::realm.eq(to.realm));
        if diesel::update(key).set(values.clone()).execute(to.connection)? == 0 {
            diesel::insert_into(application_credential::table)
                .values((
                    application_credential::id.eq(&id),
                    application_credential::realm.eq(to.realm),
                    application_credential::member.eq(self.member.to_string()),
                    application_credential::name.eq(self.name.as_str()),
                    application_credential::key_digest.eq(self.key_digest.to_string()),
                    application_credential::created_at.eq(self.created_at.epoch_seconds()),
                    application_credential::expires_at.eq(self.expires_at.map(|at| at.epoch_seconds())),
                    application_credential::cut.eq(position_column(to.position)),
                    application_credential::replaces.eq(self.replaces.map(|id| id.to_string())),
                    values,
                ))
                .execute(to.connection)?;
        }
        Ok(())
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
        for columns in application_credential::table.load::<Columns>(connection)? {
            let (realm, record, cut) = record(columns)?;
            each(realm, TableRow::Record(record.into(), cut))?;
        }
        Ok(())
    }
}

/// Inserts the successor, and sets the end of the credential that it replaces.
pub fn renew(
    connection: &mut AnyConnection,
    realm: &str,
    position: Position,
    successor: &ApplicationCredential,
    overlap_ends_at: Timestamp,
) -> Result<(), StoreError> {
    let replaced = successor.replaces.map(|id| id.to_string()).unwrap_or_default();
    let key = application_credential::table
        .filter(application_credential::id.eq(replaced))
        .filter(application_credential::realm.eq(realm));
    diesel::update(key)
        .set((
            application_credential::overlap_ends_at.eq(Some(overlap_ends_at.epoch_seconds())),
            application_credential::updated_at.eq(successor.created_at.epoch_seconds()),
        ))
        .execute(connection)?;
    successor.put(&mut Writing { connection, realm, position, sealed: None })
}

/// Of a member that is enabled again.
pub fn end(connection: &mut AnyConnection, realm: &str, owned: &OwnedConsequence) -> Result<(), StoreError> {
    for ids in owned.applications.chunks(ROWS_AT_ONCE) {
        let key = application_credential::table
            .filter(application_credential::id.eq_any(ids.iter().map(ToString::to_string)))
            .filter(application_credential::realm.eq(realm));
        diesel::update(key)
            .set((
                application_credential::revoked_at.eq(Some(owned.at.epoch_seconds())),
                application_credential::updated_at.eq(owned.at.epoch_seconds()),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// Invalidates tokens from before `position`.
pub fn cut(
    connection: &mut AnyConnection,
    realm: &str,
    position: Position,
    ids: &[ApplicationCredentialId],
) -> Result<(), StoreError> {
    for ids in ids.chunks(ROWS_AT_ONCE) {
        let key = application_credential::table
            .filter(application_credential::id.eq_any(ids.iter().map(ToString::to_string)))
            .filter(application_credential::realm.eq(realm));
        let cut = application_credential::cut.eq(position_column(position));
        diesel::update(key).set(cut).execute(connection)?;
    }
    Ok(())
}

impl Store {
    /// Includes ended ones, in order of creation, of one member or of all.
    pub fn list_application_credentials(
        &self,
        realm: &RealmLabel,
        member: Option<MemberId>,
    ) -> Result<Vec<ApplicationCredential>, StoreError> {
        let mut found = application_credential::table
            .filter(application_credential::realm.eq(realm.as_str()))
            .order(application_credential::id.asc())
            .into_boxed();
        if let Some(member) = member {
            found = found.filter(application_credential::member.eq(member.to_string()));
        }
        let rows = found.load::<Columns>(&mut *self.list_reader()?)?;
        rows.into_iter().map(|columns| Ok(record(columns)?.1)).collect()
    }

    pub fn find_application_credential(
        &self,
        realm: &RealmLabel,
        id: ApplicationCredentialId,
    ) -> Result<Option<ApplicationCredential>, StoreError> {
        find(&mut *self.reader()?, realm, id)
    }
}

pub fn find(
    connection: &mut AnyConnection,
    realm: &RealmLabel,
    id: ApplicationCredentialId,
) -> Result<Option<ApplicationCredential>, StoreError> {
    let columns = application_credential::table
        .filter(application_credential::id.eq(id.to_string()))
        .filter(application_credential::realm.eq(realm.as_str()))
        .first::<Columns>(connection)
        .optional()?;
    columns.map(|columns| Ok(record(columns)?.1)).transpose()
}

fn record(columns: Columns) -> Result<(RealmLabel, ApplicationCredential, Position), StoreError> {
    let (
        id,
        realm,
        member,
        name,
        description,
        key_digest,
        scopes,
        created_at,
        updated_at,
        expires_at,
        revoked_at,
        cut,
        replaces,
        overlap_ends_at,
    ) = columns;
    let row = Row { table: "application_credential", id: &id };
    let record = ApplicationCredential {
        id: row.parse(&id)?,
        member: row.parse(&member)?,
        name: row.text(&name)?,
        description: row.text(&description)?,
        key_digest: row.parse(&key_digest)?,
        scopes: row.json(&scopes)?,
        created_at: row.time(created_at)?,
        updated_at: row.time(updated_at)?,
        expires_at: row.time_if_any(expires_at)?,
        state: row
            .time_if_any(revoked_at)?
            .map_or(ApplicationCredentialState::Active, |at| ApplicationCredentialState::Revoked { at }),
        replaces: replaces.map(|id| row.parse(&id)).transpose()?,
        overlap_ends_at: row.time_if_any(overlap_ends_at)?,
    };
    Ok((row.parse(&realm)?, record, row.position(cut)?))
}
