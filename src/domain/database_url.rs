//! Which database, decided by the scheme alone: a failed PostgreSQL address never opens a file of that name.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    Sqlite(PathBuf),
    /// As libpq reads it; may hold a password.
    Postgres(String),
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "a database is sqlite://PATH or postgres://…, such as sqlite://data/claviger.db or postgres://claviger@db.internal/claviger"
)]
pub struct InvalidDatabaseUrl;

impl DatabaseUrl {
    pub fn sqlite_path(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        match text.split_once("://") {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(text.to_owned())),
            _ => Err(InvalidDatabaseUrl),
        }
    }
}

/// Without user, password and parameters.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
                write!(f, "postgres://{}", rest.split('?').next().unwrap_or(""))
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_alone_decides_and_passwords_are_not_shown() {
        let postgres: DatabaseUrl = "postgres://me:pw@db/claviger?password=pw".parse().expect("a URL");
        assert_eq!(format!("{postgres} {postgres:?}"), "postgres://db/claviger postgres://db/claviger");
        assert_eq!("sqlite://data/c.db".parse(), Ok(DatabaseUrl::Sqlite("data/c.db".into())));
        for bad in ["", "data/c.db", "mysql://x", "sqlite://", "postgres:x"] {
            assert_eq!(bad.parse::<DatabaseUrl>(), Err(InvalidDatabaseUrl), "{bad}");
        }
    }
}
