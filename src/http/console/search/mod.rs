//! The search over everything, and the trace of a leaked secret.

pub mod find;
pub mod trace;
