//! Flags for the creation of a service credential, and for the few changes that are possible afterwards.

use clap::Args;
use serde::{Serialize, Serializer};

use claviger_domain::AdminScope;

use crate::values::grant::Grant;
use crate::values::lifetime::Lifetime;
use crate::values::shared_flags::emptied_if;

/// Written out as the API takes it.
#[derive(Debug, Args, Serialize)]
pub struct NewCredential {
    /// A name that no live credential of the realm has
    name: String,

    /// What it is for
    #[arg(long, value_name = "TEXT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,

    #[command(flatten)]
    #[serde(rename = "validity_days")]
    validity: Validity,

    /// Lifetime of each token: 15m, 1h, 2h, 8h, 24h, or whole minutes in between
    #[arg(long, value_name = "TIME")]
    #[serde(rename = "token_ttl_seconds")]
    token_ttl: Lifetime,

    /// A group to inherit scopes from; may be repeated
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<String>,

    /// Actions on one resource; may be repeated
    #[arg(long = "resource", value_name = "TYPE/NAME:ACTION,…")]
    resources: Vec<Grant>,

    /// What it may administer, such as admin/groups:read-update, instead of groups; may be repeated
    #[arg(long = "admin-scope", value_name = "SCOPE")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    admin_scopes: Vec<AdminScope>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Validity {
    /// For how many days it is valid: 30, 90, 180, 365, or any number between
    #[arg(long, value_name = "N")]
    days: Option<u32>,

    /// Valid until it is revoked
    #[arg(long)]
    never: bool,
}

/// The number of days, or null for `never`. Exactly one of the two was given.
impl Serialize for Validity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.days.filter(|_| !self.never).serialize(serializer)
    }
}

/// A list that is missing remains unchanged.
#[derive(Debug, Args, Serialize)]
#[group(required = true, multiple = true)]
pub struct CredentialEdit {
    /// Group to inherit scopes from, replacing the list; may be repeated
    #[arg(long = "group", value_name = "NAME", conflicts_with = "no_groups")]
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<String>>,

    /// Actions on one resource, instead of all grants before; may be repeated
    #[arg(long = "resource", value_name = "TYPE/NAME:ACTION,…", conflicts_with = "no_resources")]
    #[serde(skip_serializing_if = "Option::is_none")]
    resources: Option<Vec<Grant>>,

    /// Leave every group
    #[arg(long)]
    #[serde(skip)]
    no_groups: bool,

    /// Remove all resources
    #[arg(long)]
    #[serde(skip)]
    no_resources: bool,
}

impl CredentialEdit {
    /// With the lists that are to be empty.
    #[must_use]
    pub fn body(mut self) -> Self {
        emptied_if(self.no_groups, &mut self.groups);
        emptied_if(self.no_resources, &mut self.resources);
        self
    }
}

/// The renewal of a client of any kind.
#[derive(Debug, Args, Serialize)]
pub struct CredentialRenewal {
    /// How long the old key stays valid: 1h, 90m, up to 720h; 0s revokes it first
    #[arg(long, value_name = "TIME")]
    #[serde(rename = "overlap_seconds")]
    pub overlap: Lifetime,
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Parser)]
    struct Create {
        #[command(flatten)]
        new: NewCredential,
    }

    #[derive(Parser)]
    struct Edit {
        #[command(flatten)]
        edit: CredentialEdit,
    }

    fn created(line: &str) -> Value {
        let words = std::iter::once("create").chain(line.split_whitespace());
        serde_json::to_value(Create::try_parse_from(words).expect(line).new).expect("JSON")
    }

    fn edited(line: &str) -> Value {
        let words = std::iter::once("edit").chain(line.split_whitespace());
        serde_json::to_value(Edit::try_parse_from(words).expect(line).edit.body()).expect("JSON")
    }

    #[test]
    fn creation_is_sent_as_the_api_takes_it() {
        let line = "nightly --days 90 --token-ttl 15m --group a --group b --resource t/n:x,y --description d";
        let resources = json!([{ "resource": "t/n", "actions": ["x", "y"] }]);
        assert_eq!(
            created(line),
            json!({ "name": "nightly", "description": "d", "validity_days": 90, "token_ttl_seconds": 900,
                    "groups": ["a", "b"], "resources": resources })
        );
        assert_eq!(
            created("nightly --never --token-ttl 24h"),
            json!({ "name": "nightly", "validity_days": null, "token_ttl_seconds": 86_400,
                    "groups": [], "resources": [] })
        );
    }

    #[test]
    fn edit_sends_the_lists_that_were_spoken_of_and_no_other() {
        assert_eq!(edited("--group a --group b"), json!({ "groups": ["a", "b"] }));
        assert_eq!(edited("--no-groups"), json!({ "groups": [] }));
        let resources = json!([{ "resource": "t/n", "actions": ["x"] }]);
        assert_eq!(edited("--no-groups --resource t/n:x"), json!({ "groups": [], "resources": resources }));
        assert_eq!(edited("--no-resources"), json!({ "resources": [] }));
    }
}
