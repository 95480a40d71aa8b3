//! Table `realm`.

use claviger_contract::{Position, Timestamp};
use diesel::prelude::*;

use super::StoreError;
use super::column::{Row, position_column, position_of, time_of, to_json};
use super::connection::AnyConnection;
use super::schema::realm;
use crate::domain::Realm;

type Columns = (String, String, String, i64, i64, i64, Option<i64>);

pub fn put(connection: &mut AnyConnection, position: Position, record: &Realm) -> Result<(), StoreError> {
    let values = (
        realm::display_name.eq(record.display_name.as_str()),
        realm::settings.eq(to_json(&record.settings)?),
        realm::updated_at.eq(record.updated_at.epoch_seconds()),
    );
    let key = record.label.as_str();
    if diesel::update(realm::table.filter(realm::label.eq(key))).set(values.clone()).execute(connection)? == 0
    {
        diesel::insert_into(realm::table)
            .values((
                values,
                realm::label.eq(key),
                realm::cut.eq(position_column(position)),
                realm::created_at.eq(record.created_at.epoch_seconds()),
            ))
            .execute(connection)?;
    }
    Ok(())
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

pub fn load(
    connection: &mut AnyConnection,
    mut each: impl FnMut(Realm, Position) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for columns in realm::table.order(realm::label).load::<Columns>(connection)? {
        let (label, display_name, settings, cut, created_at, updated_at, suspended_at) = columns;
        let row = Row { table: "realm", id: &label };
        let record = Realm {
            label: row.parse(&label)?,
            display_name: row.parse(&display_name)?,
            settings: row.json(&settings)?,
            suspended_at: suspended_at.map(time_of),
            created_at: time_of(created_at),
            updated_at: time_of(updated_at),
        };
        each(record, position_of(cut))?;
    }
    Ok(())
}
