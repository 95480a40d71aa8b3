//! Table `source`: the record as JSON, and what lists need.

use claviger_contract::RealmLabel;
use diesel::prelude::*;

use crate::store::column::{Row, containing, to_json};
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::{source, source_credential};
use crate::store::tables::stored::{Deletable, EachRow, Stored, TableRow, Writing};
use crate::store::tables::vault::list::page_of;
use claviger_domain::{Query, Source, SourceFilter, SourceId, VaultSort};

impl Stored for Source {
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        let (id, record) = (self.id.to_string(), to_json(self)?);
        let columns = (
            source::name.eq(self.name.as_str()),
            source::source_type.eq(self.source_type.as_str()),
            source::credential.eq(self.credential.to_string()),
            source::search.eq(format!("{} {} {}", self.name, self.source_type, self.id).to_lowercase()),
            source::record.eq(record),
        );
        let key = source::table.filter(source::id.eq(&id)).filter(source::realm.eq(to.realm));
        if diesel::update(key).set(columns.clone()).execute(to.connection)? == 0 {
            diesel::insert_into(source::table)
                .values((source::id.eq(&id), source::realm.eq(to.realm), columns))
                .execute(to.connection)?;
        }
        Ok(())
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
        let rows =
            source::table
                .select((source::id, source::realm, source::record))
                .load_iter::<(String, String, String), diesel::connection::DefaultLoadingMode>(connection)?;
        for columns in rows {
            let (id, realm, text) = columns?;
            let row = row(&id);
            let record: Self = row.json(&text)?;
            each(row.parse(&realm)?, TableRow::uncut(record))?;
        }
        Ok(())
    }
}

impl Deletable for Source {
    type Key = SourceId;

    fn delete(connection: &mut AnyConnection, realm: &str, id: &SourceId) -> Result<(), StoreError> {
        let key = source::table.filter(source::id.eq(id.to_string())).filter(source::realm.eq(realm));
        diesel::delete(key).execute(connection)?;
        Ok(())
    }
}

pub fn find(
    connection: &mut AnyConnection,
    realm: &RealmLabel,
    id: SourceId,
) -> Result<Option<Source>, StoreError> {
    let id = id.to_string();
    let found = source::table
        .filter(source::id.eq(&id))
        .filter(source::realm.eq(realm.as_str()))
        .select(source::record)
        .first::<String>(connection)
        .optional()?;
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
