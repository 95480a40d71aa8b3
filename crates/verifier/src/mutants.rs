//! A fault that can be compiled in, to show that the tests of several nodes detect it.

/// The lease is counted from the answer of the feed.
pub(crate) const LEASE_FROM_REPLY: bool = cfg!(feature = "mutant-lease-from-reply");

#[cfg(all(not(debug_assertions), feature = "mutant-lease-from-reply"))]
compile_error!("a fault of the tests must not be in a release");
