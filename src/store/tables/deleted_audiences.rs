//! Table `deleted_audience`: audiences without a resource server, for as long as a token for one may exist.

use claviger_contract::Position;
use diesel::prelude::*;

use crate::store::column::{Row, position_column, position_of};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::schema::{deleted_audience, resource_server, restriction};
use crate::store::tables::stored::{EachRow, TableRow};
use claviger_domain::ResourceServerId;

/// Call before the server is deleted. A server with a successor leaves its audience to it.
pub fn insert(
    connection: &mut AnyConnection,
    realm: &str,
    position: Position,
    server: ResourceServerId,
) -> Result<(), StoreError> {
    let audience = resource_server::table
        .filter(resource_server::id.eq(server.to_string()))
        .filter(resource_server::realm.eq(realm))
        .filter(resource_server::overlap_ends_at.is_null())
        .select(resource_server::audience)
        .first::<String>(connection)
        .optional()?;
    if let Some(audience) = audience {
        diesel::insert_into(deleted_audience::table)
            .values((
                deleted_audience::realm.eq(realm),
                deleted_audience::position.eq(position_column(position)),
                deleted_audience::audience.eq(audience),
            ))
            .execute(connection)?;
    }
    Ok(())
}

pub fn load(connection: &mut AnyConnection, each: EachRow<'_>) -> Result<(), StoreError> {
    for (realm, position, audience) in deleted_audience::table.load::<(String, i64, String)>(connection)? {
        let row = Row { table: "deleted_audience", id: &audience };
        let deleted = TableRow::DeletedAudience(position_of(position), row.parse(&audience)?);
        each(row.parse(&realm)?, deleted)?;
    }
    Ok(())
}

/// Deletes those whose restrictions are deleted.
pub fn forget(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let kept = restriction::table
        .filter(restriction::realm.eq(deleted_audience::realm))
        .filter(restriction::position.eq(deleted_audience::position))
        .select(restriction::subject);
    let forgotten = deleted_audience::table.filter(diesel::dsl::not(diesel::dsl::exists(kept)));
    diesel::delete(forgotten).execute(connection)?;
    Ok(())
}
