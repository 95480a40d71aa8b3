//! A cache bounded in bytes and shared fairly by several owners.
//!
//! When the cache is full, the owner that holds the most loses its oldest entry. An owner below an equal share by more
//! than one rank never loses an entry to another. A single owner may use the whole cache.

mod shard;
mod sharded;

pub use sharded::FairCache;
