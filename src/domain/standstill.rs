//! Why a server has no lease and takes none, though its database answers: nothing that it does by itself mends that.

use claviger_contract::Position;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Standstill {
    /// What was revoked since may be alive in it.
    #[error(
        "the database has another history than this server has read: {found}. It was put back to an earlier state, or \
         another took its place. Restore a backup with `claviger restore`, which begins a new life of the data and ends \
         again what {journal} knows to be ended. Only if you know that nothing was revoked meanwhile, move that file away \
         and start again: then nobody knows any more what was ended"
    )]
    Forked { found: String, journal: String },
    /// What it takes away is not known.
    #[error(
        "the change log has a row that only a newer claviger can read (position {position}, {kind}): install the version \
         that the other servers have"
    )]
    NewerNeeded { position: Position, kind: String },
    /// Its hash fits, and yet it says nothing.
    #[error(
        "the change log has a row that no version can read ({what}): restore a backup with `claviger restore`"
    )]
    Damaged { what: String },
}

impl Standstill {
    /// For whoever asks over the network: nothing of where things lie on this machine.
    pub fn in_public(&self) -> String {
        match self {
            Self::Forked { found, .. } => format!(
                "the database has another history than this server has read: {found}; the log of the server says more, and \
                 `claviger restore` is the way back"
            ),
            Self::NewerNeeded { .. } | Self::Damaged { .. } => self.to_string(),
        }
    }

    /// One word for each, for readiness and metrics.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Forked { .. } => "forked",
            Self::NewerNeeded { .. } => "newer version needed",
            Self::Damaged { .. } => "damaged log",
        }
    }
}
