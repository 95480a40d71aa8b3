//! Table `source_credential`: the record as JSON, and its secrets sealed.

use claviger_contract::{RealmLabel, Timestamp};
use diesel::prelude::*;

use crate::store::column::{Row, containing, to_json};
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::source_credential;
use crate::store::tables::stored::{Deletable, EachRow, Stored, TableRow, Writing};
use crate::store::tables::vault::record_table::{
    find_sealed, load_records, page_of, put_record, put_sealed, row_of,
};
use claviger_domain::{
    Query, SealedBytes, SourceCredential, SourceCredentialFilter, SourceCredentialId, ValidationOutcome,
    VaultSort,
};

impl Stored for SourceCredential {
    /// Without new secrets the stored ones stay.
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        let search = format!("{} {} {} {}", self.name, self.slug, self.source_type, self.id).to_lowercase();
        let columns = (
            source_credential::name.eq(self.name.as_str()),
            source_credential::source_type.eq(self.source_type.as_str()),
            source_credential::expires_at.eq(self.expires_at.map(Timestamp::epoch_seconds)),
            source_credential::outcome.eq(self.validation.outcome.as_str()),
            source_credential::search.eq(search),
        );
        put_record!(source_credential, self, to, columns);
        put_sealed!(source_credential, self.id.to_string(), to);
        Ok(())
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
        load_records!(source_credential, connection, each);
        Ok(())
    }
}

impl Deletable for SourceCredential {
    type Key = SourceCredentialId;

    /// Deletes the sealed secrets too.
    fn delete(
        connection: &mut AnyConnection,
        realm: &str,
        id: &SourceCredentialId,
    ) -> Result<(), StoreError> {
        diesel::delete(row_of!(source_credential, realm, id.to_string())).execute(connection)?;
        Ok(())
    }
}

/// A record and its sealed secrets, read together.
pub struct SealedCredential {
    pub record: SourceCredential,
    /// `None` if its type has no secret.
    pub sealed: Option<SealedBytes>,
}

pub fn find(
    connection: &mut AnyConnection,
    realm: &RealmLabel,
    id: SourceCredentialId,
) -> Result<Option<SealedCredential>, StoreError> {
    let found = find_sealed!(source_credential, realm, id, connection);
    Ok(found.map(|(record, sealed)| SealedCredential { record, sealed }))
}

impl Store {
    pub fn find_source_credential(
        &self,
        realm: &RealmLabel,
        id: SourceCredentialId,
    ) -> Result<Option<SealedCredential>, StoreError> {
        find(&mut *self.reader()?, realm, id)
    }

    /// Those that a provider has judged once, and that have not ended.
    pub fn validated_source_credentials(
        &self,
        now: Timestamp,
    ) -> Result<Vec<(RealmLabel, SourceCredentialId)>, StoreError> {
        let ends_at = source_credential::expires_at;
        let rows = source_credential::table
            .filter(source_credential::outcome.ne(ValidationOutcome::Skipped.as_str()))
            .filter(ends_at.is_null().or(ends_at.gt(now.epoch_seconds())))
            .select((source_credential::realm, source_credential::id))
            .load::<(String, String)>(&mut *self.list_reader()?)?;
        rows.iter().map(|(realm, id)| Ok((row(id).parse(realm)?, row(id).parse(id)?))).collect()
    }

    pub fn list_source_credentials(
        &self,
        realm: &RealmLabel,
        filter: &SourceCredentialFilter,
        query: &Query<VaultSort>,
        now: Timestamp,
    ) -> Result<Vec<SourceCredential>, StoreError> {
        let mut found = page_of!(source_credential, realm, query);
        if let Some(source_type) = &filter.source_type {
            found = found.filter(source_credential::source_type.eq(source_type));
        }
        if let Some(outcome) = &filter.outcome {
            found = found.filter(source_credential::outcome.eq(outcome));
        }
        let now = now.epoch_seconds();
        found = match query.status.as_deref() {
            None => found,
            Some("expired") => found.filter(source_credential::expires_at.le(now)),
            Some(_) => found
                .filter(source_credential::expires_at.is_null().or(source_credential::expires_at.gt(now))),
        };
        if let Some(before) = query.expires_before {
            found = found.filter(source_credential::expires_at.lt(before.epoch_seconds()));
        }
        let rows = found
            .select((source_credential::id, source_credential::record))
            .load::<(String, String)>(&mut *self.list_reader()?)?;
        rows.into_iter().map(|(id, record)| row(&id).json(&record)).collect()
    }
}

fn row(id: &str) -> Row<'_> {
    Row { table: "source_credential", id }
}
