//! The one way to change anything: an act, decided on the state at the head of the log, committed with its audit event.

mod act;
mod ahead;
mod caller;
mod error;
mod plan;
mod writer;

pub use act::{Act, Scene};
pub use caller::{Caller, Denied, Right};
pub use error::LedgerError;
pub use plan::Plan;
pub use writer::{Committed, Ledger};
