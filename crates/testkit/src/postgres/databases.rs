//! Databases of a server, and `psql`.

use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;

use crate::postgres::folder::PORT;
use crate::postgres::server::Postgres;
use crate::postgres::watcher::SUPERUSER;

impl Postgres {
    /// The URL of a new, empty database, as libpq reads it: `postgres:///name?host=/folder&port=…&user=…`.
    pub fn fresh_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed) + 1);
        self.psql(&self.url("postgres"), &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// Output of `psql`: a line per row, columns separated by `|`, no header. Several statements are one transaction.
    ///
    /// # Panics
    /// With psql's error message if a statement fails.
    pub fn psql(&self, database_url: &str, sql: &str) -> String {
        self.try_psql(database_url, sql).unwrap_or_else(|words| panic!("psql refused {sql:?}: {words}"))
    }

    /// The same, or psql's error message if a statement fails.
    pub fn try_psql(&self, database_url: &str, sql: &str) -> Result<String, String> {
        let output = Command::new(self.binaries.join("psql"))
            .args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1"])
            .args(["--dbname", database_url, "--command", sql])
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("psql does not start: {error}"));
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).trim_end().to_owned()),
        }
    }

    /// Ends all connections to one database and refuses new ones, or accepts connections again.
    ///
    /// # Panics
    /// With psql's error message, or if the URL is not one of `fresh_database`.
    pub fn let_in(&self, database_url: &str, allowed: bool) {
        let name = database_url.strip_prefix("postgres:///").and_then(|rest| rest.split('?').next());
        let name = name.unwrap_or_else(|| panic!("{database_url} is none of ours"));
        let elsewhere = self.url("postgres");
        self.psql(&elsewhere, &format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {allowed}"));
        if !allowed {
            let end =
                format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
            self.psql(&elsewhere, &end);
        }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&port={PORT}&user={SUPERUSER}", self.folder.display())
    }
}
