//! What an address asks of a list, and lists that are in memory.

pub mod asked;
pub mod in_memory;
