//! Finds log rows that cannot be read, and tables that cannot be loaded, before they stop a server.

use claviger_contract::{Position, RealmLabel};
use diesel::prelude::*;

use crate::crypto::LogHash;
use crate::store::column::{position_column, position_of};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::log::head::{Head, hash_of, read_head};
use crate::store::log::rows::{find_skips, first_position, parse_body, read_body};
use crate::store::schema::change_log;
use crate::store::tables::load::{Loaded, load};
use crate::store::tables::stored::TableRow;
use claviger_domain::Record;

/// A row that stops a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedRow {
    pub position: Position,
    /// The hash stored with the body.
    pub hash: LogHash,
    /// The realm of the row, if it can be trusted.
    pub realm: Option<RealmLabel>,
    pub what: String,
    /// A newer version wrote the row, so it must not be skipped.
    pub newer: bool,
    /// The operator has skipped it.
    pub skipped: bool,
}

const ROWS_AT_ONCE: i64 = 1_000;

pub fn check_tables(connection: &mut AnyConnection) -> Result<(), StoreError> {
    load(connection, &mut Known::default()).map(drop)
}

/// Reads everything, and keeps the labels of realms.
#[derive(Default)]
struct Known(Vec<RealmLabel>);

impl Loaded for Known {
    fn row(&mut self, realm: RealmLabel, row: TableRow) -> Result<(), StoreError> {
        if matches!(row, TableRow::Record(Record::Realm(_), _)) {
            self.0.push(realm);
            return Ok(());
        }
        match self.0.contains(&realm) {
            true => Ok(()),
            false => Err(StoreError::Corrupt {
                table: "realm",
                row: realm.to_string(),
                what: "rows of other tables refer to it, but it does not exist".to_owned(),
            }),
        }
    }
}

pub fn damaged_rows(
    connection: &mut AnyConnection,
    progress: &mut dyn FnMut(u64),
) -> Result<Vec<DamagedRow>, StoreError> {
    let head = read_head(connection)?;
    let Some(first) = first_position(connection)? else { return Ok(Vec::new()) };
    let mut damaged = Vec::new();
    // The predecessor of the first stored row may have been removed.
    let mut last: Option<Head> =
        (first == Position::new(1)).then(|| Head { position: Position::ZERO, hash: LogHash::default() });
    let mut count = 0;
    loop {
        let after = last.map_or(first.as_u64() - 1, |last| last.position.as_u64());
        let rows = change_log::table
            .filter(change_log::position.gt(position_column(Position::new(after))))
            .order(change_log::position.asc())
            .limit(ROWS_AT_ONCE)
            .select((change_log::position, change_log::body, change_log::hash))
            .load::<(i64, Vec<u8>, Vec<u8>)>(connection)?;
        if rows.is_empty() {
            break;
        }
        for (position, body, hash) in rows {
            let position = position_of(position);
            let hash = hash_of(position, hash)?;
            // A restore makes positions jump.
            let follows = last.filter(|last| last.position.next() == position);
            let read = match follows {
                Some(last) => read_body(position, last.hash, &body, hash).map(drop),
                None => parse_body(position, &body).map(drop),
            };
            if let Err(error) = read {
                damaged.push(DamagedRow {
                    position,
                    hash,
                    realm: realm_of(&body, &error),
                    newer: matches!(error, StoreError::UnknownKind { .. }),
                    what: told(error),
                    skipped: false,
                });
            }
            last = Some(Head { position, hash });
            count += 1;
            if count % 1_000 == 0 {
                progress(count);
            }
        }
    }
    if last.is_some_and(|last| last != head) {
        return Err(StoreError::Broken { position: head.position.as_u64() });
    }
    if let Some(first) = damaged.first() {
        let skips = find_skips(connection, first.position)?;
        for row in &mut damaged {
            row.skipped = skips.contains(&(row.position, row.hash.to_string()));
        }
    }
    Ok(damaged)
}

/// A body whose hash does not match is not trusted.
fn realm_of(body: &[u8], error: &StoreError) -> Option<RealmLabel> {
    #[derive(serde::Deserialize)]
    struct Row {
        realm: RealmLabel,
    }
    match error {
        StoreError::Broken { .. } => None,
        _ => serde_json::from_slice::<Row>(body).ok().map(|row| row.realm),
    }
}

fn told(error: StoreError) -> String {
    match error {
        StoreError::Damaged { what, .. } => what,
        StoreError::Broken { .. } => "its hash does not match the rows before it".to_owned(),
        StoreError::UnknownKind { kind, .. } => format!("only a newer claviger can read the kind \"{kind}\""),
        other => other.to_string(),
    }
}
