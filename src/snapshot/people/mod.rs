//! Members: what they own, and which people at providers they are.

pub mod identities;
pub mod owned;
