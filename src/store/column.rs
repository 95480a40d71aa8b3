//! How domain values stand in columns, and the one error for those that no longer read.

use claviger_contract::{Position, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;

/// Names a row in errors while its columns are read.
pub struct Row<'a> {
    pub table: &'static str,
    pub id: &'a str,
}

impl Row<'_> {
    /// For columns whose text form is the value's own.
    pub fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(&self, text: &str) -> Result<T, StoreError> {
        text.parse().map_err(|error| self.corrupt(error))
    }

    /// For lists and records.
    pub fn json<T: DeserializeOwned>(&self, text: &str) -> Result<T, StoreError> {
        serde_json::from_str(text).map_err(|error| self.corrupt(error))
    }

    pub fn checked<T, E: std::fmt::Display>(&self, value: Result<T, E>) -> Result<T, StoreError> {
        value.map_err(|error| self.corrupt(error))
    }

    fn corrupt(&self, what: impl std::fmt::Display) -> StoreError {
        StoreError::Corrupt { table: self.table, row: self.id.to_owned(), what: what.to_string() }
    }
}

pub fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt {
        table: "(being written)",
        row: String::new(),
        what: error.to_string(),
    })
}

/// Positions fit: a signed 64-bit counter outlasts any log.
pub fn position_column(position: Position) -> i64 {
    position.as_u64().cast_signed()
}

pub fn position_of(column: i64) -> Position {
    Position::new(column.cast_unsigned())
}

pub fn time_of(column: i64) -> Timestamp {
    Timestamp::from_epoch_seconds(column)
}

diesel::define_sql_function! {
    /// Small letters: of ASCII alone on SQLite.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// A pattern of LIKE for whatever holds `text`, each of whose characters stands for itself.
pub fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
