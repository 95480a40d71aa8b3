//! The command line: one file per noun. What it says goes through `output`, what it asks a server through `client`.

mod arguments;
mod commands;
mod failure;
mod run;
mod server;
mod terminal;
mod values;

pub use commands::operator::doctor::Finding;
pub use commands::operator::machine::{
    AuditTrail, BackedUp, DamagedLogRow, DevServer, Machine, MasterKeyRole, MasterKeyUse, Migrations,
    OnThisMachine, OperatorToken, Restored, SkippedLogRow,
};
pub use commands::operator::serve::ServeFlags;
pub use commands::realms::realm::{KnownRealm, NewRealm};
pub use failure::{Exit, Failure};
pub use run::run;
pub use server::operator_token::TokenOwner;
