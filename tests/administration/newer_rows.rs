//! T-28: log rows that this version cannot read: newer rows stop it, and damaged rows are distinguished from them.

use std::time::Duration;

use ring::digest::{SHA256, digest};

use crate::answers::text;
use crate::tables::Tables;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::World;

/// Appends a row after the last one, with a valid hash.
pub fn append(world: &World, body: &str) {
    let tables = Tables::of(world);
    let last = tables.change_log().pop().expect("rows");
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let hash = digest(&SHA256, &[last.hash.as_slice(), body.as_bytes()].concat());
    let literal = |bytes: &[u8]| match world.database_url.starts_with("sqlite") {
        true => format!("x'{}'", hex(bytes)),
        false => format!("'\\x{}'::bytea", hex(bytes)),
    };
    let (position, body, hash) = (last.position + 1, literal(body.as_bytes()), literal(hash.as_ref()));
    tables.execute(&format!(
        "INSERT INTO change_log (position, body, hash) VALUES ({position}, {body}, {hash}); \
         UPDATE log_head SET position = {position}, hash = {hash}"
    ));
}

fn stops_with(world: &mut World, body: &str, status: &str, refusal: &str) {
    world.group("readers", &["studio:view"]);
    let server = world.resource_server("studio", "https://studio.example");
    let client = world.credential("nightly", &["readers"]);
    let token = world.token(&client);
    world.assert_active(&server, &token);
    append(world, body);
    let introspection = world.introspection_request(&server, &token);
    let looks = (0..2_000).map(|_| {
        std::thread::sleep(Duration::from_millis(5));
        world.send(&introspection).status
    });
    assert!(looks.into_iter().any(|status| status == 503), "it answers on");
    for _ in 0..5 {
        // Longer than a poll of the log takes: the server does not bypass the row by loading the tables.
        std::thread::sleep(Duration::from_millis(250));
        world.send(&introspection).expect(503);
        world.send(&world.token_request(&client, &[])).expect(503);
        assert_eq!(world.revoke(&client).status, 503);
        let said = world.send(&Request::get("/health/ready")).expect(503).json();
        assert_eq!(said["status"], status, "{said}");
        assert!(text(&said["reason"]).contains(refusal), "{said}");
    }
    assert!(world.refusal_to_start().contains(refusal));
}

on_both_databases! {
    fn row_of_a_kind_of_a_newer_version_stops_the_server(world: World) {
        let body = r#"{"realm":"acme","change":{"kind":"credential_paused","id":"x"}}"#;
        stops_with(&mut world, body, "newer version needed", "credential_paused");
    }

    fn unreadable_row_of_a_known_kind_is_damaged_and_names_its_field(world: World) {
        let body = r#"{"realm":"acme","change":{"kind":"token_revoked","jti":"a","client_id":"01890a5d-ac96-774b-bcce-b302099a8057","expires_at":"+10000-01-01T00:59:59Z"}}"#;
        stops_with(&mut world, body, "damaged log", "token_revoked, field expires_at");
    }

    fn malformed_row_is_damaged_and_not_newer(world: World) {
        stops_with(&mut world, "{}", "damaged log", "no version can read");
    }
}
