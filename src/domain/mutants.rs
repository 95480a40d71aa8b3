//! Faults that can be compiled in, one by one, so that the tests of several nodes show that they would notice it.

/// A node counts its lease from the answer to a renewal.
pub const LEASE_FROM_REPLY: bool = cfg!(feature = "mutant-lease-from-reply");
/// A node says that it has applied what it has only heard of.
pub const APPLIED_TOO_EARLY: bool = cfg!(feature = "mutant-applied-too-early");
/// A lease never ends.
pub const CLOCK_THAT_STOPS: bool = cfg!(feature = "mutant-clock-that-stops");
/// A revocation returns when it is committed.
pub const NO_CONFIRMATIONS: bool = cfg!(feature = "mutant-no-confirmations");
/// Whoever does not confirm counts as waited out at once.
pub const NO_WAIT: bool = cfg!(feature = "mutant-no-wait");
/// A node that does not renew for a moment is waited for no more.
pub const EARLY_EVICTION: bool = cfg!(feature = "mutant-early-eviction");

#[cfg(all(not(debug_assertions), feature = "mutant"))]
compile_error!("a fault of the tests must not be in a release");
