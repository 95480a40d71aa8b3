//! Servers, and commands beside them.

/// The role of this process in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A server, with its node name and an id of this run.
    Server { node: String, incarnation: String },
    /// A command beside the running servers.
    Command,
}

impl Part {
    pub(super) fn node(&self) -> &str {
        match self {
            Self::Server { node, .. } => node,
            Self::Command => "a command",
        }
    }
}
