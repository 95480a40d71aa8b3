//! Why a server cannot take a lease although its database responds. The server cannot recover by itself.

use claviger_contract::Position;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Standstill {
    /// Later revocations may be missing in it.
    #[error(
        "the database has another history than this server has read: {found}. It was put back to an earlier state, or \
         another took its place. Restore a backup with `claviger restore`, which begins a new life of the data and ends \
         again what {journal} knows to be ended. Only if you know that nothing was revoked meanwhile, move that file away \
         and start again: then nobody knows any more what was ended"
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
        "row {position} of the change log is damaged: {what}. If other servers run a newer claviger, install that version \
         here. Else `claviger repair log` shows the damage and steps over the row, which ends every token that it may have \
         restricted; or restore a backup with `claviger restore`"
    )]
    Damaged { position: Position, what: String },
}

impl Standstill {
    /// For network clients: does not reveal paths on this machine.
    pub fn in_public(&self) -> String {
        match self {
            Self::Forked { found, .. } => format!(
                "the database has another history than this server has read: {found}; the log of the server says more, and \
                 `claviger restore` is the way back"
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
