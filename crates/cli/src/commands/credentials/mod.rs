//! Service credentials and application credentials.

pub mod application_credential;
pub mod application_credential_view;
pub mod credential;
pub mod credential_export;
pub mod credential_import;
pub mod credential_view;
pub mod keys_file;
pub mod lost_keys;
pub mod usage_view;
