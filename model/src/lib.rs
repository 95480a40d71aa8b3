//! The protocol between nodes as a model: every order of its steps is tried, with the decisions that the server itself makes.

mod mutant;
mod protocol;
mod state;
mod step;

pub use mutant::{MUTANTS, Mutant};
pub use protocol::{PROMISE, Protocol, is_kept};
pub use state::{INCARNATIONS, Inc, NODES, Renewal, Revocation, Slot, State};
pub use step::Step;
