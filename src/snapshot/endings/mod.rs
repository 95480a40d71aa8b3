//! What ends by itself, and when; what an act ends.

pub(super) mod difference;
pub(super) mod expirations;
mod holders;
pub(super) mod holdings;
pub(super) mod overlaps;
pub(super) mod reached;
