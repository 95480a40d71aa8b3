//! What this server has read, in a file beside the database: so that a database which forgot is noticed, and what it forgot is known.

mod contents;
mod coverage;
mod error;
mod file;
mod line;

pub use contents::{Contents, Ended};
pub use coverage::{Reach, reach};
pub use error::JournalError;
pub use file::{JOURNAL_FILE, Journal};
pub use line::Place;
