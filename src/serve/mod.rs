//! The composition root: the only module that uses all others, and the source of time and randomness.

mod assemble;
mod attempts_drain;
mod certificate;
mod clock;
mod dev;
mod error;
pub mod file_limit;
mod housekeeping;
mod jobs;
mod late_database;
mod listener;
mod logging;
mod memory;
mod run;
mod sidecar;
mod stopping;
mod third_parties;
mod traces;

pub use assemble::{Node, Sources, assemble, serving_locks};
pub use certificate::certificate_end;
pub use clock::SystemClock;
pub use dev::{Quickstart, QuickstartOwner, QuickstartServer, quickstart_file, serve_dev};
pub use error::ServeError;
pub use run::{openapi, serve, system_sources};
pub use sidecar::{SidecarSettings, serve_sidecar};
