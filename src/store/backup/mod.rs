//! A copy of the data that does not depend on the database: one line of JSON per row, between a header and a checksum.

mod error;
mod file;
mod restore;
mod tables;
mod take;

pub use error::BackupError;
pub use file::{Header, check};
pub use restore::{Again, LoadRestored, Restoration, Restored, restore};
pub use take::{Taken, take};
