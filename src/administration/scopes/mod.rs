//! Scopes: the realm's register, and presets of it.

mod presets;
mod register;

pub use presets::list_scope_presets;
pub use register::{create_scope, delete_scope, edit_scope, find_scope, list_scopes};
