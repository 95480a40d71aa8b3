//! The rules: the possible steps from a state, and the result of each. The server's code makes the server's decisions.

mod bounds;
mod follower;
mod member;
mod node;
mod possible;
mod promise;
mod revocation;
mod search;
mod time;

pub use bounds::Protocol;
pub use promise::{PROMISE, is_kept};
