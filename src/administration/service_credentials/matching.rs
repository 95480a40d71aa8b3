//! What a list of service credentials is narrowed by, beside a search and a status.

use claviger_api::FieldError;

use crate::administration::listing::Page;
use claviger_domain::CredentialMatch;

/// The name of a group.
pub const GROUP: &str = "group";
/// The id of a member.
pub const CREATED_BY: &str = "created_by";

/// What the parameters of a list ask for.
pub fn credential_match(page: &Page) -> Result<CredentialMatch, FieldError> {
    let group = page.other(GROUP).map(str::parse).transpose();
    let created_by = page.other(CREATED_BY).map(str::parse).transpose();
    Ok(CredentialMatch {
        group: group.map_err(|error| FieldError::new(GROUP, format!("{error}")))?,
        created_by: created_by.map_err(|_| FieldError::new(CREATED_BY, "must be the id of a member"))?,
    })
}
