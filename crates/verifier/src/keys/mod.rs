//! The issuer's public keys: which are held, and when to fetch them again.

mod demand;
mod key_ring;

pub(crate) use demand::{Demand, Wanted};
pub(crate) use key_ring::KeyRing;
