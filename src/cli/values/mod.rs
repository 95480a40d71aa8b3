//! What is typed behind flags, read and checked.

pub(super) mod credential_flags;
pub(super) mod grant;
pub(super) mod identifier;
pub(super) mod lifetime;
pub(super) mod list_flags;
pub(super) mod moment;
pub(super) mod pushed_ref;
pub(super) mod realm_settings;
pub(super) mod scope_choice;
pub(super) mod shared_flags;
