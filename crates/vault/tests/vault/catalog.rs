//! The data file, and what the lint finds in a wrong one.

use std::collections::BTreeSet;

use claviger_vault::{Catalog, FieldKind};

use crate::operator_catalog::WIDGETS;

#[test]
fn the_built_in_catalog_has_no_faults() {
    assert_eq!(Catalog::built_in().source_types().len(), 29);
}

#[test]
fn a_wrong_catalog_is_refused_with_file_place_and_reason() {
    for (from, to, expected) in [
        ("schema_version = 2", "schema_version = 3", "schema_version: must be 2, not 3"),
        ("schema_version = 2", "schema_version = ", "line 2: "),
        ("hosting = \"both\"", "hosting = \"moon\"", "unknown variant `moon`"),
        ("hosting = \"both\"", "hosting = \"both\"\ncolor = \"red\"", "unknown field `color`"),
        ("name = \"tenant\"", "name = \"plant\"", "plant stands twice"),
        ("pattern = '[a-z]{1,20}'\n", "", "base_url: {tenant} decides the host"),
        ("pattern = '[a-z]{1,20}'\n", "pattern = '('\n", "pattern ("),
        ("/{plant|path}", "/{plant}", "base_url: {plant} needs a pattern, or |path"),
        ("/{plant|path}", "/{key|path}", "base_url: the secret key may stand only in auth, form and json"),
        ("/{plant|path}", "/{nothing|path}", "base_url: {nothing} is no field"),
        ("https://{tenant}", "http://{tenant}", "base_url: the URL must begin with https://"),
        ("{base}/me\" }", "{base}/me\", query = { k = \"{key}\" } }", "validate me: the secret key"),
        ("{base}/me\" }", "{base}/me\", headers = { k = \"{key}\" } }", "validate me: the secret key"),
        ("{base}/me\"", "{base}.evil.test/me\"", "validate me: a / must follow {base}"),
        ("{base}/me\"", "https://{plant}.test/me\"", "validate me: {plant} decides the host"),
        ("{base}/lines\"", "{plant}/lines\"", "discover lines: {plant} decides the host"),
        ("style = \"headers\"", "style = \"magic\"", "unknown variant `magic`"),
        ("op = \"exists\"", "op = \"matches\"", "unknown variant `matches`"),
        (
            "op = \"exists\"",
            "op = \"eq\"",
            "validate me: eq, ne and in, and no other operation, need a value",
        ),
        ("at = \"/id\"", "at = \"id\"", "must be status, header:<name> or a JSON pointer"),
        ("style = \"none\"", "style = \"guess\"", "unknown variant `guess`"),
        ("style = \"none\"", "style = \"cursor\", at = \"/next\"", "discover lines: a cursor needs one of"),
        ("identity = \"/name\"", "on_status = { \"403\" = \"fallback:x\" }", "the fallback x must be a step"),
        ("identity = \"/name\"", "on_status = { \"403\" = \"great\" }", "must be an outcome or fallback"),
        (
            "identity = \"/name\"",
            "on_status = { \"soon\" = \"ok\" }",
            "on_status soon must be an HTTP status",
        ),
        ("identity = \"/name\"", "when_field = \"x\"", "validate names the field x"),
        ("identity = \"/name\"", "error_types = { a = \"ok\" }", "error_types need error_type_at"),
        ("from = \"json\"\nat = \"/scopes\"", "from = \"json\"", "json_map and json_flag_map need at"),
        ("from = \"json\"\nat", "from = \"json\"\nstep = \"x\"\nat", "names the step x"),
        ("from = \"json\"\nat", "from = \"json\"\ndiscover = \"x\"\nat", "names discover x"),
        (
            "from = \"json\"\nat = \"/scopes\"",
            "from = \"token_answer\"",
            "token_answer needs oauth_client_credentials",
        ),
        ("implies = \"widgets\"", "implies = \"gadgets\"", "implies.gadgets does not exist"),
        ("probe = \"lines\"", "probe = \"x\"", "permission lines: names a probe that does not exist"),
        (
            "check = \"probe\"\nprobe = \"lines\"",
            "check = \"probe\"",
            "permission lines: check = probe needs a probe",
        ),
        ("check = \"probe\"", "check = \"maybe\"", "unknown variant `maybe`"),
        ("needs = \"lines\"", "needs = \"x\"", "probe lines: needs a discover that does not exist"),
        ("{lines.0|path}", "{lines|path}", "{lines} is a list: write {lines.0}"),
        ("{lines.0|path}", "{lines.0}", "probe lines: {lines} needs a pattern, or |path"),
        ("{me|path}", "{me.0|path}", "{me} is not a list"),
        ("required = [\"read\", \"lines\"]", "required = [\"x\"]", "profile default: names the permission x"),
        ("default = true", "default = false", "profile: exactly one must be the default"),
        ("kind = \"secret\"", "kind = \"select\"", "a select, and nothing else, has options"),
        ("kind = \"secret\"", "kind = \"secret\"\ndefault = \"x\"", "a secret must not have a default"),
        ("granted = [200]", "granted = [200]\nmodes = [\"x\"]", "names an auth_mode that does not exist"),
        ("granted = [200]", "granted = [200]\ndenied_types = [\"x\"]", "denied_types need error_type_at"),
    ] {
        assert!(WIDGETS.contains(from), "{from}");
        let text = WIDGETS.replacen(from, to, 1);
        let error = Catalog::with("own.toml", &text).expect_err(to).to_string();
        assert!(error.contains(expected) && error.starts_with("own.toml: "), "{to}: {error}");
    }
    let twice = format!(
        "{WIDGETS}{}",
        WIDGETS
            .split("[implies")
            .nth(1)
            .unwrap()
            .split_once("[[")
            .map(|(_, rest)| format!("[[{rest}"))
            .unwrap()
    );
    let error = Catalog::with("own.toml", &twice).unwrap_err().to_string();
    assert!(error.contains("source_type widgets: stands twice"), "{error}");
}

