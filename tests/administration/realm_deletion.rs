//! The end of a realm: nothing of it counts, its name stays taken for a while, and then its rows are removed.

use claviger::administration::{AdministrationError, delete_realm, remove_deleted_realms};
use claviger::ledger::{Act, Caller};
use claviger::operator::RestoreFrom;
use claviger_domain::Receipt;
use serde_json::json;

use crate::answers::text;
use crate::backups::take;
use crate::restored::put_back;
use crate::tables::Tables;
use claviger_testkit::clock::days;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::next_second;
use claviger_testkit::world::World;

fn delete(world: &World, realm: &str, typed_name: &str) -> Result<Receipt, AdministrationError> {
    let state = &world.node().state;
    let act = Act::local(realm.parse().expect("a label"), Caller::Operator);
    let deleted = delete_realm(&state.administration.ledger, &act, typed_name)?;
    let settled = deleted.settle(&state.barrier).expect("settled");
    Ok(settled.into_parts().1.expect("a receipt"))
}

fn remove(world: &World, days: u32) -> usize {
    let ledger = &world.node().state.administration.ledger;
    let now = ledger.trusted_now().expect("a clock that is right");
    remove_deleted_realms(ledger, now, days).expect("removed")
}

/// The number of rows of each table that name the realm.
fn rows(world: &World, realm: &str) -> Vec<String> {
    let tables = [
        "scope",
        "resource",
        "group",
        "member",
        "member_token",
        "application_credential",
        "registry_token",
        "resource_server",
        "signing_key",
        "service_credential",
        "grant_set",
        "revoked_token",
        "restriction",
        "idempotency_key",
        "heard",
        "last_wait",
    ];
    let counted = tables.iter().filter_map(|table| {
        let query = format!("SELECT CAST(COUNT(*) AS text) AS line FROM \"{table}\" WHERE realm = '{realm}'");
        let count = Tables::of(world).lines(&query).remove(0);
        (count != "0").then(|| format!("{table} {count}"))
    });
    counted.collect()
}

/// Makes the realm `acme` of the world the one that is deleted, with something of every kind in it.
struct Scene {
    access: String,
    api: String,
    personal: String,
}

impl Scene {
    fn set(world: &World) -> Self {
        world.group("readers", &["ci:read"]).resource("studio/one", &["view"]);
        let server = world.resource_server("builds", "https://builds.example.org");
        let credential = world.credential("nightly", &["readers"]);
        let access = world.token(&credential);
        world.assert_active(&server, &access);
        let revoked = world.token(&credential);
        let form = Request::form(&world.path("/oauth2/revoke"), &[("token", &revoked)]);
        world.send(&form.basic(&credential.id, &credential.key)).expect(200);
        let body = json!({"name": "tool", "scopes": ["ci:read"]});
        world.admin("POST", "/application-credentials", Some(body)).expect(201);
        let (_, api) = world.api_token(&["ci:read"]);
        let login = Request::get(&world.path("/registry/token?service=r.example&offline_token=true"));
        text(&world.send(&login.basic("any", &api)).expect(200).json()["refresh_token"]);
        Self { access, api, personal: world.owner.clone() }
    }

    #[track_caller]
    fn nothing_counts(&self, world: &World) {
        for token in [&self.access, &self.api, &self.personal] {
            world.send(&Request::get(&world.path("/whoami")).bearer(token)).expect(401);
            world.admin_as(token, "GET", "/groups", None).expect(401);
        }
        world.send(&Request::get(&world.path("/oauth2/jwks"))).expect(404);
    }
}

on_both_databases! {
    fn deleted_realm_accepts_nothing_and_keeps_its_name_until_it_is_removed(world: World) {
        let mut world = world;
        let other = world.create_realm("globex");
        let scene = Scene::set(&world);
        let before = Tables::of(&world).dump();
        assert!(matches!(delete(&world, "acme", "acm"), Err(AdministrationError::Invalid(_))));
        assert!(matches!(delete(&world, "nobody", "nobody"), Err(AdministrationError::NotFound("realm"))));
        assert_eq!(Tables::of(&world).dump(), before);

        let receipt = delete(&world, "acme", "acme").expect("deleted");
        scene.nothing_counts(&world);
        // A repeated deletion has the receipt of the first.
        assert_eq!(delete(&world, "acme", "acme").expect("deleted").position, receipt.position);
        let events = "SELECT target_id AS line FROM audit_event WHERE action = 'realm.delete'";
        assert_eq!(Tables::of(&world).lines(events), ["acme"]);
        world.restart();
        scene.nothing_counts(&world);
        let of_the_other = Request::get("/api/v1/realms/globex/groups").bearer(&other);
        world.send(&of_the_other).expect(200);

        world.clock.advance_seconds(days(31));
        assert_eq!(remove(&world, 0), 0, "a token of it may be alive");
        world.clock.advance_seconds(1);
        assert_eq!(remove(&world, 40), 0, "retention is longer");
        assert!(!rows(&world, "acme").is_empty());
        assert_eq!(remove(&world, 0), 1);
        assert_eq!(rows(&world, "acme"), [""; 0]);
        assert_eq!(remove(&world, 0), 0);
        let removed = "SELECT target_id AS line FROM audit_event WHERE action = 'realm.remove'";
        assert_eq!(Tables::of(&world).lines(removed), ["acme"]);
        // The name is free, and what was issued before does not count in the new realm.
        world.owner = world.create_realm("acme");
        for token in [&scene.access, &scene.api, &scene.personal] {
            world.admin_as(token, "GET", "/groups", None).expect(401);
        }
        world.admin("GET", "/groups", None).expect(200);
        world.restart();
        world.admin("GET", "/groups", None).expect(200);
    }

    fn deleted_realm_stays_deleted_after_a_restore(world: World) {
        let mut world = world;
        world.create_realm("globex");
        let scene = Scene::set(&world);
        let early = take(&world, "early");
        delete(&world, "acme", "acme").expect("deleted");
        let late = take(&world, "late");
        for backup in [&late, &early] {
            put_back(&mut world, |place| place, &RestoreFrom { backup, journals: &[] });
            world.restart();
            scene.nothing_counts(&world);
            next_second();
        }
    }
}
