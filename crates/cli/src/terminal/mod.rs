//! Input and output: tables, pages, secrets, progress.

pub mod affected;
pub mod cell;
pub mod columns;
pub mod creation;
pub mod hidden_input;
pub mod object;
pub mod output;
pub mod overview;
pub mod page;
pub mod progress;
pub mod redaction;
pub mod secret_input;
pub mod window;
