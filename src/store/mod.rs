//! All use of diesel: the database, its tables, and the log that other modules follow.

mod audit;
mod backup;
mod cluster;
mod column;
mod connection;
mod database;
mod database_file;
mod deciding;
mod error;
mod log;
mod operator;
mod schema;
mod tables;

pub use audit::events::{StoredAuditEvent, check_event};
pub use audit::verification::{AuditFault, AuditVerification};
pub use backup::{Again, BackupError, Header, LoadRestored, Restoration, Restored, Taken, check, restore};
pub use cluster::session::Session;
pub use cluster::shared_database::{DatabaseSetup, Serving};
pub use connection::reach;
pub use database::{CONNECTIONS_OF_A_SERVER, Store};
pub use database_file::{FileId, create as create_database_file, write_ahead_log};
pub use error::StoreError;
pub use log::damage::DamagedRow;
pub use log::decision::{Appended, Commit, Decision, Turn};
pub use log::entry::{Entry, Unreadable};
pub use log::head::Head;
pub use log::rows::LogRow;
pub use log::skip::{Skip, Skipped};
pub use log::tables_at_head::TablesAtHead;
pub use log::writer::Writer;
pub use operator::maintenance::{Maintenance, SealedKey};
pub use operator::master_keys::{HeldKeys, KeyHolder, UsedMasterKey};
pub use operator::migrations::{MigrationState, bring_up_to_date};
pub use tables::idempotency_keys::Made;
pub use tables::load::Loaded;
pub use tables::stored::TableRow;
