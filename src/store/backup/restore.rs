//! Puts a backup into an empty database: all of it in one transaction, and as the beginning of a new life of the data.

use std::io::BufRead;

use claviger_contract::{Position, Timestamp};
use diesel::prelude::*;

use super::BackupError;
use super::file::{Header, Reader};
use super::tables::{HEAD, ROWS_AT_ONCE, Table, tables};
use crate::domain::{AuditEvent, DatabaseUrl};
use crate::store::chains::Chains;
use crate::store::column::position_column;
use crate::store::connection::{AnyConnection, open};
use crate::store::load::load;
use crate::store::log::{Head, read_head};
use crate::store::schema::{log_head, realm};
use crate::store::{Entry, Loaded, StoreError, migrations};

/// What a restore is told.
pub struct Restoration<'a> {
    pub url: &'a DatabaseUrl,
    pub now: Timestamp,
    /// The id of the new life of the data.
    pub cluster: String,
    /// One event for each realm, at the position that is given.
    pub event: &'a dyn Fn(&str, Position) -> Option<AuditEvent>,
    /// What is to be ended again, decided on what was restored.
    pub again: &'a dyn Fn(LoadRestored<'_>) -> Result<Again, StoreError>,
}

/// Rows of the log and the events that go with them.
pub struct Again {
    pub entries: Vec<Entry>,
    pub audit: Vec<AuditEvent>,
}

/// Reads all that was restored.
pub type LoadRestored<'a> = &'a mut dyn FnMut(&mut dyn Loaded) -> Result<Head, StoreError>;

pub struct Restored {
    pub rows: u64,
    /// Where the log goes on; no token from before the restore counts.
    pub head: Head,
}

/// The tables become those of the backup's own migration first, and are brought up to date with its rows in them.
pub fn restore(
    what: &Restoration<'_>,
    header: &Header,
    from: impl BufRead,
    progress: &mut dyn FnMut(u64),
) -> Result<Restored, StoreError> {
    let known = migrations::known()?;
    if !known.contains(&header.schema) {
        return Err(BackupError::Schema(header.schema.clone()).into());
    }
    let position = first_position(header, what.now)?;
    migrations::bring_up_to_date(what.url)?;
    let mut connection = open(what.url)?;
    refuse_unless_empty(&mut connection)?;
    if known.last() != Some(&header.schema) {
        migrations::go_back_to(what.url, &header.schema)?;
    }
    let restored: Result<Restored, StoreError> = connection.transaction(|connection| {
        refuse_unless_empty(connection)?;
        let rows = fill(connection, header, from, progress)?;
        migrations::run_pending(connection)?;
        begin_anew(connection, what, position)?;
        let Again { entries, audit } = (what.again)(&mut |loaded| load(connection, loaded))?;
        let mut chains = Chains::lock(connection)?;
        chains.append(connection, &entries, &audit)?;
        chains.settle(connection)?;
        Ok(Restored { rows, head: chains.head })
    });
    // Whatever became of the rows: a database that is left empty is one that a server starts on.
    migrations::bring_up_to_date(what.url)?;
    restored
}

fn refuse_unless_empty(connection: &mut AnyConnection) -> Result<(), StoreError> {
    if read_head(connection)?.position != Position::ZERO {
        return Err(BackupError::NotEmpty(HEAD.to_owned()).into());
    }
    for table in tables(connection)?.into_iter().filter(|table| table.name != HEAD) {
        if !table.is_empty(connection)? {
            return Err(BackupError::NotEmpty(table.name).into());
        }
    }
    Ok(())
}

/// What is wrong with the file, or does not fit the tables, undoes all of it.
fn fill(
    connection: &mut AnyConnection,
    header: &Header,
    from: impl BufRead,
    progress: &mut dyn FnMut(u64),
) -> Result<u64, StoreError> {
    let tables = tables(connection)?;
    diesel::delete(log_head::table).execute(connection)?;
    let (mut reader, again) = Reader::begin(from)?;
    if (again.made_at_seconds, &again.cluster) != (header.made_at_seconds, &header.cluster) {
        return Err(BackupError::Checksum.into());
    }
    let mut batch = Batch { table: None, rows: String::new(), count: 0 };
    loop {
        let line_number = reader.line() + 1;
        let Some(line) = reader.row()? else { break };
        if batch.count == ROWS_AT_ONCE || batch.table.is_some_and(|table| table.name != line.table) {
            batch.write(connection)?;
        }
        let table = tables.iter().find(|table| table.name == line.table).ok_or_else(|| {
            let reason = format!("the tables of migration {} have none of that name", header.schema);
            BackupError::Line { line: line_number, reason }
        })?;
        batch.push(table, line.row.get());
        let count = reader.count();
        if count % 1_000 == 0 {
            progress(count);
        }
    }
    batch.write(connection)?;
    Ok(reader.count())
}

/// Rows of one table, on their way into it.
struct Batch<'a> {
    table: Option<&'a Table>,
    rows: String,
    count: usize,
}

impl<'a> Batch<'a> {
    fn push(&mut self, table: &'a Table, row: &str) {
        self.table = Some(table);
        self.rows.push(if self.count == 0 { '[' } else { ',' });
        self.rows.push_str(row);
        self.count += 1;
    }

    fn write(&mut self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        if let Some(table) = self.table.take() {
            self.rows.push(']');
            table.insert(connection, &self.rows)?;
        }
        self.rows.clear();
        self.count = 0;
        Ok(())
    }
}

/// The log goes on far beyond its old end, each realm's cut with it: every token from before is older than the cut, those
/// issued after the backup was taken too. An event in each realm's audit trail says so.
fn begin_anew(
    connection: &mut AnyConnection,
    what: &Restoration<'_>,
    position: Position,
) -> Result<(), StoreError> {
    let column = position_column(position);
    diesel::update(log_head::table).set(log_head::position.eq(column)).execute(connection)?;
    diesel::update(log_head::table).set(log_head::cluster.eq(&what.cluster)).execute(connection)?;
    diesel::update(realm::table).set(realm::cut.eq(column)).execute(connection)?;
    let realms = realm::table.select(realm::label).order(realm::label).load::<String>(connection)?;
    let events: Vec<AuditEvent> = realms.iter().filter_map(|label| (what.event)(label, position)).collect();
    let mut chains = Chains::lock(connection)?;
    chains.append(connection, &[], &events)?;
    chains.settle(connection)
}

/// Beyond every position that any earlier life of this data can have reached: no log grows by a million rows a second, so
/// a log that began at zero, or at a restore like this one, is behind the seconds times 2^20. It stays below 2^53, up to which
/// every reader of JSON counts exactly.
fn first_position(header: &Header, now: Timestamp) -> Result<Position, BackupError> {
    let position = now.epoch_seconds().max(0).unsigned_abs() << 20;
    if now.epoch_seconds() < header.made_at_seconds || position <= header.position {
        return Err(BackupError::Clock { made_at: header.made_at.clone() });
    }
    Ok(Position::new(position))
}
