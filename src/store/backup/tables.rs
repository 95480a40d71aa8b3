//! The tables as the database describes them. The next backup includes a new table or column without a change here.

use std::collections::BTreeMap;

use diesel::connection::DefaultLoadingMode;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use crate::store::backup::error::BackupError;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;

/// Tables that a backup omits: running servers, who is attached to them and what they are doing, the log that the tables sum up, and the list of
/// migrations.
pub const LEFT_OUT: [&str; 7] =
    ["node", "node_keys", "verifier", "job", "master_key", "change_log", "__diesel_schema_migrations"];

/// The tables that have one row in every database from their migration on.
const HEADS: [&str; 2] = ["log_head", "audit_head"];

pub const ROWS_AT_ONCE: usize = 1_000;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    Boolean,
    Bytes,
}

pub struct Table {
    pub name: String,
    pub columns: Vec<(String, Kind)>,
}

#[derive(QueryableByName)]
struct Described {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    kind: String,
}

#[derive(QueryableByName)]
struct Body {
    #[diesel(sql_type = Text)]
    body: String,
}

const SQLITE_COLUMNS: &str = "SELECT m.name AS table_name, c.name AS column_name, lower(c.type) AS kind \
    FROM sqlite_master m JOIN pragma_table_info(m.name) c \
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid";

const POSTGRES_COLUMNS: &str = "SELECT table_name::text AS table_name, column_name::text AS column_name, \
    data_type::text AS kind FROM information_schema.columns \
    WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position";

pub fn tables(connection: &mut AnyConnection) -> Result<Vec<Table>, StoreError> {
    let described = match connection {
        AnyConnection::Sqlite(connection) => sql_query(SQLITE_COLUMNS).load::<Described>(connection)?,
        AnyConnection::Postgres(connection) => sql_query(POSTGRES_COLUMNS).load::<Described>(connection)?,
    };
    let mut tables = BTreeMap::<String, Vec<(String, Kind)>>::new();
    for Described { table_name, column_name, kind } in described {
        if LEFT_OUT.contains(&table_name.as_str()) {
            continue;
        }
        let kind = match kind.as_str() {
            "text" => Kind::Text,
            "bigint" | "integer" | "smallint" => Kind::Integer,
            "boolean" => Kind::Boolean,
            "blob" | "bytea" => Kind::Bytes,
            _ => {
                let (table, column) = (table_name, column_name);
                return Err(BackupError::Column { table, column, kind }.into());
            }
        };
        tables.entry(table_name).or_default().push((column_name, kind));
    }
    Ok(tables.into_iter().map(|(name, columns)| Table { name, columns }).collect())
}

impl Table {
    /// Returns every row as a JSON object, in no order. PostgreSQL uses a cursor, to avoid holding all rows in memory.
    pub fn rows(
        &self,
        connection: &mut AnyConnection,
        each: &mut dyn FnMut(&str) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        match connection {
            AnyConnection::Sqlite(connection) => {
                let pairs = self.list(|name, kind| match kind {
                    // `hex(NULL)` is an empty string.
                    Kind::Bytes => {
                        format!("'{name}', CASE WHEN \"{name}\" IS NOT NULL THEN hex(\"{name}\") END")
                    }
                    _ => format!("'{name}', \"{name}\""),
                });
                let sql = format!("SELECT json_object({pairs}) AS body FROM \"{}\"", self.name);
                for row in sql_query(sql).load_iter::<Body, DefaultLoadingMode>(connection)? {
                    each(&row?.body)?;
                }
            }
            AnyConnection::Postgres(connection) => {
                let pairs = self.list(|name, kind| match kind {
                    Kind::Bytes => format!("'{name}', upper(encode(\"{name}\", 'hex'))"),
                    Kind::Boolean => format!("'{name}', \"{name}\"::int"),
                    _ => format!("'{name}', \"{name}\""),
                });
                sql_query(format!(
                    "DECLARE backup NO SCROLL CURSOR FOR SELECT json_build_object({pairs})::text AS body FROM \"{}\"",
                    self.name
                ))
                .execute(connection)?;
                loop {
                    let fetch = format!("FETCH FORWARD {ROWS_AT_ONCE} FROM backup");
                    let rows = sql_query(fetch).load::<Body>(connection)?;
                    if rows.is_empty() {
                        break;
                    }
                    rows.iter().try_for_each(|row| each(&row.body))?;
                }
                sql_query("CLOSE backup").execute(connection)?;
            }
        }
        Ok(())
    }

    /// `rows` is a JSON array of objects, as `rows` above returns them. The database parses it.
    pub fn insert(&self, connection: &mut AnyConnection, rows: &str) -> Result<(), StoreError> {
        let names = self.list(|name, _| format!("\"{name}\""));
        match connection {
            AnyConnection::Sqlite(connection) => {
                let values = self.list(|name, kind| match kind {
                    Kind::Bytes => format!("unhex(json_extract(value, '$.\"{name}\"'))"),
                    _ => format!("json_extract(value, '$.\"{name}\"')"),
                });
                let sql =
                    format!("INSERT INTO \"{}\" ({names}) SELECT {values} FROM json_each(?)", self.name);
                sql_query(sql).bind::<Text, _>(rows).execute(connection)?;
            }
            AnyConnection::Postgres(connection) => {
                let values = self.list(|name, kind| match kind {
                    Kind::Text => format!("x->>'{name}'"),
                    Kind::Integer => format!("(x->>'{name}')::bigint"),
                    Kind::Boolean => format!("(x->>'{name}')::int::boolean"),
                    Kind::Bytes => format!("decode(x->>'{name}', 'hex')"),
                });
                let sql = format!(
                    "INSERT INTO \"{}\" ({names}) SELECT {values} FROM json_array_elements($1::json) AS x",
                    self.name
                );
                sql_query(sql).bind::<Text, _>(rows).execute(connection)?;
            }
        }
        Ok(())
    }

    pub fn is_empty(&self, connection: &mut AnyConnection) -> Result<bool, StoreError> {
        let sql = format!("SELECT 'x' AS body FROM \"{}\" LIMIT 1", self.name);
        Ok(match connection {
            AnyConnection::Sqlite(connection) => sql_query(sql).load::<Body>(connection)?.is_empty(),
            AnyConnection::Postgres(connection) => sql_query(sql).load::<Body>(connection)?.is_empty(),
        })
    }

    pub fn is_head(&self) -> bool {
        HEADS.contains(&self.name.as_str())
    }

    pub fn clear(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        sql_query(format!("DELETE FROM \"{}\"", self.name)).execute(connection)?;
        Ok(())
    }

    fn list(&self, each: impl Fn(&str, Kind) -> String) -> String {
        self.columns.iter().map(|(name, kind)| each(name, *kind)).collect::<Vec<_>>().join(", ")
    }
}
