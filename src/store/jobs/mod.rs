//! Table `job`: what one server at a time does, with leases.

mod claim;
mod planned;
mod table;

pub use claim::{Claim, Finished};
pub use planned::{JobRow, PlannedJob};
pub use table::Jobs;
