//! Application credentials: create, list, show, edit, revoke and renew.

mod credentials;
mod renewal;
mod view;

pub use credentials::{
    create_application_credential, edit_application_credential, find_application_credential,
    list_application_credentials, revoke_application_credential,
};
pub use renewal::renew_application_credential;
