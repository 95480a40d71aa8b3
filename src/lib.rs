//! The Claviger server: one library, so that tests run the very parts that the binary runs.

pub mod activity;
pub mod administration;
pub mod commands;
pub mod config;
pub mod crypto;
pub mod http;
pub mod issuance;
pub mod jobs;
pub mod ledger;
pub mod operator;
pub mod replication;
pub mod revocation;
pub mod serve;
pub mod sign_in;
pub mod snapshot;
pub mod store;
pub mod vault;
pub mod webhooks;
