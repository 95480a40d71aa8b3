//! Names and retention of the resource servers and container registries listed in receipts.

use claviger_contract::{RealmLabel, Timestamp};

use crate::records::registry::RegistryService;
use crate::records::resource_server::ResourceServerId;

/// Maximum registries per realm. Clients choose the name, so the number must be bounded.
pub const MAX_REGISTRIES: usize = 100;

/// A registry not seen for this long is not listed.
pub const LAST_SEEN_KEPT_DAYS: i64 = 90;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SeenName {
    /// Has introspected.
    ResourceServer(ResourceServerId),
    /// A client obtained a token for it.
    Registry(RegistryService),
    /// Evicted registries: the latest time at which one of them was seen.
    Forgotten,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeenAt {
    pub realm: RealmLabel,
    pub name: SeenName,
    pub at: Timestamp,
}

impl SeenName {
    pub const REGISTRY: &str = "registry";
    pub const RESOURCE_SERVER: &str = "resource_server";
    pub const FORGOTTEN: &str = "forgotten";

    pub fn kind(&self) -> &'static str {
        match self {
            Self::ResourceServer(_) => Self::RESOURCE_SERVER,
            Self::Registry(_) => Self::REGISTRY,
            Self::Forgotten => Self::FORGOTTEN,
        }
    }

    pub fn text(&self) -> String {
        match self {
            Self::ResourceServer(id) => id.to_string(),
            Self::Registry(service) => service.to_string(),
            Self::Forgotten => String::new(),
        }
    }

    /// `None` for a kind that another version wrote.
    pub fn read(kind: &str, text: &str) -> Option<Self> {
        match kind {
            Self::RESOURCE_SERVER => text.parse().ok().map(Self::ResourceServer),
            Self::REGISTRY => text.parse().ok().map(Self::Registry),
            Self::FORGOTTEN => Some(Self::Forgotten),
            _ => None,
        }
    }
}