#[test]
fn all_faults_of_a_catalog_are_found_at_once() {
    let text = WIDGETS.replace("pattern = '[a-z]{1,20}'\n", "").replace("needs = \"lines\"", "needs = \"x\"");
    assert_eq!(Catalog::with("own.toml", &text).unwrap_err().faults.len(), 2);
}

#[test]
fn fields_that_a_host_is_derived_from_are_known() {
    let catalog = Catalog::built_in();
    for (source_type, mode, expected) in [
        ("asana", "pat", &[][..]),
        ("github", "token", &[]),
        ("azure_boards", "pat", &["server_url"]),
        ("azure_pipelines", "entra_app", &["server_url"]),
        ("bamboohr", "api_key", &[]),
        ("codedeploy", "access_key", &["endpoint", "region"]),
        ("datadog", "keys", &["site"]),
        ("docker_registry", "user_token", &["registry_url"]),
        ("jira_cloud", "api_token", &["cloud_id", "url"]),
        ("okta", "ssws", &["domain"]),
        ("okta", "service_app", &["domain"]),
        ("opsgenie", "api_key", &["region_host"]),
        ("pagerduty", "api_key", &["region_host"]),
        ("sonarcloud", "token", &["server"]),
        ("other", "bearer", &["check_url"]),
    ] {
        let source_type = catalog.source_type(source_type).unwrap();
        let found = source_type.host_fields(source_type.mode(mode).unwrap());
        assert_eq!(found, expected.iter().copied().collect::<BTreeSet<_>>(), "{}", source_type.id);
    }
}

#[test]
fn every_url_that_is_entered_decides_a_host_and_every_secret_has_a_help_text() {
    for source_type in Catalog::built_in().source_types() {
        for mode in &source_type.modes {
            let hosts = source_type.host_fields(mode);
            for field in source_type.fields_of(mode) {
                let decides = hosts.contains(field.name.as_str());
                assert!(
                    field.kind != FieldKind::Url || decides || source_type.id == "other",
                    "{}",
                    source_type.id
                );
                assert!(!field.is_secret() || !field.help.is_empty(), "{} {}", source_type.id, field.name);
                assert!(!decides || !field.is_secret());
            }
        }
    }
}
