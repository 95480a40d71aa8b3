//! Table `source`: the record as JSON, and what lists need.

use claviger_contract::RealmLabel;
use diesel::prelude::*;

use crate::store::column::{Row, containing, to_json};
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::{source, source_credential};
use crate::store::tables::stored::{Deletable, EachRow, Stored, TableRow, Writing};
use crate::store::tables::vault::record_table::{load_records, page_of, put_record, row_of};
use claviger_domain::{Query, Source, SourceFilter, SourceId, VaultSort};

impl Stored for Source {
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        let columns = (
            source::name.eq(self.name.as_str()),
            source::source_type.eq(self.source_type.as_str()),
            source::credential.eq(self.credential.to_string()),
            source::search.eq(format!("{} {} {}", self.name, self.source_type, self.id).to_lowercase()),
        );
        put_record!(source, self, to, columns);
        Ok(())
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
        load_records!(source, connection, each);
        Ok(())
    }
}

impl Deletable for Source {
    type Key = SourceId;

    fn delete(connection: &mut AnyConnection, realm: &str, id: &SourceId) -> Result<(), StoreError> {
        diesel::delete(row_of!(source, realm, id.to_string())).execute(connection)?;
        Ok(())
    }
}

pub fn find(
    connection: &mut AnyConnection,
    realm: &RealmLabel,
    id: SourceId,
) -> Result<Option<Source>, StoreError> {
    let id = id.to_string();
    let found =
        row_of!(source, realm.as_str(), &id).select(source::record).first::<String>(connection).optional()?;
    found.map(|record| row(&id).json(&record)).transpose()
}

impl Store {
    pub fn find_source(&self, realm: &RealmLabel, id: SourceId) -> Result<Option<Source>, StoreError> {
        find(&mut *self.reader()?, realm, id)
    }

    pub fn list_sources(
        &self,
        realm: &RealmLabel,
        filter: &SourceFilter,
        query: &Query<VaultSort>,
    ) -> Result<Vec<Source>, StoreError> {
        let mut found = page_of!(source, realm, query);
        if let Some(source_type) = &filter.source_type {
            found = found.filter(source::source_type.eq(source_type));
        }
        if let Some(credential) = &filter.credential {
            found = found.filter(source::credential.eq(credential));
        }
        if let Some(status) = &query.status {
            let existing = source_credential::table.select(source_credential::id);
            found = match status.as_str() {
                "stopped" => found.filter(source::credential.ne_all(existing)),
                _ => found.filter(source::credential.eq_any(existing)),
            };
        }
        let rows =
            found.select((source::id, source::record)).load::<(String, String)>(&mut *self.list_reader()?)?;
        rows.into_iter().map(|(id, record)| row(&id).json(&record)).collect()
    }
}

fn row(id: &str) -> Row<'_> {
    Row { table: "source", id }
}
