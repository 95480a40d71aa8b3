//! A temporary PostgreSQL: one server per test process, removed when the process ends in any way.

mod databases;
mod folder;
mod installed;
mod server;
mod watcher;

pub use folder::{parent_folder, private_folder};
pub use installed::{newest_binaries, user_to_become};
pub use server::Postgres;
pub use watcher::SUPERUSER;
