//! Table `service_credential`.

use claviger_contract::{Position, RealmLabel, Timestamp};
use diesel::prelude::*;

use crate::store::column::{ColumnValue, Row, position_column, to_json};
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::service_credential as credential;
use crate::store::tables::grant_sets;
use crate::store::tables::stored::{EachRow, Stored, TableRow, Writing};
use claviger_domain::{
    Actor, AdminScopes, CredentialConsequence, CredentialRevocation, Description, GrantSetId, Grants, Held,
    Name, SecretDigest, ServiceCredential, ServiceCredentialId, TokenLifetime, Validity,
};

/// Defines the columns, in the order of the schema. A column of a field converts by [`ColumnValue`].
macro_rules! columns {
    (
        fields { $($column:ident: $field:ident as $type:ty,)* }
        $($(#[$comment:meta])* $other:ident: $other_type:ty,)*
    ) => {
        #[derive(Queryable, Insertable)]
        #[diesel(table_name = credential)]
        pub(super) struct Columns {
            $($column: <$type as ColumnValue>::Column,)*
            $($(#[$comment])* $other: $other_type,)*
        }

        /// The columns that are not fields.
        struct Others {
            $($other: $other_type,)*
        }

        impl Columns {
            fn new(record: &ServiceCredential, others: Others) -> Result<Self, StoreError> {
                Ok(Self { $($column: record.$field.to_column()?,)* $($other: others.$other,)* })
            }

            fn read(
                &self,
                grants: Grants,
                revocation: Option<CredentialRevocation>,
            ) -> Result<ServiceCredential, StoreError> {
                let row = self.row();
                let Grants { groups, resources } = grants;
                Ok(ServiceCredential {
                    $($field: ColumnValue::read(&row, &self.$column)?,)*
                    groups,
                    resources,
                    revocation,
                })
            }
        }
    };
}

columns! {
    fields {
        id: id as ServiceCredentialId,
        name: name as Name,
        description: description as Description,
        key_digest: key_digest as SecretDigest,
        validity_days: validity as Validity,
        token_ttl_seconds: token_lifetime as TokenLifetime,
        created_at: created_at as Timestamp,
        created_by: created_by as Actor,
        updated_at: updated_at as Timestamp,
        updated_by: updated_by as Actor,
        admin_scopes: admin_scopes as AdminScopes,
        replaces: replaces as Option<ServiceCredentialId>,
        overlap_ends_at: overlap_ends_at as Option<Timestamp>,
    }
    realm: String,
    cut: i64,
    revoked_at: Option<i64>,
    revoked_by: Option<String>,
    revoked_position: Option<i64>,
    search: String,
    /// The end of its validity or of its overlap, whichever is earlier.
    ends_at: Option<i64>,
    grant_set: i64,
    /// The position from which it uses the set.
    granted_at: i64,
}

impl Stored for ServiceCredential {
    /// Its first cut is its own position, because no token predates its creation.
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        let grants = Grants { groups: self.groups.clone(), resources: self.resources.clone() };
        let grant_set = grant_sets::find_or_insert(to.connection, to.realm, to.position, &grants)?;
        let others = Others {
            realm: to.realm.to_owned(),
            cut: position_column(to.position),
            revoked_at: None,
            revoked_by: None,
            revoked_position: None,
            search: format!("{} {} {}", self.name, self.description, self.id).to_lowercase(),
            ends_at: self.expires_at().map(Timestamp::epoch_seconds),
            grant_set,
            granted_at: position_column(to.position),
        };
        let columns = Columns::new(self, others)?;
        diesel::insert_into(credential::table).values(columns).execute(to.connection)?;
        Ok(())
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
        grant_sets::load(connection, each)?;
        let rows =
            credential::table.load_iter::<Columns, diesel::connection::DefaultLoadingMode>(connection)?;
        for columns in rows {
            let columns = columns?;
            let row = columns.row();
            let realm = row.parse(&columns.realm)?;
            let (own_cut, since) = (row.position(columns.cut)?, row.position(columns.granted_at)?);
            let held = Held { set: GrantSetId(columns.grant_set), since };
            // Grants are loaded once per set.
            let record = Box::new(record(&columns, Grants::default())?);
            each(realm, TableRow::Credential(record, own_cut, held))?;
        }
        Ok(())
    }
}

pub fn edit(
    connection: &mut AnyConnection,
    realm: &str,
    id: ServiceCredentialId,
    at: Timestamp,
    by: &Actor,
) -> Result<(), StoreError> {
    let key = credential::table.filter(credential::id.eq(id.to_string())).filter(credential::realm.eq(realm));
    diesel::update(key)
        .set((credential::updated_at.eq(at.epoch_seconds()), credential::updated_by.eq(to_json(by)?)))
        .execute(connection)?;
    Ok(())
}

/// Inserts the successor, and sets the end of the credential that it replaces.
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
    successor.put(&mut Writing { connection, realm, position, sealed: None })
}

pub fn revoke(
    connection: &mut AnyConnection,
    realm: &str,
    id: ServiceCredentialId,
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

/// Keeps the cut from its old grants: earlier cuts of the new set do not apply to it.
pub fn replace_grants(
    connection: &mut AnyConnection,
    realm: &str,
    position: Position,
    edited: &CredentialConsequence,
) -> Result<(), StoreError> {
    let grant_set = grant_sets::find_or_insert(connection, realm, position, &edited.grants)?;
    let cut = if edited.cut { position } else { edited.cut_before };
    let key = credential::table
        .filter(credential::id.eq(edited.id.to_string()))
        .filter(credential::realm.eq(realm));
    let before = key.clone().select(credential::grant_set).first::<i64>(connection).optional()?;
    diesel::update(key)
        .set((
            credential::grant_set.eq(grant_set),
            credential::granted_at.eq(position_column(position)),
            credential::cut.eq(position_column(cut)),
        ))
        .execute(connection)?;
    if let Some(before) = before.filter(|before| *before != grant_set) {
        grant_sets::delete_unheld(connection, &[before])?;
    }
    Ok(())
}

pub fn find(
    connection: &mut AnyConnection,
    realm: &RealmLabel,
    id: ServiceCredentialId,
) -> Result<Option<ServiceCredential>, StoreError> {
    let columns = credential::table
        .filter(credential::id.eq(id.to_string()))
        .filter(credential::realm.eq(realm.as_str()))
        .load::<Columns>(connection)?;
    Ok(records(connection, columns)?.pop())
}

impl Store {
    pub fn find_service_credential(
        &self,
        realm: &RealmLabel,
        id: ServiceCredentialId,
    ) -> Result<Option<ServiceCredential>, StoreError> {
        find(&mut *self.reader()?, realm, id)
    }
}

/// Reads the records with their grants.
pub(super) fn records(
    connection: &mut AnyConnection,
    rows: Vec<Columns>,
) -> Result<Vec<ServiceCredential>, StoreError> {
    let mut sets: Vec<i64> = rows.iter().map(|columns| columns.grant_set).collect();
    sets.sort_unstable();
    sets.dedup();
    let sets = grant_sets::by_id(connection, &sets)?;
    let with_grants = |columns: Columns| {
        let grants = sets.get(&columns.grant_set).cloned();
        record(&columns, grants.unwrap_or_default())
    };
    rows.into_iter().map(with_grants).collect()
}

fn record(columns: &Columns, grants: Grants) -> Result<ServiceCredential, StoreError> {
    let row = columns.row();
    let revocation = match (columns.revoked_at, &columns.revoked_by, columns.revoked_position) {
        (Some(at), Some(by), Some(position)) => Some(CredentialRevocation {
            at: row.time(at)?,
            by: row.json(by)?,
            position: row.position(position)?,
        }),
        _ => None,
    };
    columns.read(grants, revocation)
}

impl Columns {
    fn row(&self) -> Row<'_> {
        Row { table: "service_credential", id: &self.id }
    }
}
