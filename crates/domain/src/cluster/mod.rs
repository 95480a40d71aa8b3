//! Leases, membership and receipts: the protocol between nodes as pure functions.

pub(crate) mod awaited;
pub(crate) mod awaited_verifiers;
pub(crate) mod follower_status;
pub(crate) mod follower_step;
pub(crate) mod last_wait;
pub(crate) mod lease;
pub(crate) mod leased;
pub(crate) mod looks;
pub(crate) mod membership;
pub(crate) mod mutants;
pub(crate) mod receipt;
pub(crate) mod replication;
pub(crate) mod roster;
pub(crate) mod shared_commit;
pub(crate) mod standstill;
pub(crate) mod verifiers;
