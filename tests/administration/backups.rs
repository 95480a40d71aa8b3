//! T-16, T-20, S14, S54: a backup holds no usable credential; a restored database is complete and refuses older tokens.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use claviger::config::Settings;
use claviger::crypto::SystemRandomness;
use claviger::operator::{RestoreFrom, backup, restore_from, verify_audit};
use claviger::serve::Sources;

use crate::tables::Tables;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::next_second;
use claviger_testkit::postgres::Postgres;
use claviger_testkit::world::{Client, World, settings};

const AUDIENCE: &str = "https://studio.example";

fn settings_of(world: &World) -> Settings {
    settings(world.folder.path(), world.address, &world.database_url)
}

pub fn take(world: &World, name: &str) -> PathBuf {
    let file = world.folder.path().join(name);
    backup(&settings_of(world), &file, &mut |_| {}).expect("a backup");
    file
}

pub fn put_back(world: &World, file: &Path) -> Result<u64, String> {
    // Backups and restores use the time of this machine; the server's own clock stands still.
    let clock = Arc::new(claviger::serve::SystemClock);
    let sources = Sources { clock, randomness: Arc::new(SystemRandomness::new()) };
    let from = RestoreFrom { backup: file, journals: &[] };
    let done = restore_from(&settings_of(world), &sources, &from, &mut |_| {});
    done.map(|done| done.rows).map_err(|error| error.to_string())
}

/// Replaces the world's database with an empty one of the other kind.
pub fn change_database(world: &mut World) -> String {
    world.stop();
    let other = if world.database_url.starts_with("sqlite") {
        Postgres::shared().fresh_database()
    } else {
        format!("sqlite://{}/other.db", world.folder.path().display())
    };
    std::mem::replace(&mut world.database_url, other)
}

struct Scene {
    server: Client,
    kept: Client,
    revoked: Client,
}

fn scene(world: &World) -> Scene {
    world.group("readers", &["studio:view"]);
    let server = world.resource_server("studio", AUDIENCE);
    let scene = Scene {
        server,
        kept: world.credential("nightly", &["readers"]),
        revoked: world.credential_with(serde_json::json!({"name": "gone", "groups": ["readers"]})),
    };
    world.revoke(&scene.revoked).expect(200);
    scene
}

on_both_databases! {
    fn restore_into_the_other_database_is_complete_and_ends_tokens(world: World) {
        let scene = scene(&world);
        let before = world.token(&scene.kept);
        world.assert_active(&scene.server, &before);
        let file = take(&world, "one.backup");
        // The old server continues: these tokens have positions beyond the backup's.
        world.scopes(&["a:b", "c:d", "e:f"]);
        let after = world.token(&scene.kept);
        let rows = rows_of(&world);
        change_database(&mut world);
        assert!(put_back(&world, &file).expect("a restore") > 10);
        world.restart();
        for old in [&before, &after] {
            world.assert_inactive(&scene.server, old);
        }
        let fresh = world.token(&scene.kept);
        world.assert_active(&scene.server, &fresh);
        world.send(&world.token_request(&scene.revoked, &[])).expect(401);
        world.admin("GET", "/groups/readers", None).expect(200);
        assert_eq!(verify_audit(&settings_of(&world), &mut |_| {}).expect("verified").fault, None);
        let events = world.admin("GET", "/audit-events", None).expect(200).text();
        assert!(events.contains("realm.restore"), "{events}");
        // Reads equal those of the old database, except for the restore's own rows and what came after the backup.
        assert_eq!(rows_of(&world), rows);
        world.scopes(&["after:restore"]);
        world.restart();
        world.assert_active(&scene.server, &fresh);
        // Restored back again. Tokens of the history in between are invalid too.
        let again = take(&world, "two.backup");
        let in_between = world.token(&scene.kept);
        change_database(&mut world);
        if let Some(path) = world.database_url.strip_prefix("sqlite://") {
            assert!(!Path::new(path).exists());
        }
        next_second();
        put_back(&world, &again).expect("a restore");
        world.restart();
        for old in [&before, &after, &fresh, &in_between] {
            world.assert_inactive(&scene.server, old);
        }
        world.assert_active(&scene.server, &world.token(&scene.kept));
    }

    fn damaged_backup_is_refused_and_leaves_nothing(world: World) {
        scene(&world);
        let file = take(&world, "whole.backup");
        let whole = std::fs::read(&file).expect("a backup");
        change_database(&mut world);
        let lines = whole.iter().filter(|byte| **byte == b'\n').count();
        let damaged = world.folder.path().join("damaged.backup");
        let last_line = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').expect("lines") + 1;
        let mut flipped = whole.clone();
        let place = flipped.windows(7).position(|bytes| bytes == b"nightly").expect("a name");
        flipped[place] = b'N';
        let cases: [(&str, Vec<u8>); 6] = [
            ("truncated", whole[..last_line].to_vec()),
            ("truncated", whole[..whole.len() - 5].to_vec()),
            ("checksum", flipped),
            ("more data after", [whole.as_slice(), b"x\n"].concat()),
            ("not a backup", b"nothing\n".to_vec()),
            ("not a backup", Vec::new()),
        ];
        for (word, bytes) in cases {
            std::fs::write(&damaged, bytes).expect("a file");
            let said = put_back(&world, &damaged).expect_err(word);
            assert!(said.contains(word) && !said.contains('\n'), "{word}: {said}");
        }
        assert!(lines > 10);
        // Complete, but with a row that the tables refuse: all rows before it are rolled back.
        std::fs::write(&damaged, with_a_row_twice(&whole)).expect("a file");
        put_back(&world, &damaged).expect_err("twice the same row");
        assert_eq!(Tables::of(&world).lines("SELECT label AS line FROM realm"), Vec::<String>::new());
        // None of these attempts prevents the restore of the complete one.
        put_back(&world, &file).expect("a restore");
        let said = put_back(&world, &file).expect_err("not empty any more");
        assert!(said.contains("not empty") && !said.contains('\n'), "{said}");
    }

    fn no_secret_is_in_backup_or_database_files(world: World) {
        let scene = scene(&world);
        let secrets = [scene.kept.key.clone(), scene.server.key.clone(), world.owner.clone()];
        let file = take(&world, "secret.backup");
        assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
        assert!(backup(&settings_of(&world), &file, &mut |_| {}).is_err(), "never overwritten");
        let mut files = vec![file];
        files.extend(std::fs::read_dir(world.folder.path()).expect("a folder").map(|entry| entry.expect("an entry").path()));
        for file in files.iter().filter(|file| file.is_file()) {
            let bytes = std::fs::read(file).expect("a file");
            for secret in &secrets {
                // The random part follows the last prefix.
                let random = &secret[secret.len() - 20..];
                assert!(!bytes.windows(random.len()).any(|window| window == random.as_bytes()), "{}", file.display());
            }
        }
    }
}

