//! What an entry speaks of, in 16 bytes: a part of a SHA-256, so that keys of one set are evenly distributed.

use ring::digest::{Context, SHA256};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Digest([u8; 16]);

impl Digest {
    pub(crate) fn of_credential(client_id: Uuid) -> Self {
        Self::of(b"c", client_id.as_bytes())
    }

    /// A token, or the grant of tokens.
    pub(crate) fn of_token(jti: &str) -> Self {
        Self::of(b"t", jti.as_bytes())
    }

    pub(crate) fn of_key(kid: &str) -> Self {
        Self::of(b"k", kid.as_bytes())
    }

    pub(crate) fn of_resource_server(audience: &str) -> Self {
        Self::of(b"s", audience.as_bytes())
    }

    pub(crate) fn of_realm() -> Self {
        Self::of(b"r", b"")
    }

    /// Of 1,024 shards.
    pub(super) fn shard(self) -> usize {
        usize::from(u16::from_be_bytes([self.0[0], self.0[1]]) >> 6)
    }

    fn of(kind: &[u8; 1], what: &[u8]) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(kind);
        context.update(what);
        let whole = context.finish();
        let mut part = [0; 16];
        part.iter_mut().zip(whole.as_ref()).for_each(|(to, from)| *to = *from);
        Self(part)
    }
}
