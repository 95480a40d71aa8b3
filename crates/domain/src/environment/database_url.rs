//! The database URL. The scheme alone decides the kind: an invalid PostgreSQL URL never opens a file of that name.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    Sqlite(PathBuf),
    /// In libpq syntax; may contain a password.
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
            Some(("sqlite", path)) => {
                let path = plain_path(path).filter(|path| !path.is_empty() && path != ":memory:");
                path.map(|path| Self::Sqlite(PathBuf::from(path))).ok_or(InvalidDatabaseUrl)
            }
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(text.to_owned())),
            _ => Err(InvalidDatabaseUrl),
        }
    }
}

/// A path may be a `file:` URI. With parameters, SQLite would open a different database than this server assumes.
fn plain_path(text: &str) -> Option<String> {
    let Some(uri) = text.strip_prefix("file:") else { return Some(text.to_owned()) };
    let path = match uri.strip_prefix("//") {
        Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
        None => uri,
    };
    if (uri.starts_with("//") && !path.starts_with('/')) || path.contains(['?', '#']) {
        return None;
    }
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        if first != b'%' {
            decoded.push(first);
            rest = behind;
            continue;
        }
        let digits = std::str::from_utf8(behind.get(..2)?).ok()?;
        let byte = u8::from_str_radix(digits, 16).ok().filter(|byte| *byte != 0)?;
        decoded.push(byte);
        rest = &behind[2..];
    }
    String::from_utf8(decoded).ok()
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
        for (uri, path) in [
            ("sqlite://file:data/c.db", "data/c.db"),
            ("sqlite://file:/srv/a%20b.db", "/srv/a b.db"),
            ("sqlite://file:///srv/c.db", "/srv/c.db"),
            ("sqlite://file://localhost/srv/c.db", "/srv/c.db"),
        ] {
            assert_eq!(uri.parse(), Ok(DatabaseUrl::Sqlite(path.into())), "{uri}");
        }
        for bad in [
            "",
            "data/c.db",
            "mysql://x",
            "sqlite://",
            "sqlite://:memory:",
            "sqlite://file:",
            "sqlite://file::memory:",
            "sqlite://file:c.db?mode=memory",
            "sqlite://file://host/c.db",
            "sqlite://file:c%0.db",
            "sqlite://file:c%00.db",
            "postgres:x",
        ] {
            assert_eq!(bad.parse::<DatabaseUrl>(), Err(InvalidDatabaseUrl), "{bad}");
        }
    }
}
