//! What acts have ended lately, for resource servers that check tokens offline.

pub(super) mod cuts;
pub(super) mod kept;
pub(super) mod loaded;
