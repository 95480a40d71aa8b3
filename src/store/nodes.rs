//! Table `node`: which servers answer from this database.

use diesel::prelude::*;

use super::StoreError;
use super::connection::AnyConnection;
use super::schema::node;

/// Names of the servers that did not leave properly.
pub fn names(connection: &mut AnyConnection) -> Result<Vec<String>, StoreError> {
    Ok(node::table.select(node::name).order(node::name).load(connection)?)
}

pub fn replace_all_by(
    connection: &mut AnyConnection,
    incarnation: &str,
    name: &str,
) -> Result<(), StoreError> {
    connection.transaction(|connection| {
        diesel::delete(node::table).execute(connection)?;
        diesel::insert_into(node::table)
            .values((node::incarnation.eq(incarnation), node::name.eq(name)))
            .execute(connection)?;
        Ok(())
    })
}

pub fn remove(connection: &mut AnyConnection, incarnation: &str) -> Result<(), StoreError> {
    diesel::delete(node::table.filter(node::incarnation.eq(incarnation))).execute(connection)?;
    Ok(())
}
