//! A model of the protocol between nodes. It tries every order of the steps, and uses the server's own decisions.

mod feed;
mod mutant;
mod protocol;
mod state;
mod step;

pub use feed::{
    FEED_MUTANTS, FEED_PROMISE, Feed, FeedMutant, FeedState, FeedStep, Holder, Known, Poll, RunRows, Server,
    Stage, Wait, is_trusted,
};
pub use mutant::{MUTANTS, Mutant};
pub use protocol::{PROMISE, Protocol, is_kept};
pub use state::{INCARNATIONS, Inc, Look, NODES, Pass, Revocation, Rows, Slot, State};
pub use step::Step;
