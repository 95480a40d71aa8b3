//! The composition root: the one room that names all others, and where time and randomness come from.

mod assemble;
mod care;
mod clock;
mod dev;
mod doctor;
mod error;
mod local;
mod logging;
mod retention;
mod run;

pub use crate::store::MigrationState;
pub use assemble::{Node, Sources, assemble};
pub use care::{Progress, backup, migrate, migration_state, restore, restore_from, verify_audit};
pub use clock::SystemClock;
pub use dev::{Quickstart, QuickstartOwner, QuickstartServer, serve_dev};
pub use doctor::{Finding, Findings, examine};
pub use error::ServeError;
pub use local::{OperatorToken, create_realm, init_keys, member_token};
pub use retention::Retention;
pub use run::serve;
