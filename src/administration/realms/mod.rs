//! Realms: create, show, edit, suspend, resume and delete.

mod deletion;
mod settings;

pub use deletion::{delete_realm, remove_deleted_realms};
pub use settings::{NewRealm, Preset, create_realm, edit_realm, find_realm, suspend_realm};
