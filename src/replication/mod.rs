//! Keeps this node's snapshot equal to the log, and limits for how long it is valid.

mod drain;
mod error;
mod follow;
mod history;
mod journal;
mod key_watch;
mod last_seen_drain;
mod load;
mod membership;
mod part;
mod pass;
mod private_keys;
mod read;
mod reporting;
mod serving_lock;

pub use drain::UsageDrain;
pub use error::ReplicationError;
pub use follow::{Follower, FollowerTask};
pub use history::check_history;
pub use journal::{Contents, Ended, JOURNAL_FILE, Journal, JournalError, Place, Reach, reach};
pub use last_seen_drain::LastSeenDrain;
pub use load::{Unopened, load_unopened};
pub use part::Part;
pub use serving_lock::{DatabaseLock, ServingLock, ServingLockError};
