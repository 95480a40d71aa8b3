//! How domain values are stored in columns, and the error for values that cannot be read.

use claviger_contract::{Position, Timestamp};
use serde::Serialize;
use serde::de::{DeserializeOwned, IntoDeserializer};

use crate::store::error::StoreError;
use claviger_domain::{Actor, AdminScopes, Description, Id, Name, SecretDigest, TokenLifetime, Validity};

/// The number of values that both databases accept in one statement.
pub const ROWS_AT_ONCE: usize = 1_000;

/// Names a row in errors while its columns are read.
pub struct Row<'a> {
    pub table: &'static str,
    pub id: &'a str,
}

impl Row<'_> {
    /// For columns that hold the value's own text form.
    pub fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(&self, text: &str) -> Result<T, StoreError> {
        text.parse().map_err(|error| self.corrupt(error))
    }

    /// For texts whose rule was wider once: a stored text stays readable even if it would be refused now.
    pub fn text<T: DeserializeOwned>(&self, text: &str) -> Result<T, StoreError> {
        let stored = IntoDeserializer::<serde::de::value::Error>::into_deserializer(text);
        T::deserialize(stored).map_err(|error| self.corrupt(error))
    }

    /// For lists and records.
    pub fn json<T: DeserializeOwned>(&self, text: &str) -> Result<T, StoreError> {
        serde_json::from_str(text).map_err(|error| self.corrupt(error))
    }

    pub fn checked<T, E: std::fmt::Display>(&self, value: Result<T, E>) -> Result<T, StoreError> {
        value.map_err(|error| self.corrupt(error))
    }

    pub fn time(&self, column: i64) -> Result<Timestamp, StoreError> {
        self.checked(Timestamp::try_from_epoch_seconds(column))
    }

    pub fn time_if_any(&self, column: Option<i64>) -> Result<Option<Timestamp>, StoreError> {
        column.map(|column| self.time(column)).transpose()
    }

    /// A position that a counter from zero can have reached.
    pub fn position(&self, column: i64) -> Result<Position, StoreError> {
        let position = u64::try_from(column).map_err(|_| self.corrupt("a position is not negative"))?;
        Ok(Position::new(position))
    }

    fn corrupt(&self, what: impl std::fmt::Display) -> StoreError {
        StoreError::Corrupt { table: self.table, row: self.id.to_owned(), what: what.to_string() }
    }
}

/// A value that one column holds.
pub trait ColumnValue: Sized {
    type Column;

    fn to_column(&self) -> Result<Self::Column, StoreError>;
    fn read(row: &Row<'_>, column: &Self::Column) -> Result<Self, StoreError>;
}

/// Defines how types are stored: the type of the column, the column of a value, and the value of a column.
macro_rules! column_values {
    ($($type:ty as $column:ty: |$value:ident| $to:expr, |$row:ident, $stored:ident| $from:expr;)*) => {
        $(impl ColumnValue for $type {
            type Column = $column;

            fn to_column(&self) -> Result<$column, StoreError> {
                let $value = self;
                $to
            }

            fn read($row: &Row<'_>, $stored: &$column) -> Result<Self, StoreError> {
                $from
            }
        })*
    };
}

column_values! {
    SecretDigest as String: |digest| Ok(digest.to_string()), |row, text| row.parse(text);
    Name as String: |name| Ok(name.to_string()), |row, text| row.text(text);
    Description as String: |text| Ok(text.to_string()), |row, text| row.text(text);
    AdminScopes as String: |scopes| to_json(scopes), |row, text| row.json(text);
    Actor as String: |actor| to_json(actor), |row, text| row.json(text);
    Timestamp as i64: |time| Ok(time.epoch_seconds()), |row, seconds| row.time(*seconds);
    TokenLifetime as i64:
        |lifetime| Ok(lifetime.as_seconds()), |row, seconds| row.checked(Self::seconds(*seconds));
    Validity as Option<i64>:
        |validity| Ok(validity.as_days().map(i64::from)),
        |row, days| days.map_or(Ok(Self::Never), |days| row.checked(Self::days(days)));
}

impl<Kind> ColumnValue for Id<Kind> {
    type Column = String;

    fn to_column(&self) -> Result<String, StoreError> {
        Ok(self.to_string())
    }

    fn read(row: &Row<'_>, text: &String) -> Result<Self, StoreError> {
        row.parse(text)
    }
}

impl<T: ColumnValue> ColumnValue for Option<T> {
    type Column = Option<T::Column>;

    fn to_column(&self) -> Result<Self::Column, StoreError> {
        self.as_ref().map(T::to_column).transpose()
    }

    fn read(row: &Row<'_>, column: &Self::Column) -> Result<Self, StoreError> {
        column.as_ref().map(|column| T::read(row, column)).transpose()
    }
}

pub fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt {
        table: "(being written)",
        row: String::new(),
        what: error.to_string(),
    })
}

/// A signed 64-bit counter is large enough for any log.
pub fn position_column(position: Position) -> i64 {
    position.as_u64().cast_signed()
}

pub fn position_of(column: i64) -> Position {
    Position::new(column.cast_unsigned())
}

diesel::define_sql_function! {
    /// Lower case; on SQLite only for ASCII.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// A LIKE pattern for texts that contain `text`, with every character taken literally.
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
