//! The composition root: the one room that names all others, and where time and randomness come from.

mod assemble;
mod clock;
mod dev;
mod error;
mod housekeeping;
mod local;
mod logging;
mod master_keys;
mod memory;
mod run;

pub use assemble::{Node, Sources, assemble};
pub use clock::SystemClock;
pub use dev::{Quickstart, QuickstartOwner, QuickstartServer, serve_dev};
pub use error::ServeError;
pub use local::{OperatorToken, create_realm, member_token, suspend_realm};
pub use master_keys::{MasterKeyUse, init_keys, list_keys, rotate_keys};
pub use run::{openapi, serve};
