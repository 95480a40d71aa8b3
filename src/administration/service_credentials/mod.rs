//! Service credentials: create, list, show, edit, renew, import and usage. `revocation` revokes them.

mod credentials;
mod import;
mod matching;
mod new_credential;
mod renewal;
mod still_trying;
mod totals;
mod usage;
mod view;

pub use credentials::{
    create_credential, edit_credential, ensure_credential_current, find_credential, list_credentials,
};
pub use import::{MAX_IMPORTED, field_of_line, import_credentials};
pub use matching::{CREATED_BY, GROUP, credential_match};
pub use renewal::renew_credential;
pub use still_trying::{StillTrying, credentials_still_trying};
pub use totals::{CredentialTotals, count_credentials, credential_totals, credentials_created_by};
pub use usage::{credential_usage, live_tokens, realm_usage};
