//! Takes a backup of one snapshot without blocking other work.

use std::io::Write;

use claviger_contract::Timestamp;
use diesel::prelude::*;
use serde_json::value::RawValue;

use crate::store::backup::file::{FORMAT, Header, Line, VERSION, Writer};
use crate::store::backup::tables::tables;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::log::damage::check_tables;
use crate::store::log::head::read_head;
use crate::store::operator::migrations;
use crate::store::schema::log_head;

pub struct Taken {
    pub header: Header,
    pub rows: u64,
}

/// `progress` receives the number of rows written.
pub fn take(
    connection: &mut AnyConnection,
    now: Timestamp,
    to: &mut dyn Write,
    progress: &mut dyn FnMut(u64),
) -> Result<Taken, StoreError> {
    connection.transaction(|connection| {
        connection.read_as_of_now()?;
        let state = migrations::state(connection)?;
        state.refuse_pending()?;
        // Tables that cannot be loaded could be restored, but no server would start on them.
        check_tables(connection)?;
        let header = Header {
            format: FORMAT.to_owned(),
            version: VERSION,
            made_at: now.to_string(),
            made_at_seconds: now.epoch_seconds(),
            cluster: log_head::table.select(log_head::cluster).first(connection)?,
            position: read_head(connection)?.position.as_u64(),
            schema: state.applied.last().cloned().unwrap_or_default(),
        };
        let mut writer = Writer::begin(to, &header)?;
        for table in tables(connection)? {
            table.rows(connection, &mut |body| {
                let row: &RawValue = serde_json::from_str(body).map_err(|error| StoreError::Corrupt {
                    table: "(a backup)",
                    row: table.name.clone(),
                    what: error.to_string(),
                })?;
                writer.row(&Line { table: &table.name, row })?;
                if writer.count % 1_000 == 0 {
                    progress(writer.count);
                }
                Ok(())
            })?;
        }
        let rows = writer.end().map_err(StoreError::from)?;
        Ok(Taken { header, rows })
    })
}
