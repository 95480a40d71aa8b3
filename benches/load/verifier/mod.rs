//! Verifiers: what offline verification costs, and what those that follow the feed cost a server.

mod attached;
mod follower;
mod followers;
mod verification;

pub use attached::rows as attached;
pub use verification::{measure, rows as verification};
