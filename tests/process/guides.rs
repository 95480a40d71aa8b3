//! The operators' guides: each block is run as printed.

use std::net::SocketAddr;

use serde_json::json;
use tempfile::TempDir;

use crate::shell_blocks::{self, page, run_blocks, shell_blocks};
use claviger_testkit::github::GitHub;
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};
use claviger_testkit::third_party::{Answer, ThirdParty};

/// The demonstration realm's owner is signed in.
const SIGNED_IN: &str =
    "export CLAVIGER_REALM=demo CLAVIGER_TOKEN=$(jq -r .owner.personal_access_token d/quickstart.json)";

fn blocks(path: &str, least: usize) -> Vec<String> {
    let blocks = shell_blocks(&page(path));
    assert!(blocks.len() >= least, "{path} has {} shell blocks", blocks.len());
    blocks
}

/// A folder with a master key and a realm, as all pages except the first expect it.
fn installed() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for line in ["keys init", "realm create acme --owner ada@example.org"] {
        let (status, _, errors) = run(claviger(folder.path()).args(line.split_whitespace()));
        assert!(status.success(), "{line}: {errors}");
    }
    folder
}

/// A server with the demonstration realm, whose facts are in `d/quickstart.json` of the folder.
fn demonstration() -> (TempDir, SocketAddr, ServerProcess) {
    let folder = TempDir::new().expect("a folder");
    let address = free_address();
    let server = ServerProcess::start(folder.path(), address, |command| {
        command.args(["--dev", "--data-dir", "d"]);
    });
    (folder, address, server)
}

#[test]
fn installing_ends_with_a_token_and_a_healthy_server() {
    let folder = TempDir::new().expect("a folder");
    let said = run_blocks(folder.path(), free_address(), &blocks("docs/guides/installing.md", 4));
    assert!(said.contains("\"access_token\"") && said.contains("source:read-update"), "{said}");
}

#[test]
fn backing_up_restores_what_was_backed_up() {
    let said = run_blocks(installed().path(), free_address(), &blocks("docs/guides/backing-up.md", 3));
    assert!(said.contains("ACTIVE AGAIN") && said.contains("The audit trail is valid: 4 events"), "{said}");
}

#[test]
fn scoped_tokens_work_until_they_are_revoked() {
    let (folder, address, _server) = demonstration();
    let mut blocks = blocks("docs/guides/scoped-tokens.md", 5);
    blocks.insert(0, SIGNED_IN.to_owned());
    let said = run_blocks(folder.path(), address, &blocks);
    assert!(said.contains("\"kind\":\"api_token\"") && said.contains("\"orgs\""), "{said}");
    assert!(said.contains("Revoked the API token"), "{said}");
}

#[test]
fn upgrading_finds_the_tables_up_to_date() {
    let said = run_blocks(installed().path(), free_address(), &blocks("docs/guides/upgrading.md", 3));
    assert!(said.contains("up to date"), "{said}");
}

#[test]
fn observing_reads_metrics_and_findings() {
    let said = run_blocks(installed().path(), free_address(), &blocks("docs/guides/observing.md", 2));
    assert!(said.contains("claviger_lease_held 1") && said.contains("metrics_listen"), "{said}");
}

#[test]
fn checking_tokens_runs_its_programs() {
    let (folder, address, _server) = demonstration();
    let root = env!("CARGO_MANIFEST_DIR");
    let libraries = format!(
        "ln -s {root}/tests/clients/node_modules node_modules\nexport PATH={root}/.tools/python/bin:$PATH no_proxy='*'"
    );
    let mut blocks = blocks("docs/guides/checking-tokens.md", 6);
    blocks.insert(0, libraries);
    let said = run_blocks(folder.path(), address, &blocks);
    for library in ["PyJWT", "Authlib", "jose"] {
        assert!(said.contains(&format!("{library}: valid")), "{said}");
    }
    assert!(said.contains("{\"active\":false}") && said.contains("PyJWT: refused"), "{said}");
}

#[test]
fn proxies_may_ask_a_sidecar() {
    let (folder, address, _server) = demonstration();
    let sidecar = free_address().to_string();
    let blocks = blocks("docs/guides/proxies.md", 2);
    let blocks: Vec<_> = blocks
        .iter()
        .map(|block| block.replace("claviger sidecar ", "claviger sidecar --listen 127.0.0.1:8082 "))
        .map(|block| block.replace("127.0.0.1:8082", &sidecar))
        .collect();
    let said = run_blocks(folder.path(), address, &[&[SIGNED_IN.to_owned()], &*blocks].concat());
    let answers: Vec<&str> =
        said.lines().filter_map(|line| line.strip_prefix("the sidecar answers ")).collect();
    assert_eq!(answers, ["200", "403", "401"], "{said}");
    assert!(said.contains("\"waited_for\":\"verifiers\"") && said.contains("\"instances\":1"), "{said}");
}

#[test]
fn audit_export_is_complete() {
    let (folder, address, _server) = demonstration();
    let mut blocks = blocks("docs/guides/audit-export.md", 3);
    blocks.insert(0, SIGNED_IN.to_owned());
    let said = run_blocks(folder.path(), address, &blocks);
    assert!(said.contains("complete: "), "{said}");
}

#[test]
fn ci_systems_get_use_and_revoke_a_token() {
    let (folder, address, _server) = demonstration();
    let pipeline = "export HOME=$PWD CLAVIGER_REALM=demo\n\
        export CLAVIGER_CLIENT_ID=$(jq -r .client_id d/quickstart.json)\n\
        export CLAVIGER_CLIENT_KEY=$(jq -r .client_key d/quickstart.json)";
    let mut blocks = blocks("docs/guides/ci-systems.md", 4);
    blocks.insert(0, pipeline.to_owned());
    let said = run_blocks(folder.path(), address, &blocks);
    assert!(said.contains("\"kind\":\"service_credential\"") && said.contains("password=…"), "{said}");
    assert!(said.contains("Revoked the token"), "{said}");
}

