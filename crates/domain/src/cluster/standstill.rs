//! Why a server cannot take a lease although its database responds. The server cannot recover by itself.

use claviger_contract::Position;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Standstill {
    /// Later revocations may be missing in it.
    #[error(
        "the history of the database differs from what this server has read: {found}. The database was reset to an \
         earlier state or replaced. Restore a backup with `claviger restore`, which starts a new history and applies \
         the revocations in {journal} again. Only if nothing was revoked since, move that file away and start again: \
         it is the only record of these revocations"
    )]
    Forked { found: String, journal: String },
    /// Its restrictions are unknown.
    #[error(
        "the change log has a row that only a newer claviger can read (position {position}, {kind}): install the version \
         that the other servers have"
    )]
    NewerNeeded { position: Position, kind: String },
    /// Of a kind that this version knows, or without a kind.
    #[error(
        "row {position} of the change log is damaged: {what}. If other servers run a newer claviger, install that \
         version here. Otherwise, `claviger repair log` shows the damage and can skip the row, which invalidates \
         every token that the row may have restricted; or restore a backup with `claviger restore`"
    )]
    Damaged { position: Position, what: String },
}

impl Standstill {
    /// For network clients: does not reveal paths on this machine.
    pub fn in_public(&self) -> String {
        match self {
            Self::Forked { found, .. } => format!(
                "the history of the database differs from what this server has read: {found}; see the server's log, \
                 and restore a backup with `claviger restore`"
            ),
            Self::NewerNeeded { .. } | Self::Damaged { .. } => self.to_string(),
        }
    }

    /// A short name for readiness and metrics.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Forked { .. } => "forked",
            Self::NewerNeeded { .. } => "newer version needed",
            Self::Damaged { .. } => "damaged log",
        }
    }
}
