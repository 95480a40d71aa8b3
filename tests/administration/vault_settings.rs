//! What the operator's settings permit: authorities of third parties, and source types of a file.

use std::path::PathBuf;

use serde_json::json;

use crate::vault_scene::GOOD;
use claviger_testkit::gitlab::GitLab;
use claviger_testkit::on_both_databases;
use claviger_testkit::private_authority::PrivateAuthority;
use claviger_testkit::world::{Database, World};

fn written(world: &World, name: &str, text: &str) -> PathBuf {
    let path = world.folder.path().join(name);
    std::fs::write(&path, text).expect("a file");
    path
}

on_both_databases! {
    fn provider_behind_a_private_authority_is_validated_once_it_is_trusted(world: World) {
        let authority = PrivateAuthority::new();
        let gitlab = GitLab::start_with_tls(&authority);
        gitlab.knows(GOOD, &["read_api"]);
        let body = json!({
            "name": "GitLab", "source_type": "gitlab_self_managed",
            "fields": {"url": gitlab.url(), "token": GOOD}, "answers": {"groups": ["acme"]},
        });
        let create = |world: &World| world.admin("POST", "/source-credentials", Some(body.clone()));
        world.vault_allowed_hosts = vec![gitlab.address.to_string()];
        world.restart();
        let problem = create(&world).expect(422).json();
        assert_eq!(problem["type"], "/problems/not-verified", "nobody trusts it: {problem}");
        let other = PrivateAuthority::new().certificate;
        world.vault_ca_file = Some(written(&world, "authorities.pem", &other));
        world.restart();
        let problem = create(&world).expect(422).json();
        assert_eq!(problem["type"], "/problems/not-verified", "another authority: {problem}");
        assert_eq!(gitlab.requests(), 0, "no secret was sent");
        written(&world, "authorities.pem", &format!("{other}{}", authority.certificate));
        world.restart();
        let created = create(&world).expect(201).json();
        assert_eq!(created["validation"]["outcome"], "ok", "{created}");
    }
}

#[test]
fn file_of_the_vault_that_cannot_be_used_stops_the_start() {
    let mut world = World::start(Database::Sqlite);
    let missing = world.folder.path().join("missing");
    let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let files = [
        (missing.clone(), "No such file"),
        (written(&world, "empty", ""), "must contain certificates in PEM"),
        (written(&world, "damaged", damaged), "its certificate 1 is damaged"),
    ];
    for (path, why) in files {
        world.vault_ca_file = Some(path.clone());
        let refusal = world.refusal_to_start();
        let named = format!("vault_ca_file: {}: ", path.display());
        assert!(refusal.contains(&named) && refusal.contains(why), "{refusal}");
    }
    world.vault_ca_file = None;
    for (path, why) in [(missing, "No such file"), (written(&world, "wrong", "schema = 2"), "schema")] {
        world.vault_catalogue = Some(path.clone());
        let refusal = world.refusal_to_start();
        assert!(
            refusal.contains(&format!("vault_catalogue: {}: ", path.display())) && refusal.contains(why),
            "{refusal}"
        );
    }
}