/// Texts of what users created, without positions and times.
fn rows_of(world: &World) -> Vec<String> {
    let sql = "SELECT c.id || key_digest || groups AS line FROM service_credential c JOIN grant_set s ON s.id = c.grant_set \
        UNION ALL SELECT kid || public AS line FROM signing_key UNION ALL SELECT digest AS line FROM member_token \
        UNION ALL SELECT settings AS line FROM realm";
    let mut lines = Tables::of(world).lines(sql);
    lines.sort();
    lines
}

fn with_a_row_twice(whole: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(whole).expect("text");
    let mut lines: Vec<&str> = text.lines().collect();
    lines.pop();
    let twice = *lines.iter().find(|line| line.contains("\"table\":\"service_credential\"")).expect("a row");
    lines.push(twice);
    sealed(&lines)
}

/// As an earlier version wrote it: every credential has lists of its own in its tables, tokens have no position, and
/// the head of the log holds that of the audit trail.
pub fn of_an_earlier_version(whole: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(whole).expect("text");
    let number = text.find("\"schema\":\"").expect("a number") + "\"schema\":\"".len();
    let text = format!("{}0007{}", &text[..number], &text[number + 4..]);
    let mut lines: Vec<&str> = text.lines().collect();
    lines.pop();
    let row = |line: &str| serde_json::from_str::<serde_json::Value>(line).expect("a row");
    let of = |table: &str, line: &str| line.contains(&format!("\"table\":\"{table}\""));
    let sets: Vec<serde_json::Value> =
        lines.iter().filter(|line| of("grant_set", line)).map(|line| row(line)["row"].clone()).collect();
    let audit_head = lines.iter().find(|line| of("audit_head", line)).map(|line| row(line)).expect("a head");
    let older = |line: &&str| -> Option<String> {
        if ["grant_set", "restriction", "heard", "audit_head", "last_wait"]
            .iter()
            .any(|table| of(table, line))
        {
            return None;
        }
        if of("member_token", line) || of("registry_token", line) {
            let mut row = row(line);
            row["row"].as_object_mut().expect("columns").remove("position");
            return Some(row.to_string());
        }
        if of("log_head", line) {
            let mut row = row(line);
            for column in ["sequence", "hash", "anchor_sequence", "anchor_hash"] {
                row["row"][format!("audit_{column}")] = audit_head["row"][column].clone();
            }
            return Some(row.to_string());
        }
        if !of("service_credential", line) {
            return Some((*line).to_owned());
        }
        let mut row = row(line);
        let columns = row["row"].as_object_mut().expect("columns");
        columns.remove("granted_at");
        let held = columns.remove("grant_set").expect("a set");
        let set = sets.iter().find(|set| set["id"] == held).expect("the set");
        columns.insert("groups".to_owned(), set["groups"].clone());
        columns.insert("resources".to_owned(), set["resources"].clone());
        Some(row.to_string())
    };
    let lines: Vec<String> = lines.iter().filter_map(older).collect();
    sealed(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Adds the count and the checksum of these lines.
fn sealed(lines: &[&str]) -> Vec<u8> {
    let body = format!("{}\n", lines.join("\n"));
    let sum = ring::digest::digest(&ring::digest::SHA256, body.as_bytes());
    let hex: String = sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{body}{{\"count\":{},\"sha256\":\"{hex}\"}}\n", lines.len() - 1).into_bytes()
}
