//! Table `realm`.

use claviger_contract::{Position, Timestamp};
use diesel::prelude::*;

use crate::store::column::{Row, position_column, to_json};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::schema::realm;
use crate::store::tables::stored::{EachRow, Stored, TableRow, Writing};
use claviger_domain::Realm;

type Columns = (String, String, String, i64, i64, i64, Option<i64>, Option<i64>);

impl Stored for Realm {
    fn put(&self, to: &mut Writing<'_>) -> Result<(), StoreError> {
        let values = (
            realm::display_name.eq(self.display_name.as_str()),
            realm::settings.eq(to_json(&self.settings)?),
            realm::updated_at.eq(self.updated_at.epoch_seconds()),
        );
        let key = self.label.as_str();
        if diesel::update(realm::table.filter(realm::label.eq(key)))
            .set(values.clone())
            .execute(to.connection)?
            == 0
        {
            diesel::insert_into(realm::table)
                .values((
                    values,
                    realm::label.eq(key),
                    realm::cut.eq(position_column(to.position)),
                    realm::created_at.eq(self.created_at.epoch_seconds()),
                ))
                .execute(to.connection)?;
        }
        Ok(())
    }

    fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
        for columns in realm::table.order(realm::label).load::<Columns>(connection)? {
            let (label, display_name, settings, cut, created_at, updated_at, suspended_at, deleted_at) =
                columns;
            let row = Row { table: "realm", id: &label };
            let record = Realm {
                label: row.parse(&label)?,
                display_name: row.text(&display_name)?,
                settings: row.json(&settings)?,
                suspended_at: row.time_if_any(suspended_at)?,
                deleted_at: row.time_if_any(deleted_at)?,
                created_at: row.time(created_at)?,
                updated_at: row.time(updated_at)?,
            };
            let cut = row.position(cut)?;
            each(record.label.clone(), TableRow::Record(record.into(), cut))?;
        }
        Ok(())
    }
}

pub fn cut(
    connection: &mut AnyConnection,
    position: Position,
    label: &str,
    suspended_at: Option<Timestamp>,
    at: Timestamp,
) -> Result<(), StoreError> {
    diesel::update(realm::table.filter(realm::label.eq(label)))
        .set((
            realm::cut.eq(position_column(position)),
            realm::suspended_at.eq(suspended_at.map(Timestamp::epoch_seconds)),
            realm::updated_at.eq(at.epoch_seconds()),
        ))
        .execute(connection)?;
    Ok(())
}

/// Changes only the cut.
pub fn move_cut(connection: &mut AnyConnection, position: Position, label: &str) -> Result<(), StoreError> {
    diesel::update(realm::table.filter(realm::label.eq(label)))
        .set(realm::cut.eq(position_column(position)))
        .execute(connection)?;
    Ok(())
}

pub fn delete(
    connection: &mut AnyConnection,
    position: Position,
    label: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    diesel::update(realm::table.filter(realm::label.eq(label)))
        .set((
            realm::cut.eq(position_column(position)),
            realm::deleted_at.eq(Some(at.epoch_seconds())),
            realm::updated_at.eq(at.epoch_seconds()),
        ))
        .execute(connection)?;
    Ok(())
}
