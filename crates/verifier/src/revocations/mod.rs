//! What the feed has told: read strictly, kept compactly, never believed beyond its lease.

mod answer;
mod digest;
mod feed;
mod set;
mod shard;

pub(crate) use answer::{Fault, MAX_ANSWER_BYTES};
pub(crate) use digest::Digest;
pub(crate) use feed::{Asked, Feed, Step};
pub(crate) use set::RevocationSet;
#[cfg(feature = "testing")]
pub(crate) use shard::Entry;