#[test]
fn moving_from_others_imports_each_export() {
    let (folder, address, _server) = demonstration();
    let mut blocks = blocks("docs/guides/moving-from-others.md", 7);
    blocks.insert(0, SIGNED_IN.to_owned());
    let said = run_blocks(folder.path(), address, &blocks);
    assert!(said.contains("Imported 3 service credentials"), "{said}");
    assert!(said.contains("\"expires_in\": 7200"), "{said}");
}

#[test]
fn gitops_creates_edits_and_then_does_nothing() {
    let (folder, address, _server) = demonstration();
    let mut blocks = blocks("docs/guides/gitops.md", 5);
    blocks.insert(0, SIGNED_IN.to_owned());
    let said = run_blocks(folder.path(), address, &blocks);
    for line in ["create groups/ci%20readers", "nothing to do", "edit groups/ci%20readers: {\"scopes\":[]}"] {
        assert!(said.contains(line), "{line}: {said}");
    }
}

#[test]
fn webhooks_are_received_verified_and_rotated() {
    let (folder, address) = (TempDir::new().expect("a folder"), free_address());
    let _server = ServerProcess::start(folder.path(), address, |command| {
        command.args(["--dev", "--data-dir", "d"]);
        command.env("CLAVIGER_WEBHOOK_ALLOWED_HOSTS", "127.0.0.1");
    });
    let mut blocks = blocks("docs/guides/webhooks.md", 4);
    blocks.insert(0, SIGNED_IN.to_owned());
    let said = run_blocks(folder.path(), address, &blocks);
    for line in ["\"webhook.test\"", "\"service_credential.revoked\"", "short-lived", "delivered"] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(!said.contains("whsec_"), "{said}");
}

/// As `demonstration`, with these source types, and a third party on this machine that has a certificate of its own.
fn with_third_party(
    catalog: &str,
    third_party: &ThirdParty,
    authority: Option<&str>,
) -> (TempDir, SocketAddr, ServerProcess) {
    let (folder, address) = (TempDir::new().expect("a folder"), free_address());
    std::fs::write(folder.path().join("types.toml"), catalog).expect("a file");
    if let Some(authority) = authority {
        std::fs::write(folder.path().join("authority.pem"), authority).expect("a file");
    }
    let server = ServerProcess::start(folder.path(), address, |command| {
        command.args(["--dev", "--data-dir", "d"]);
        command.env("CLAVIGER_VAULT_ALLOWED_HOSTS", third_party.address.to_string());
        command.env("CLAVIGER_VAULT_CATALOGUE", "types.toml");
        command.envs(authority.map(|_| ("CLAVIGER_VAULT_CA_FILE", "authority.pem")));
    });
    (folder, address, server)
}

#[test]
fn source_credentials_are_stored_used_replaced_and_stopped() {
    let github = GitHub::start();
    let (first, second) = ("ghp_guide0123456789", "ghp_guide9876543210");
    github.knows(first, "repo, read:org, read:user, delete_repo");
    github.knows(second, "repo, read:org, read:user");
    let (folder, address, _server) = with_third_party(&github.catalog(), &github, Some(&github.certificate));
    let prepared = format!(
        "{SIGNED_IN}\nexport GITHUB_API={} CURL_CA_BUNDLE=authority.pem\nprintf %s {first} > github.token\n\
         printf %s {second} > github-new.token",
        github.url()
    );
    let mut blocks = blocks("docs/guides/source-credentials.md", 11);
    blocks.insert(0, prepared);
    let said = run_blocks(folder.path(), address, &blocks);
    for line in [
        "\"delete_repo\"",
        "\"acme-labs\"",
        "read the organization acme",
        "every source has the new token",
        "The credential is validated again within a minute.",
        "Last pull",
        "source.resolve",
        "credential deleted",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(!said.contains(first) && !said.contains(second), "{said}");
}

#[test]
fn source_type_of_the_guide_is_loaded_and_validates() {
    let forgejo = ThirdParty::start(|incoming| match (incoming.header("authorization"), &*incoming.path) {
        ("token forgejo-0123456789", "/api/v1/user") => Answer::json(200, json!({"login": "bot"})),
        ("token forgejo-0123456789", "/api/v1/user/orgs") => {
            Answer::json(200, json!([{"username": "acme", "full_name": "Acme"}]))
        }
        ("token forgejo-0123456789", "/api/v1/user/repos") => Answer::json(200, json!([])),
        _ => Answer::json(401, json!({"message": "token is required"})),
    });
    let path = "docs/guides/adding-a-source-type.md";
    let catalog = shell_blocks::blocks(&page(path), "toml").swap_remove(0);
    let (folder, address, _server) = with_third_party(&catalog, &forgejo, None);
    let prepared = format!(
        "{SIGNED_IN}\nexport FORGEJO_URL={}\nprintf %s forgejo-0123456789 > forgejo.token",
        forgejo.url()
    );
    let mut blocks = blocks(path, 2);
    blocks.insert(0, prepared);
    let said = run_blocks(folder.path(), address, &blocks);
    assert!(said.contains("Which organizations should be read?"), "{said}");
    assert!(said.contains("\"outcome\": \"ok\""), "{said}");
    assert_eq!(said.matches("\"verdict\": \"granted\"").count(), 2, "{said}");
}
