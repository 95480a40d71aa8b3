//! A database-independent copy of the data: one line of JSON per row, between a header and a checksum.

mod check;
mod error;
mod file;
mod restore;
mod tables;
mod take;

pub use check::check;
pub use error::BackupError;
pub use file::Header;
pub use restore::{Again, LoadRestored, Restoration, Restored, restore};
pub use tables::{Table, tables};
pub use take::{Taken, take};
