//! A file beside the database that records what this server has read. It reveals that a database lost rows, and which
//! rows.

mod contents;
mod coverage;
mod error;
mod file;
mod line;
mod shrinking;

pub use contents::{Contents, Ended};
pub use coverage::{Reach, reach};
pub use error::JournalError;
pub use file::{JOURNAL_FILE, Journal};
pub use line::Place;
