//! The body of a new service credential, alone or as a line of an import.

use serde_json::Value;

use crate::administration::NewCredential;
use crate::http::admin::fields::{Fields, existing_names, grants, text, whole_number};
use crate::http::admin::problem::Problem;
use claviger_domain::{TokenLifetime, Validity};

pub(super) fn new_credential(mut fields: Fields) -> Result<NewCredential, Problem> {
    let name = fields.required("name", text);
    let description = fields.optional("description", text).unwrap_or_default();
    let validity = fields.required("validity_days", validity);
    let token_lifetime = fields.required("token_ttl_seconds", token_lifetime);
    let groups = fields.optional("groups", existing_names).unwrap_or_default();
    let resources = fields.optional("resources", grants).unwrap_or_default();
    fields.finish(|| {
        Some(NewCredential {
            name: name?,
            description,
            validity: validity?,
            token_lifetime: token_lifetime?,
            groups,
            resources,
        })
    })
}

fn validity(value: &Value) -> Result<Validity, String> {
    if value.is_null() {
        return Ok(Validity::Never);
    }
    let days = whole_number(value).and_then(|days| Validity::days(days).map_err(|error| error.to_string()));
    days.map_err(|_| "must be a whole number of days from 30 to 365, or null for never".to_owned())
}

fn token_lifetime(value: &Value) -> Result<TokenLifetime, String> {
    let seconds = whole_number(value)?;
    TokenLifetime::seconds(seconds).map_err(|error| format!("must be {error}"))
}
