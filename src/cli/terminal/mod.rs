//! Input and output: tables, pages, secrets, progress.

pub(super) mod cell;
pub(super) mod hidden_input;
pub(super) mod output;
pub(super) mod page;
pub(super) mod progress;
pub(super) mod secret_input;
