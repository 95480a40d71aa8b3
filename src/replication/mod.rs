//! Keeps this node's snapshot equal to the log, and says for how long it may be trusted.

mod drain;
mod follow;
mod load;
mod private_keys;
mod serving_lock;

pub use drain::UsageDrain;
pub use follow::{FOLLOWED_WITHIN, Follower, FollowerTask, Part, ReplicationError};
pub use serving_lock::{ServingLock, ServingLockError};
