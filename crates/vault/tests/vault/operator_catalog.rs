//! An operator adds a provider that nobody has heard of, by data alone.

use claviger_vault::{Catalog, Outcome, Verdict};
use serde_json::json;

use crate::provider::{Provider, SECRET, route};
use crate::table;

pub const WIDGETS: &str = r#"
schema_version = 2

[implies.widgets]
"admin" = ["read", "write"]

[[source_type]]
id = "widgets"
name = "Widgets"
category = ["manufacturing"]
hosting = "both"
[source_type.base_url]
mode = "derived"
value = "https://{tenant}.widgets.test/{plant|path}"
[[source_type.field]]
name = "tenant"
label = "Tenant"
kind = "text"
required = true
pattern = '[a-z]{1,20}'
help = "The first label of your address."
[[source_type.field]]
name = "plant"
label = "Plant"
kind = "text"
required = true
help = "Any name."
[[source_type.auth_mode]]
id = "key"
label = "Key"
auth = { style = "headers", headers = { "X-Widget-Key" = "{key}" } }
[[source_type.auth_mode.field]]
name = "key"
label = "Key"
kind = "secret"
required = true
help = "From the settings page."
[[source_type.validate]]
id = "me"
request = { method = "GET", url = "{base}/me" }
expect = [{ at = "status", op = "eq", value = 200 }, { at = "/id", op = "exists" }]
identity = "/name"
capture = { me = "/id" }
[source_type.scopes]
from = "json"
at = "/scopes"
implies = "widgets"
expiry = { from = "json", at = "/ends", format = ["%Y-%m-%d", "%d.%m.%Y"] }
[[source_type.permission]]
id = "read"
label = "Read widgets"
check = "scope"
[[source_type.permission]]
id = "lines"
label = "See production lines"
check = "probe"
probe = "lines"
[[source_type.profile]]
id = "default"
label = "Widgets"
default = true
required = ["read", "lines"]
[[source_type.probe]]
id = "lines"
needs = "lines"
request = { method = "GET", url = "{base}/users/{me|path}/lines/{lines.0|path}" }
granted = [200]
denied = [403]
[[source_type.discover]]
id = "lines"
label = "Lines"
prompt = "Which lines?"
multi = true
optional = true
request = { method = "GET", url = "{base}/lines" }
items = ""
key = ""
title = ""
paging = { style = "none" }
"#;

fn widgets() -> Provider {
    let plant = "a.widgets.test/Plant%20%2F%201";
    Provider::new(
        "widgets",
        "key",
        json!({ "tenant": "a", "plant": "Plant / 1", "key": SECRET }),
        vec![
            route(
                &format!("GET {plant}/me"),
                200,
                json!({ "id": 7, "name": "bot", "scopes": ["admin"], "ends": "31.12.2026" }),
            ),
            route(&format!("GET {plant}/users/7/lines/L1"), 200, json!({})),
            route(&format!("GET {plant}/lines"), 200, json!(["L1", "L2"])),
        ],
    )
    .header_proof("x-widget-key", SECRET.to_owned())
}

#[test]
fn a_provider_is_added_by_data_alone() {
    let catalog = Catalog::with("widgets.toml", WIDGETS).unwrap();
    assert_eq!(catalog.source_types().len(), 30);
    let provider = widgets();
    let validation = provider.validate_in(&catalog, &provider.client(provider.stub().port()));
    assert_eq!(validation.outcome, Outcome::Ok, "{validation:#?}");
    assert!(
        validation.permissions.iter().all(|permission| permission.verdict == Verdict::Granted),
        "{validation:#?}"
    );
    assert_eq!(validation.identity.unwrap().as_str(), "bot");
    assert_eq!(validation.expires_at, Some("2026-12-31T00:00:00Z".parse().unwrap()));
    assert_eq!(validation.excess.len(), 1, "admin is more than read");
    let wrong = widgets().with_wrong_credential();
    let validation = wrong.validate_in(&catalog, &wrong.client(wrong.stub().port()));
    assert_eq!(validation.outcome, Outcome::InvalidCredential);
}

#[test]
fn a_type_of_the_operator_replaces_the_built_in_one_of_its_id() {
    let text = WIDGETS.replace("id = \"widgets\"", "id = \"github\"");
    let catalog = Catalog::with("own.toml", &text).unwrap();
    assert_eq!(catalog.source_types().len(), 29);
    assert_eq!(catalog.source_type("github").unwrap().name, "Widgets");
    assert!(table::gitlab("gitlab", "gitlab.com", &["api"]).validate().is_valid());
}
