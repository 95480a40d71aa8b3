//! Restores a backup into an empty database, in one transaction, under a new cluster id.

use std::io::BufRead;

use claviger_contract::{Position, Timestamp};
use diesel::prelude::*;

use crate::store::backup::error::BackupError;
use crate::store::backup::file::{Header, Reader};
use crate::store::backup::tables::{ROWS_AT_ONCE, Table, tables};
use crate::store::cluster::schema::verifier;
use crate::store::column::position_column;
use crate::store::connection::{AnyConnection, open};
use crate::store::error::StoreError;
use crate::store::log::chains::Chains;
use crate::store::log::entry::Entry;
use crate::store::log::head::{Head, read_head};
use crate::store::operator::migrations;
use crate::store::schema::{log_head, realm};
use crate::store::tables::load::Loaded;
use crate::store::tables::load::load;
use claviger_domain::{AuditEvent, DatabaseUrl};

/// The inputs of a restore.
pub struct Restoration<'a> {
    pub url: &'a DatabaseUrl,
    pub now: Timestamp,
    /// The new cluster id.
    pub cluster: String,
    /// Returns the event of a realm, at the given position.
    pub event: &'a dyn Fn(&str, Position) -> Option<AuditEvent>,
    /// Decides, from the restored data, what must be ended again.
    pub again: &'a dyn Fn(LoadRestored<'_>) -> Result<Again, StoreError>,
}

/// Log rows and their audit events.
pub struct Again {
    pub entries: Vec<Entry>,
    pub audit: Vec<AuditEvent>,
}

/// Reads all restored data.
pub type LoadRestored<'a> = &'a mut dyn FnMut(&mut dyn Loaded) -> Result<Head, StoreError>;

pub struct Restored {
    pub rows: u64,
    /// The new head of the log. No token from before the restore is valid.
    pub head: Head,
}

/// Creates the tables of the backup's own migration, fills them, and then migrates them.
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
        // Positions of another history confirm nothing in this one.
        diesel::update(verifier::table).set(verifier::acked.eq(0)).execute(connection)?;
        begin_anew(connection, what, position)?;
        let Again { entries, audit } = (what.again)(&mut |loaded| load(connection, loaded))?;
        let mut chains = Chains::lock(connection)?;
        chains.append(connection, &entries, audit)?;
        Ok(Restored { rows, head: chains.settle(connection)? })
    });
    // Runs also after a failure: a server must be able to start on a database that stays empty.
    migrations::bring_up_to_date(what.url)?;
    restored
}

fn refuse_unless_empty(connection: &mut AnyConnection) -> Result<(), StoreError> {
    if read_head(connection)?.position != Position::ZERO {
        return Err(BackupError::NotEmpty("log_head".to_owned()).into());
    }
    for table in tables(connection)?.into_iter().filter(|table| !table.is_head()) {
        if !table.is_empty(connection)? {
            return Err(BackupError::NotEmpty(table.name).into());
        }
    }
    Ok(())
}

/// An invalid or incompatible file rolls everything back.
fn fill(
    connection: &mut AnyConnection,
    header: &Header,
    from: impl BufRead,
    progress: &mut dyn FnMut(u64),
) -> Result<u64, StoreError> {
    let tables = tables(connection)?;
    for head in tables.iter().filter(|table| table.is_head()) {
        head.clear(connection)?;
    }
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
            let reason = format!("migration {} has no table of that name", header.schema);
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

/// Rows of one table that wait to be inserted.
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

/// Moves the log and each realm's cut far beyond the old end. Every earlier token is then older than the cut, also one
/// issued after the backup. An event in each realm's audit trail records this.
fn begin_anew(
    connection: &mut AnyConnection,
    what: &Restoration<'_>,
    position: Position,
) -> Result<(), StoreError> {
    let column = position_column(position);
    diesel::update(log_head::table).set(log_head::position.eq(column)).execute(connection)?;
    diesel::update(log_head::table).set(log_head::cluster.eq(&what.cluster)).execute(connection)?;
    keep_opaque_tokens(connection, position)?;
    diesel::update(realm::table).set(realm::cut.eq(column)).execute(connection)?;
    let realms = realm::table.select(realm::label).order(realm::label).load::<String>(connection)?;
    let events: Vec<AuditEvent> = realms.iter().filter_map(|label| (what.event)(label, position)).collect();
    let mut chains = Chains::lock(connection)?;
    chains.append(connection, &[], events)?;
    chains.settle(connection)?;
    Ok(())
}

/// Opaque tokens are in the database, and known later revocations are applied again. Tokens that were valid stay valid.
fn keep_opaque_tokens(connection: &mut AnyConnection, position: Position) -> Result<(), StoreError> {
    for table in ["member_token", "registry_token"] {
        let sql = format!(
            "UPDATE {table} SET position = {position} \
             WHERE position >= (SELECT cut FROM realm WHERE realm.label = {table}.realm)"
        );
        diesel::sql_query(sql).execute(connection)?;
    }
    Ok(())
}

/// Lies beyond every position that the data can have reached under an earlier cluster id. No log grows by a million
/// rows a second. A log that began at zero, or at such a restore, is therefore behind the seconds times 2^20. The
/// result stays below 2^53, the limit of exact integers in JSON readers.
fn first_position(header: &Header, now: Timestamp) -> Result<Position, BackupError> {
    let position = now.epoch_seconds().max(0).unsigned_abs() << 20;
    if now.epoch_seconds() < header.made_at_seconds || position <= header.position {
        return Err(BackupError::Clock { made_at: header.made_at.clone() });
    }
    Ok(Position::new(position))
}
