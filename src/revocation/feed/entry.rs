//! One entry of the feed, as it is told.

use std::sync::Arc;

use claviger_contract::{CLOCK_LEEWAY_SECONDS, Position, Timestamp};
use claviger_domain::{ClientId, Cut, RESTRICTIONS_KEPT_SECONDS, ServerAudience};
use serde::Serialize;

/// Times are epoch seconds. Tokens with `pos` below `before` are dead.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    Realm {
        before: Position,
        forget_after: i64,
    },
    Key {
        kid: Arc<str>,
        forget_after: i64,
    },
    ResourceServer {
        audience: ServerAudience,
        before: Position,
        forget_after: i64,
    },
    Credential {
        client_id: ClientId,
        before: Position,
        /// Applies from this second on.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<i64>,
        forget_after: i64,
    },
    Token {
        jti: Arc<str>,
        forget_after: i64,
    },
}

/// When no token from before an act at this time can be alive. Without the time of the act: at `now` it was made.
pub fn forget_after(cut: &Cut, at: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let all_over = at.unwrap_or(now).plus_seconds(RESTRICTIONS_KEPT_SECONDS);
    match cut {
        Cut::Token { expires_at, .. } => all_over.min(expires_at.plus_seconds(CLOCK_LEEWAY_SECONDS)),
        _ => all_over,
    }
}

impl Entry {
    pub fn new(cut: &Cut, forget_after: Timestamp) -> Self {
        let forget_after = forget_after.epoch_seconds();
        match cut {
            Cut::Realm { before } => Self::Realm { before: *before, forget_after },
            Cut::Key { kid } => Self::Key { kid: kid.clone(), forget_after },
            Cut::ResourceServer { audience, before } => {
                Self::ResourceServer { audience: audience.clone(), before: *before, forget_after }
            }
            Cut::Client { id, before } => {
                Self::Credential { client_id: *id, before: *before, from: None, forget_after }
            }
            Cut::ClientFrom { id, from } => Self::Credential {
                client_id: *id,
                before: Position::END,
                from: Some(from.epoch_seconds()),
                forget_after,
            },
            Cut::Token { jti, .. } => Self::Token { jti: jti.clone(), forget_after },
        }
    }
}
