//! An unreadable row of the log: it is reported everywhere, and an operator skips it deliberately.

use std::time::Duration;

use claviger::operator::{backup, damaged_rows, examine, find_damage, skip_row, verify_audit};
use claviger_contract::Position;
use serde_json::{Value, json};

use crate::answers::items;
use crate::newer_rows::append;
use crate::tables::Tables;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{Client, World, settings};

const BEYOND: &str = r#"{"realm":"acme","change":{"kind":"token_revoked","jti":"a","client_id":"01890a5d-ac96-774b-bcce-b302099a8057","expires_at":"+10000-01-01T00:59:59Z"}}"#;

struct Scene {
    server: Client,
    client: Client,
    token: String,
}

impl Scene {
    fn set(world: &World) -> Self {
        world.group("readers", &["studio:view"]);
        let server = world.resource_server("studio", "https://studio.example");
        let client = world.credential("nightly", &["readers"]);
        let token = world.token(&client);
        world.assert_active(&server, &token);
        Self { server, client, token }
    }
}

fn place(world: &World) -> claviger::config::Settings {
    settings(world.folder.path(), world.address, &world.database_url)
}

fn head(world: &World) -> u64 {
    let position = Tables::of(world).lines("SELECT CAST(position AS TEXT) AS line FROM log_head");
    position[0].trim().parse().expect("a position")
}

/// Deletes the rows of `node`, which outlive a server that had no lease.
fn restart(world: &mut World) {
    world.stop();
    Tables::of(world).execute("DELETE FROM node");
    world.restart();
}

fn wait_for_status(world: &World, request: &Request, status: u16) {
    let mut looks = (0..2_000).map(|_| {
        std::thread::sleep(Duration::from_millis(5));
        world.send(request).status
    });
    assert!(looks.any(|found| found == status), "never {status}");
}

/// The problem with the data that doctor reports.
fn told(world: &World) -> Option<String> {
    let findings = examine(&place(world)).0;
    let data = findings.into_iter().find(|finding| finding.what == "data").expect("a finding");
    data.advice.is_some().then_some(data.found)
}

fn skipped_and_served(mut world: World, body: &str, what: &str) {
    let scene = Scene::set(&world);
    world.create_realm("other");
    assert_eq!(find_damage(&place(&world)).expect("looked"), None);
    append(&world, body);
    let damaged = head(&world);
    let asked = world.introspection_request(&scene.server, &scene.token);
    wait_for_status(&world, &asked, 503);

    let rows = damaged_rows(&place(&world), &mut |_| {}).expect("looked");
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].position.as_u64(), rows[0].skipped, rows[0].newer), (damaged, false, false));
    assert!(rows[0].what.contains(what), "{}", rows[0].what);
    let found = find_damage(&place(&world)).expect("looked").expect("damage");
    assert!(found.contains(&format!("row {damaged}")) && found.contains(what), "{found}");
    assert_eq!(told(&world), Some(found));

    for wrong in [damaged - 1, damaged + 1, 0, u64::from(u32::MAX)] {
        let refused = skip_row(&place(&world), wrong).err().expect("refused").to_string();
        assert!(refused.contains("not damaged"), "{refused}");
    }
    assert_eq!(head(&world), damaged);

    let done = skip_row(&place(&world), damaged).expect("skipped");
    let named: Vec<String> = done.realms.iter().map(ToString::to_string).collect();
    assert_eq!(named, rows[0].realm.as_ref().map_or(vec!["acme", "other"], |_| vec!["acme"]));
    wait_for_status(&world, &asked, 200);
    world.assert_inactive(&scene.server, &scene.token);
    // Earlier opaque tokens are invalid too.
    world.admin("GET", "/groups", None).expect(401);
    world.owner = world.operator_token("holder@acme.example");
    let fresh = world.token(&scene.client);
    world.assert_active(&scene.server, &fresh);
    world.group("after", &["studio:view"]);

    let events = items(&world.admin("GET", "/audit-events?action=log.repair", None).expect(200));
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["before"]["position"], json!(damaged));
    assert_eq!(events[0]["before"]["hash"], json!(rows[0].hash.to_string()));
    let rows = damaged_rows(&place(&world), &mut |_| {}).expect("looked");
    assert!(rows.len() == 1 && rows[0].skipped);
    assert_eq!(find_damage(&place(&world)).expect("looked"), None);
    assert!(verify_audit(&place(&world), &mut |_| {}).expect("verified").fault.is_none());
    let again = skip_row(&place(&world), damaged).err().expect("refused").to_string();
    assert!(again.contains("already skipped"), "{again}");

    restart(&mut world);
    world.assert_inactive(&scene.server, &scene.token);
    world.assert_active(&scene.server, &fresh);
    let file = world.folder.path().join("backup");
    backup(&place(&world), &file, &mut |_| {}).expect("a backup");
}

