//! What ends by itself, and when.

pub(super) mod expirations;
pub(super) mod holdings;
pub(super) mod overlaps;
