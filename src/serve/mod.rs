//! The composition root: the one room that names all others, and where time and randomness come from.

mod assemble;
mod care;
mod certificate;
mod clock;
mod dev;
mod doctor;
mod error;
mod housekeeping;
mod local;
mod logging;
mod master_keys;
mod memory;
mod restore;
mod retention;
mod run;
mod traces;

pub use crate::replication::{Place, Reach};
pub use crate::store::MigrationState;
pub use assemble::{Node, Sources, assemble};
pub use care::{Progress, backup, migrate, migration_state, verify_audit};
pub use clock::SystemClock;
pub use dev::{Quickstart, QuickstartOwner, QuickstartServer, serve_dev};
pub use doctor::{Finding, Findings, examine};
pub use error::ServeError;
pub use local::{OperatorToken, create_realm, member_token, suspend_realm};
pub use master_keys::{MasterKeyUse, init_keys, list_keys, rotate_keys};
pub use restore::{RestoreDone, RestoreFrom, restore, restore_from};
pub use retention::Retention;
pub use run::{openapi, serve};
