//! What ends by itself, and when; what an act ends.

pub(super) mod difference;
pub(super) mod expirations;
pub(super) mod holdings;
pub(super) mod overlaps;