on_both_databases! {
    fn row_of_a_known_kind_is_skipped_and_its_realm_is_cut(world: World) {
        skipped_and_served(world, BEYOND, "expires_at");
    }

    fn row_without_a_realm_cuts_all_realms(world: World) {
        skipped_and_served(world, r#"{"change":{"kind":"credential_revoked"}}"#, "credential_revoked");
    }

    fn row_that_is_not_json_cuts_all_realms(world: World) {
        skipped_and_served(world, "\u{1}\u{2}{", "no version can read it");
    }

    fn row_of_a_newer_version_is_not_skipped(world: World) {
        Scene::set(&world);
        append(&world, r#"{"realm":"acme","change":{"kind":"credential_paused","id":"x"}}"#);
        let position = head(&world);
        let refused = skip_row(&place(&world), position).err().expect("refused").to_string();
        assert!(refused.contains("newer version"), "{refused}");
        assert!(damaged_rows(&place(&world), &mut |_| {}).expect("looked")[0].newer);
    }

    fn tampered_row_is_found_and_skipped(world: World) {
        let scene = Scene::set(&world);
        let tables = Tables::of(&world);
        let row = tables.change_log().remove(2);
        let other = if world.database_url.starts_with("sqlite") { "x'7b7d'" } else { "'\\x7b7d'::bytea" };
        tables.execute(&format!("UPDATE change_log SET body = {other} WHERE position = {}", row.position));
        let found = find_damage(&place(&world)).expect("looked").expect("damage");
        assert!(found.contains(&format!("row {} ", row.position)) && found.contains("hash"), "{found}");
        let done = skip_row(&place(&world), row.position).expect("skipped");
        assert_eq!(done.realms.len(), 1);
        wait_for_status(&world, &world.introspection_request(&scene.server, &scene.token), 200);
        for _ in 0..2_000 {
            if world.introspect(&scene.server, &scene.token)["active"] == false {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        world.assert_inactive(&scene.server, &scene.token);
        assert_eq!(find_damage(&place(&world)).expect("looked"), None);
    }

    /// As left by a version without this check: log and table hold a time that cannot be read.
    fn time_beyond_the_last_year_in_log_and_table_is_repaired(world: World) {
        let mut world = world;
        let scene = Scene::set(&world);
        Tables::of(&world).execute("UPDATE member_token SET expires_at = 253402304399");
        append(&world, BEYOND);
        let found = find_damage(&place(&world)).expect("looked").expect("damage");
        assert!(found.contains("change log"), "{found}");
        skip_row(&place(&world), head(&world)).expect("skipped");
        assert_eq!(find_damage(&place(&world)).expect("looked"), None);
        restart(&mut world);
        world.assert_inactive(&scene.server, &scene.token);
        world.owner = world.operator_token("holder@acme.example");
        world.admin("GET", "/groups", None).expect(200);
    }

    fn unreadable_tables_are_reported_and_prevent_a_backup(world: World) {
        Scene::set(&world);
        for (broken, mended) in [
            ("UPDATE member SET roles = '['", "UPDATE member SET roles = '[\"account_holder\"]'"),
            ("UPDATE member_token SET expires_at = 253402304399", "UPDATE member_token SET expires_at = 4070908800"),
            ("UPDATE service_credential SET created_at = -1", "UPDATE service_credential SET created_at = 1800000000"),
            ("UPDATE service_credential SET cut = -1", "UPDATE service_credential SET cut = 1"),
        ] {
            Tables::of(&world).execute(broken);
            let found = find_damage(&place(&world)).expect("looked").expect("damage");
            assert!(found.starts_with("table "), "{broken}: {found}");
            let file = world.folder.path().join("backup");
            let refused = backup(&place(&world), &file, &mut |_| {}).err().expect("refused").to_string();
            assert!(refused.starts_with("table "), "{refused}");
            assert!(!file.exists());
            Tables::of(&world).execute(mended);
            assert_eq!(find_damage(&place(&world)).expect("looked"), None, "{mended}");
        }
    }
}
