//! Keeps this node's snapshot equal to the log, and says for how long it may be trusted.

mod drain;
mod error;
mod follow;
mod history;
mod journal;
mod load;
mod membership;
mod private_keys;
mod read;
mod serving_lock;

pub use drain::UsageDrain;
pub use error::ReplicationError;
pub use follow::{FOLLOWED_WITHIN, Follower, FollowerTask, Part};
pub use journal::{Contents, Ended, JOURNAL_FILE, Journal, JournalError, Place, Reach, reach};
pub use load::{Unopened, load_unopened};
pub use serving_lock::{ServingLock, ServingLockError};
