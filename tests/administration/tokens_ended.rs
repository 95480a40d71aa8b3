//! Audit events say about how many tokens an act ended, as far as that is known.

use serde_json::{Value, json};

use crate::audit_chain::verify;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;
use claviger_testkit::world::{Client, World};

/// Of the newest event of this kind.
fn estimate(world: &World, action: &str) -> Value {
    let events =
        world.admin("GET", &format!("/audit-events?action={action}&limit=1"), None).expect(200).json();
    let event = events["items"][0].clone();
    assert_eq!(event["action"], action, "{events}");
    assert!(event.as_object().expect("an event").contains_key("tokens_ended_estimate"), "{event}");
    event["tokens_ended_estimate"].clone()
}

fn with_tokens(world: &World, client: &Client, count: u64) {
    (0..count).for_each(|_| drop(world.token(client)));
    let usage = format!("/service-credentials/{}/usage", client.id);
    let counted = || world.admin("GET", &usage, None).expect(200).json()["issued"] == count;
    until("the tokens are counted", counted);
}

on_both_databases! {
    fn revocation_and_edit_of_a_credential_tell_its_tokens(world: World) {
        world.group("builders", &["ci:read"]);
        let credential = world.credential("nightly", &["builders"]);
        with_tokens(&world, &credential, 3);
        assert_eq!(estimate(&world, "service_credential.create"), json!(null));
        let path = format!("/service-credentials/{}", credential.id);
        world.admin("PATCH", &path, Some(json!({"resources": []}))).expect(200);
        let narrower = json!({"groups": []});
        world.admin("PATCH", &path, Some(narrower)).expect(200);
        assert_eq!(estimate(&world, "service_credential.edit"), json!(3));
        world.admin("PATCH", &path, Some(json!({"groups": ["builders"]}))).expect(200);
        assert_eq!(estimate(&world, "service_credential.edit"), json!(null), "it added access");
        world.revoke(&credential).expect(200);
        assert_eq!(estimate(&world, "service_credential.revoke"), json!(3));
        let unused = world.credential("unused", &[]);
        world.revoke(&unused).expect(200);
        assert_eq!(estimate(&world, "service_credential.revoke"), json!(0));
        assert_eq!(verify(&world).fault, None);
    }

    fn act_on_a_group_sums_those_that_it_cuts(world: World) {
        world.group("builders", &["ci:read", "ci:create"]);
        world.group("readers", &["ci:read"]);
        let both = world.credential("both", &["builders", "readers"]);
        let builder = world.credential("builder", &["builders"]);
        let other = world.credential("other", &["readers"]);
        for (client, count) in [(&both, 2), (&builder, 3), (&other, 4)] {
            with_tokens(&world, client, count);
        }
        let scopes = |scopes: Value| json!({"scopes": scopes, "resources": []});
        // The other group still gives it to one of them.
        world.admin("PATCH", "/groups/builders", Some(scopes(json!(["ci:create"])))).expect(200);
        assert_eq!(estimate(&world, "group.edit"), json!(3));
        world.scopes(&["deploy:run"]);
        world.admin("PATCH", "/groups/builders", Some(scopes(json!(["ci:create", "deploy:run"])))).expect(200);
        assert_eq!(estimate(&world, "group.edit"), json!(null));
        world.admin("DELETE", "/groups/builders", None).expect(200);
        assert_eq!(estimate(&world, "group.delete"), json!(5));
    }

    fn applications_tell_theirs_and_single_tokens_none(world: World) {
        world.scopes(&["ci:read"]);
        let body = json!({"name": "bot", "scopes": ["ci:read"]});
        let made = world.admin("POST", "/application-credentials", Some(body)).expect(201).json();
        let text = |name: &str| made[name].as_str().expect("a text").to_owned();
        let bot = Client { id: text("id"), key: text("client_key"), name: "bot".to_owned() };
        (0..2).for_each(|_| drop(world.token(&bot)));
        let show = format!("/application-credentials/{}", bot.id);
        until("its use is stored", || !world.admin("GET", &show, None).expect(200).json()["last_used_at"].is_null());
        let revoked = world.admin("POST", &format!("{show}/revoke"), None).expect(200).json();
        assert_eq!(revoked["outcome"], "confirmed");
        let ended = estimate(&world, "application_credential.revoke");
        assert!(ended == json!(1) || ended == json!(2), "as far as it was counted: {ended}");
        let token = json!({"description": "laptop", "expires_at": "2027-03-01T00:00:00Z", "scopes": ["ci:read"]});
        let id = world.admin("POST", "/api-tokens", Some(token)).expect(201).json()["id"].as_str().expect("an id").to_owned();
        world.admin("POST", &format!("/api-tokens/{id}/revoke"), None).expect(200);
        assert_eq!(estimate(&world, "api_token.revoke"), json!(null));
    }

    /// The number is optional: an act waits for it no longer than a moment.
    fn act_goes_on_without_the_number(world: World) {
        let credential = world.credential("nightly", &[]);
        with_tokens(&world, &credential, 1);
        let tables = crate::tables::Tables::of(&world);
        tables.execute("ALTER TABLE credential_usage RENAME TO hidden");
        world.revoke(&credential).expect(200);
        tables.execute("ALTER TABLE hidden RENAME TO credential_usage");
        assert_eq!(estimate(&world, "service_credential.revoke"), json!(null));
    }
}
