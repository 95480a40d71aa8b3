//! `claviger credential export`: the active credentials as lines for an import elsewhere, without any secret.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use claviger_api::{CredentialView, Listed, NewCredential};
use claviger_domain::Status;
use serde_json::json;
use serde_json::value::RawValue;

use crate::failure::{Exit, Failure};
use crate::server::answer::decode;
use crate::server::client::Client;
use crate::terminal::output::Output;
use crate::values::list_flags::ListQuery;

#[derive(Debug, Args)]
pub struct CredentialExport {
    /// File to write to, which must not be there yet; without it, standard output
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

impl CredentialExport {
    pub fn run(&self, client: &Client, route: &str, output: &mut Output) -> Result<(), Failure> {
        let listed: Listed<Box<RawValue>> = client.list(&[route], None, &ListQuery::new())?.decode()?;
        let mut text = String::new();
        let mut count = 0;
        for found in &listed.items {
            if let Some(line) = line_of(found.get())? {
                text.push_str(&line);
                text.push('\n');
                count += 1;
            }
        }
        match &self.file {
            None if count == 0 => {}
            None => output.line(&text)?,
            Some(file) => {
                write(file, &text)?;
                if output.wants_json() {
                    output.json(&json!({ "exported": count, "file": file }))?;
                }
            }
        }
        output.note(&format!(
            "Exported {count} active credentials. Their validity starts again on import; groups and resources must \
             exist there."
        ));
        Ok(())
    }
}

/// What would create this credential again. `None` if it is not active or has a successor.
fn line_of(found: &str) -> Result<Option<String>, Failure> {
    let view: CredentialView = decode(found)?;
    if view.status != Status::Active || view.overlap_ends_at.is_some() {
        return Ok(None);
    }
    // A credential has every member of its creation under the same name.
    let new: NewCredential = decode(found)?;
    let line = serde_json::to_string(&new).map_err(|error| Failure::new(Exit::Failure, error.to_string()))?;
    Ok(Some(line))
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Failure, format!("{} cannot be written: {error}", file.display()))
    };
    let mut opened =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(failed)?;
    opened.write_all(text.as_bytes()).and_then(|()| opened.sync_all()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use claviger_api::Schema;

    use super::*;

    #[test]
    fn line_is_what_creates_the_credential_again() {
        let by = json!({"kind": "member", "id": null, "name": "a"});
        let mut found = json!({
            "id": "0198a1c0-0000-7000-8000-000000000000", "client_id": "0198a1c0-0000-7000-8000-000000000000",
            "name": "nightly", "description": "d", "realm": "demo", "status": "active", "validity_days": 90,
            "expires_at": "2027-01-31T00:00:00Z", "token_ttl_seconds": 3600, "groups": ["g"],
            "resources": [{"resource": "t/n", "actions": ["x"]}], "effective_scopes": [], "responsible": [],
            "admin_scopes": [], "replaces": null, "overlap_ends_at": null, "created_at": "2026-01-31T00:00:00Z", "created_by": by,
            "updated_at": "2026-01-31T00:00:00Z", "updated_by": by, "last_used_at": null, "revoked_at": null,
            "revoked_by": null,
        });
        let line = r#"{"name":"nightly","description":"d","validity_days":90,"token_ttl_seconds":3600,"groups":["g"],"resources":[{"resource":"t/n","actions":["x"]}],"admin_scopes":[]}"#;
        assert_eq!(line_of(&found.to_string()), Ok(Some(line.to_owned())));
        found["overlap_ends_at"] = json!("2026-12-31T00:00:00Z");
        assert_eq!(line_of(&found.to_string()), Ok(None));
    }

    #[test]
    fn credential_has_every_member_of_its_creation() {
        let (new, view) = (NewCredential::schema(), CredentialView::schema());
        for (name, schema) in new["properties"].as_object().expect("an object") {
            let shape = |schema: &serde_json::Value| {
                (schema["type"].clone(), schema["anyOf"].clone(), schema["items"].clone())
            };
            assert_eq!(view["properties"].get(name).map(shape), Some(shape(schema)), "{name}");
        }
    }
}
