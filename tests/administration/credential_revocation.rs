//! Revoking a service credential: by its exact name, permanently, and once.

use serde_json::{Value, json};

use crate::answers::{assert_shape, fields_at_fault, items, text};
use crate::tables::Tables;
use claviger_testkit::clock::days;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World};

fn path(credential: &Client) -> String {
    format!("/service-credentials/{}/revoke", credential.id)
}

on_both_databases! {
    // S60
    fn inexact_name_revokes_nothing(world: World) {
        let credential = world.credential("Nightly Build", &[]);
        world.credential("nightly build", &[]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let token = world.token(&credential);
        let before = Tables::of(&world).dump();
        let names = [
            json!("nightly build"),
            json!("Nightly Build "),
            json!(" Nightly Build"),
            json!("NightlyBuild"),
            json!("Nightly  Build"),
            json!("Nightly%20Build"),
            json!(""),
            json!("*"),
            json!(credential.id),
            json!(null),
            json!(true),
            json!(["Nightly Build"]),
        ];
        for name in names {
            let body = Some(json!({"name": name}));
            let refused = world.admin("POST", &path(&credential), body).expect_problem(422, "invalid");
            assert_eq!(fields_at_fault(&refused.json()), ["name"], "{name}");
        }
        let empty = world.admin("POST", &path(&credential), Some(json!({}))).expect_problem(422, "invalid");
        assert_eq!(fields_at_fault(&empty.json()), ["name"]);
        assert_eq!(Tables::of(&world).dump(), before);
        world.assert_active(&server, &token);
        world.token(&credential);
    }

    // S60
    fn revocation_requires_the_name_in_the_body(world: World) {
        let credential = world.credential("nightly", &[]);
        for body in
            [json!({"force": true}), json!({"name": "nightly", "force": true}), json!({"confirm": "nightly"})]
        {
            world.admin("POST", &path(&credential), Some(body)).expect_problem(422, "invalid");
        }
        let unnamed = world.admin("POST", &path(&credential), None);
        unnamed.expect_problem(415, "unsupported-media-type");
        let in_query = format!("{}?name=nightly", path(&credential));
        world.admin("POST", &in_query, Some(json!({}))).expect_problem(422, "invalid");
        world.admin("DELETE", &format!("/service-credentials/{}", credential.id), None).expect(405);
        world.token(&credential);
    }

    fn name_in_another_script_revokes(world: World) {
        let credential = world.credential("夜間ビルド \"1\" \\ é", &[]);
        world.revoke(&credential).expect(200);
    }

    fn receipt_lists_confirmations_and_audience_tiers(world: World) {
        let credential = world.credential("nightly", &[]);
        let asks = world.resource_server("builds", "https://builds.example.org");
        world.resource_server("offline", "https://offline.example.org");
        world.assert_active(&asks, &world.token(&credential));
        let receipt = world.revoke(&credential).expect(200);
        assert_eq!(receipt.header("claviger-position"), Some(&*receipt.json()["position"].to_string()));
        assert_shape("receipt", &receipt.json());
    }

    // S61
    fn revoked_credential_shows_time_and_actor(world: World) {
        let credential = world.credential("nightly", &[]);
        let (admin, token) = world.member("sys@acme.example", &["sys_admin"]);
        world.clock.advance_seconds(61);
        let body = Some(json!({"name": "nightly"}));
        world.admin_as(&token, "POST", &path(&credential), body).expect(200);
        let list = items(&world.admin("GET", "/service-credentials", None).expect(200));
        assert_eq!(list[0]["status"], "revoked");
        assert_eq!(list[0]["revoked_at"], "2027-01-31T12:01:01Z");
        assert_eq!(list[0]["revoked_by"], json!({"kind": "member", "id": admin, "name": "sys@acme.example"}));
    }

    // S61
    fn repeated_revocation_returns_first_position_and_changes_nothing(world: World) {
        let credential = world.credential("nightly", &[]);
        let first = world.revoke(&credential).expect(200).json();
        world.credential("between", &[]);
        world.clock.advance_seconds(5);
        let before = Tables::of(&world).dump();
        let second = world.revoke(&credential).expect(200).json();
        assert_eq!(second["position"], first["position"]);
        assert_eq!(second["outcome"], "confirmed");
        assert_eq!(Tables::of(&world).dump(), before);
        let again = Some(json!({"name": "Nightly"}));
        world.admin("POST", &path(&credential), again).expect_problem(422, "invalid");
    }

    // S61
    fn revocation_cannot_be_undone(world: World) {
        let credential = world.credential("nightly", &[]);
        world.revoke(&credential).expect(200);
        let own = format!("/service-credentials/{}", credential.id);
        for route in ["unrevoke", "restore", "enable", "activate", "undo"] {
            let answer = world.admin("POST", &format!("{own}/{route}"), Some(json!({"name": "nightly"})));
            answer.expect_problem(404, "not-found");
        }
        for body in [json!({"status": "active"}), json!({"revoked_at": null}), json!({"revoked_by": null})] {
            world.admin("PATCH", &own, Some(body)).expect_problem(422, "immutable-field");
        }
        for body in [json!({}), json!({"groups": []})] {
            world.admin("PATCH", &own, Some(body)).expect_problem(409, "conflict");
        }
        assert_eq!(world.admin("GET", &own, None).json()["status"], "revoked");
        world.send(&world.token_request(&credential, &[])).expect_oauth_error(401, "invalid_client");
    }

    fn expired_credential_can_still_be_revoked(world: World) {
        let credential = world.credential_with(json!({"validity_days": 30}));
        world.clock.advance_seconds(days(400));
        world.revoke(&credential).expect(200);
        let own = format!("/service-credentials/{}", credential.id);
        assert_eq!(world.admin("GET", &own, None).json()["status"], "revoked");
    }

    // S62
    fn name_is_free_after_revocation_and_client_id_is_not(world: World) {
        let mut clients: Vec<Client> = Vec::new();
        for _ in 0..3 {
            let next = world.credential("nightly", &[]);
            assert!(clients.iter().all(|old| old.id != next.id && old.key != next.key));
            for old in &clients {
                world.send(&world.token_request(old, &[])).expect_oauth_error(401, "invalid_client");
                let mixed = Client { id: next.id.clone(), ..old.clone() };
                world.send(&world.token_request(&mixed, &[])).expect_oauth_error(401, "invalid_client");
                // The name now belongs to another credential. The old one does not change.
                world.revoke(old).expect(200);
            }
            world.token(&next);
            assert_eq!(clients.len() + 1, items(&world.admin("GET", "/service-credentials", None)).len());
            world.revoke(&next).expect(200);
            clients.push(next);
        }
    }

    fn other_credentials_of_the_same_groups_stay_active(world: World) {
        world.group("builders", &["ci:read"]);
        let (one, other) = (world.credential("one", &["builders"]), world.credential("other", &["builders"]));
        let server = world.resource_server("builds", "https://builds.example.org");
        let (dead, alive) = (world.token(&one), world.token(&other));
        world.revoke(&one).expect(200);
        world.assert_inactive(&server, &dead);
        world.assert_active(&server, &alive);
        world.token(&other);
    }

    fn revocation_survives_a_restart(world: World) {
        let credential = world.credential("nightly", &[]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let token = world.token(&credential);
        let first = world.revoke(&credential).expect(200).json();
        world.restart();
        world.assert_inactive(&server, &token);
        world.send(&world.token_request(&credential, &[])).expect_oauth_error(401, "invalid_client");
        assert_eq!(world.revoke(&credential).expect(200).json()["position"], first["position"]);
    }
}
