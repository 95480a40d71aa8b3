//! Faults that can be compiled in one by one, to show that the cluster tests detect them.

/// A node counts its lease from the response to a renewal.
pub const LEASE_FROM_REPLY: bool = cfg!(feature = "mutant-lease-from-reply");
/// A node confirms rows that it has seen but not applied.
pub const APPLIED_TOO_EARLY: bool = cfg!(feature = "mutant-applied-too-early");
/// A lease never ends.
pub const CLOCK_THAT_STOPS: bool = cfg!(feature = "mutant-clock-that-stops");
/// A revocation returns as soon as it is committed.
pub const NO_CONFIRMATIONS: bool = cfg!(feature = "mutant-no-confirmations");
/// A node that does not confirm counts as waited out at once.
pub const NO_WAIT: bool = cfg!(feature = "mutant-no-wait");
/// A revocation waits for nodes alone.
pub const NO_VERIFIERS: bool = cfg!(feature = "mutant-no-verifiers");
/// A node that briefly does not renew is no longer waited for.
pub const EARLY_EVICTION: bool = cfg!(feature = "mutant-early-eviction");

#[cfg(all(not(debug_assertions), feature = "mutant"))]
compile_error!("a fault of the tests must not be in a release");
