//! Values of flags and arguments, parsed and checked.

pub mod credential_flags;
pub mod grant;
pub mod identifier;
pub mod lifetime;
pub mod list_flags;
pub mod moment;
pub mod profile_choice;
pub mod pushed_ref;
pub mod realm_settings;
pub mod scope_choice;
pub mod shared_flags;
pub mod span;
