//! What an act ends, as resource servers that check tokens offline are told.

use std::sync::Arc;

use claviger_contract::{Position, Timestamp};
use serde::{Deserialize, Serialize};

use crate::client::ClientId;
use crate::records::resource_server::ServerAudience;

/// Tokens that are dead from now on, or from a given time on. A token is active only if no cut speaks of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Tokens of the realm issued before this position.
    Realm { before: Position },
    /// Every token signed with the key.
    Key { kid: Arc<str> },
    /// Tokens for this audience issued before this position.
    ResourceServer { audience: ServerAudience, before: Position },
    /// Tokens of a credential of either kind issued before this position.
    Client { id: ClientId, before: Position },
    /// From this time on, every token of a credential that has a successor.
    ClientFrom { id: ClientId, from: Timestamp },
    /// The token with this `jti`, and every token of the grant with this id.
    Token { jti: Arc<str>, expires_at: Timestamp },
}

/// What a cut speaks of. Of two cuts with the same key the one with the larger `before` says all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CutKey {
    Realm,
    Key(Arc<str>),
    ResourceServer(ServerAudience),
    Client(ClientId),
    ClientFrom(ClientId),
    Token(Arc<str>),
}

/// Memory that a cut with a text of this length takes, in multiples of that of a cut without a text.
const TEXT_PER_WEIGHT: usize = 64;

impl Cut {
    /// Every token of the credential, now and later.
    pub fn end_of(id: ClientId) -> Self {
        Self::Client { id, before: Position::END }
    }

    pub fn key(&self) -> CutKey {
        match self {
            Self::Realm { .. } => CutKey::Realm,
            Self::Key { kid } => CutKey::Key(kid.clone()),
            Self::ResourceServer { audience, .. } => CutKey::ResourceServer(audience.clone()),
            Self::Client { id, .. } => CutKey::Client(*id),
            Self::ClientFrom { id, .. } => CutKey::ClientFrom(*id),
            Self::Token { jti, .. } => CutKey::Token(jti.clone()),
        }
    }

    /// Zero for a cut that ends everything that it speaks of.
    pub fn before(&self) -> Position {
        match self {
            Self::Realm { before } | Self::ResourceServer { before, .. } | Self::Client { before, .. } => {
                *before
            }
            Self::Key { .. } | Self::ClientFrom { .. } | Self::Token { .. } => Position::ZERO,
        }
    }

    /// For a bound on the memory of many.
    pub fn weight(&self) -> usize {
        1 + match self {
            Self::Key { kid: text } | Self::Token { jti: text, .. } => text.len() / TEXT_PER_WEIGHT,
            Self::ResourceServer { audience, .. } => audience.as_str().len() / TEXT_PER_WEIGHT,
            Self::Realm { .. } | Self::Client { .. } | Self::ClientFrom { .. } => 0,
        }
    }
}
