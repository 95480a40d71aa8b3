//! The only way to change anything: an act, decided on the state at the head of the log, and committed with its audit
//! event.

mod act;
mod ahead;
mod caller;
mod error;
mod plan;
mod readers;
mod settling;
mod tokens_alive;
mod trial;
mod writer;

pub use act::{Act, Scene, new_id};
pub use caller::{Caller, Denied, Right};
pub use error::LedgerError;
pub use plan::Plan;
pub use settling::{Asked, Settled, Settles, Unsettled};
pub use writer::{Committed, Ledger};
