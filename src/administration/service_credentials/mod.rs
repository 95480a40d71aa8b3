//! Service credentials: create, list, show, edit, renew, import and usage. `revocation` revokes them.

mod credentials;
mod import;
mod new_credential;
mod renewal;
mod usage;
mod view;

pub use credentials::{
    CredentialEdit, create_credential, edit_credential, ensure_credential_current, find_credential,
    list_credentials,
};
pub use import::{ImportedCredential, MAX_IMPORTED, field_of_line, import_credentials};
pub use new_credential::{CreatedCredential, NewCredential};
pub use renewal::renew_credential;
pub use usage::{CredentialUsageView, UsageHourView, credential_usage};
pub use view::{CredentialView, ResponsibleView};
