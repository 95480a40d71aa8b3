//! What fields of several forms hold at most, and choose from.

/// In characters.
pub const MAX_NAME: usize = 64;
pub const MAX_DESCRIPTION: usize = 1_000;

/// How long the one that is replaced goes on working: in seconds, with their names.
pub(crate) const OVERLAPS: [(u64, &str); 5] =
    [(0, "No overlap"), (3_600, "1 hour"), (86_400, "24 hours"), (604_800, "7 days"), (2_592_000, "30 days")];
pub(crate) const USUAL_OVERLAP: u64 = 86_400;
