//! Revocations as services see them: the drill, which measures them.

mod course;
mod drill;
mod interruption;
mod probe;
mod prober;
mod report;
pub mod revocation_command;
mod throwaway;
mod timeline;
