//! A model of verifiers: one that hops between two servers, and a revocation that waits for it. What servers do among
//! themselves is taken from the other model, in fewer steps.

mod barrier;
mod bounds;
mod mutant;
mod possible;
mod search;
mod server;
mod state;
mod step;
mod time;
mod verifier;

pub use bounds::Feed;
pub use mutant::{FEED_MUTANTS, FeedMutant};
pub use search::{FEED_PROMISE, is_trusted};
pub use state::{FeedState, Holder, Known, Poll, RunRows, Server, Stage, Wait};
pub use step::FeedStep;
