//! Pages of the realm itself: its signing keys, and what it is set to.

pub mod organization;
pub mod settings;
mod settings_draft;
mod sign_in_draft;
pub mod sign_in_settings;
pub mod sign_in_tried;
pub mod signing_keys;
