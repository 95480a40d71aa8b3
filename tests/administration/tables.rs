//! Reads the tables directly in the database, without the server.

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;
use diesel::{Connection, QueryableByName, RunQueryDsl, sql_query};
use ring::digest::{SHA256, digest};

use claviger_testkit::postgres::Postgres;
use claviger_testkit::world::World;

pub struct Tables {
    url: String,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// A row of the change log, with its bytes as stored.
pub struct LogRow {
    pub position: u64,
    pub body: Vec<u8>,
    pub hash: Vec<u8>,
}

impl Tables {
    pub fn of(world: &World) -> Self {
        Self { url: world.database_url.clone() }
    }

    /// One text per row: the query's only column, named `line`.
    pub fn lines(&self, sql: &str) -> Vec<String> {
        match self.sqlite() {
            Some(mut connection) => {
                let lines = sql_query(sql).load::<Line>(&mut connection).expect("a query");
                lines.into_iter().map(|line| line.line).collect()
            }
            None => Postgres::shared().psql(&self.url, sql).lines().map(str::to_owned).collect(),
        }
    }

    pub fn execute(&self, sql: &str) {
        match self.sqlite() {
            Some(mut connection) => connection.batch_execute(sql).expect("a statement"),
            None => drop(Postgres::shared().psql(&self.url, sql)),
        }
    }

    pub fn change_log(&self) -> Vec<LogRow> {
        let hex = |column: &str| match self.sqlite() {
            Some(_) => format!("lower(hex({column}))"),
            None => format!("encode({column}, 'hex')"),
        };
        let (body, hash) = (hex("body"), hex("hash"));
        let sql = format!(
            "SELECT position || ',' || {body} || ',' || {hash} AS line FROM change_log ORDER BY position"
        );
        self.lines(&sql).iter().map(|line| log_row(line)).collect()
    }

    /// Every row of every table as text, with binary columns in hexadecimal.
    pub fn dump(&self) -> Vec<String> {
        let tables: Vec<String> = self.names().iter().map(|table| self.rows_as_text(table)).collect();
        let mut rows = self.lines(&tables.join(" UNION ALL "));
        rows.sort();
        rows
    }

    /// All tables except those that are written asynchronously: usage, last-seen times, and what jobs write.
    fn names(&self) -> Vec<String> {
        let mut names = self.lines(match self.sqlite() {
            Some(_) => "SELECT name AS line FROM sqlite_master WHERE type = 'table' ORDER BY name",
            None => "SELECT tablename AS line FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
        });
        let by_jobs = ["job", "webhook", "webhook_delivery", "expiry_notice"];
        let asynchronous = ["credential_usage", "last_use", "last_wait", "heard"].into_iter().chain(by_jobs);
        let asynchronous: Vec<&str> = asynchronous.collect();
        names.retain(|name| !asynchronous.contains(&name.as_str()));
        names
    }

    fn rows_as_text(&self, table: &str) -> String {
        if self.sqlite().is_none() {
            return format!("SELECT '{table}' || t::text AS line FROM \"{table}\" t");
        }
        let columns = self.lines(&format!("SELECT name AS line FROM pragma_table_info('{table}')"));
        let quoted: Vec<String> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
        format!("SELECT '{table}' || {} AS line FROM \"{table}\"", quoted.join(" || ',' || "))
    }

    fn sqlite(&self) -> Option<SqliteConnection> {
        let path = self.url.strip_prefix("sqlite://")?;
        let mut connection = SqliteConnection::establish(path).expect("the database");
        connection.batch_execute("PRAGMA busy_timeout = 10000").expect("a setting");
        Some(connection)
    }
}

fn log_row(line: &str) -> LogRow {
    let mut parts = line.split(',');
    let mut part = || parts.next().expect("three columns");
    LogRow { position: part().parse().expect("a position"), body: bytes(part()), hash: bytes(part()) }
}

fn bytes(hex: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal digits");
    (0..hex.len()).step_by(2).map(byte).collect()
}

/// Asserts positions from 1 without a gap, and hashes over the previous hash and the bytes of the row. Returns the last
/// position.
#[track_caller]
pub fn assert_dense_and_chained(rows: &[LogRow]) -> u64 {
    let mut previous = vec![0; 32];
    for (expected, row) in (1..).zip(rows) {
        assert_eq!(row.position, expected);
        let hash = digest(&SHA256, &[previous.as_slice(), &row.body].concat());
        assert_eq!(row.hash, hash.as_ref(), "row {expected}");
        previous = row.hash.clone();
    }
    rows.last().expect("rows").position
}
