//! Pages of the realm itself: its signing keys, and what it is set to.

pub mod organization;
pub mod signing_keys;
