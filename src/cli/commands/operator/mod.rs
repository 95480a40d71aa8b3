//! Commands on the machine of the server.

pub mod backup;
pub mod config;
pub mod doctor;
pub mod keys;
pub mod machine;
pub mod migrate;
pub mod repair;
pub mod restore;
pub mod serve;
