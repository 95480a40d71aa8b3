//! What nodes exchange through the database.

pub(super) mod nodes;
pub(super) mod replication;
pub(super) mod round;
pub(super) mod schema;
pub(super) mod session;
pub(super) mod shared_database;
pub(super) mod verifiers;
