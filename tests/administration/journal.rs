//! S54, T-16: ended objects stay ended after a restore, and a server does not start on an outdated database.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use claviger::administration::suspend_realm;
use claviger::config::Settings;
use claviger::crypto::SystemRandomness;
use claviger::ledger::{Act, Caller};
use claviger::operator::{Reach, RestoreFrom, backup, verify_audit};
use claviger::replication::Part;
use claviger::serve::{Sources, assemble};
use serde_json::{Value, json};

use crate::answers::text;
use crate::backups::of_an_earlier_version;
use crate::restored::{copy_of_database, put_back, settings_of, take, whoami};
use crate::tables::Tables;
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::{next_second, until};
use claviger_testkit::postgres::Postgres;
use claviger_testkit::world::{Client, World};

const AUDIENCE: &str = "https://studio.example";

fn journal(world: &World) -> PathBuf {
    world.folder.path().join("revocations.journal")
}

fn active_kid(world: &World) -> String {
    let keys = world.admin("GET", "/signing-keys", None).expect(200).json();
    let keys = keys["items"].as_array().expect("keys").clone();
    text(&keys.iter().find(|key| key["status"] == "active").expect("an active one")["kid"])
}

/// An object of every kind that a realm can lose.
struct Scene {
    server: Client,
    kept: Client,
    gone: Client,
    renewed: Client,
    narrowed: Client,
    deleted_server: Client,
    api_token: (String, String),
    member: (String, String),
    kid: String,
    token: String,
}

impl Scene {
    fn set(world: &World) -> Self {
        world.group("readers", &["studio:view", "studio:edit"]).group("writers", &["studio:write"]);
        world.group("doomed", &["studio:doom"]);
        let server = world.resource_server("studio", AUDIENCE);
        let kept = world.credential("kept", &["readers", "writers", "doomed"]);
        let token = world.token(&kept);
        Self {
            server,
            kept,
            gone: world.credential("gone", &["readers"]),
            renewed: world.credential("renewed", &["readers"]),
            narrowed: world.credential("narrowed", &["readers", "writers"]),
            deleted_server: world.resource_server("other", "https://other.example"),
            api_token: world.api_token(&["studio:view"]),
            member: world.member("m@acme.example", &["sys_admin"]),
            kid: active_kid(world),
            token,
        }
    }

    fn end(&self, world: &World) {
        let done = |method: &str, path: String, body: Value| {
            let answer = world.admin(method, &path, Some(body));
            assert!((200..300).contains(&answer.status), "{path}: {}", answer.text());
        };
        world.revoke(&self.gone).expect(200);
        done(
            "POST",
            format!("/service-credentials/{}/renew", self.renewed.id),
            json!({"overlap_seconds": 0}),
        );
        done("PATCH", format!("/service-credentials/{}", self.narrowed.id), json!({"groups": ["readers"]}));
        done("PATCH", "/groups/readers".into(), json!({"scopes": ["studio:view"]}));
        done("DELETE", "/groups/doomed".into(), json!({}));
        done("DELETE", format!("/resource-servers/{}", self.deleted_server.id), json!({}));
        done("POST", format!("/api-tokens/{}/revoke", self.api_token.0), json!({}));
        done("POST", format!("/members/{}/disable", self.member.0), json!({}));
        let revoke = Request::form(&world.path("/oauth2/revoke"), &[("token", &self.token)]);
        world.send(&revoke.basic(&self.kept.id, &self.kept.key)).expect(200);
        done("POST", format!("/signing-keys/{}/withdraw", self.kid), json!({}));
    }

    fn scopes(&self, world: &World, client: &Client) -> String {
        text(&world.introspect(&self.server, &world.token(client))["scope"])
    }
}

on_both_databases! {
    // S54
    fn journal_keeps_everything_ended_after_the_backup_ended(world: World) {
        let scene = Scene::set(&world);
        let file = take(&world);
        scene.end(&world);
        let last = Tables::of(&world).change_log().last().expect("rows").position;
        let done = put_back(&mut world, |place| place, &RestoreFrom { backup: &file, journals: &[] });
        // One for each of ten acts. The end of the overlap is a row of its own about the same credential.
        assert!((10..=11).contains(&done.reasserted) && done.known >= done.reasserted, "{} of {}", done.reasserted, done.known);
        let Reach::UpTo(place) = done.reach else { panic!("it goes on from the backup") };
        assert_eq!(place.position.as_u64(), last);
        world.restart();
        for dead in [&scene.gone, &scene.renewed] {
            world.send(&world.token_request(dead, &[])).expect(401);
        }
        assert_eq!(whoami(&world, &scene.api_token.1), 401);
        assert_eq!(whoami(&world, &scene.member.1), 401);
        world.assert_inactive(&scene.server, &scene.token);
        world.send(&world.introspection_request(&scene.deleted_server, "x")).expect(401);
        let keys = world.admin("GET", "/signing-keys", None).expect(200).text();
        assert!(!keys.contains(&scene.kid), "{keys}");
        assert!(keys.contains("\"active\"") && keys.contains("\"next\""), "{keys}");
        // The others keep what is left of their rights, and no more.
        assert_eq!(scene.scopes(&world, &scene.kept), "studio:view studio:write");
        assert_eq!(scene.scopes(&world, &scene.narrowed), "studio:view");
        world.admin("GET", "/groups/doomed", None).expect(404);
        let events = world.admin("GET", "/audit-events?action=revocation.reassert&limit=200", None).expect(200).json();
        assert_eq!(events["items"].as_array().expect("events").len(), done.reasserted);
        assert_eq!(verify_audit(&settings_of(&world), &mut |_| {}).expect("verified").fault, None);
        // The tables agree with the log here too: a restart reads them.
        world.restart();
        assert_eq!(scene.scopes(&world, &scene.narrowed), "studio:view");
        world.send(&world.token_request(&scene.gone, &[])).expect(401);
        // The journal of the restored history contains all of it: the same backup is restored again later.
        next_second();
        let again = put_back(&mut world, |place| place, &RestoreFrom { backup: &file, journals: &[] });
        assert_eq!(again.reasserted, done.reasserted);
    }

    // T-16
    fn journal_reapplies_revocations_edits_and_a_suspension(world: World) {
        let scene = Scene::set(&world);
        world.resource("studio/one", &["view", "manage"]).scopes(&["containers:read"]);
        let grant = json!([{"resource": "studio/one", "actions": ["view", "manage"]}]);
        let granted = world.credential_with(json!({"name": "granted", "resources": grant}));
        let application = |name: &str| {
            let body = json!({"name": name, "scopes": ["studio:view", "studio:edit"]});
            let made = world.admin("POST", "/application-credentials", Some(body)).expect(201).json();
            Client { id: text(&made["client_id"]), key: text(&made["client_key"]), name: name.into() }
        };
        let (revoked, narrowed) = (application("one"), application("two"));
        let (_, api_token) = world.api_token(&["containers:read"]);
        let login = Request::get(&world.path("/registry/token?service=r.example&offline_token=true"));
        let kept = text(&world.send(&login.basic("any", &api_token)).expect(200).json()["refresh_token"]);
        let refresh = Request::form(&world.path("/registry/token"), &[
            ("grant_type", "refresh_token"),
            ("refresh_token", &kept),
            ("service", "r.example"),
        ]);
        world.send(&refresh).expect(200);
        let other = world.create_realm("other");
        let file = take(&world);

        world.admin("POST", &format!("/application-credentials/{}/revoke", revoked.id), None).expect(200);
        let edit = json!({"scopes": ["studio:view"]});
        world.admin("PATCH", &format!("/application-credentials/{}", narrowed.id), Some(edit)).expect(200);
        world.admin("PATCH", "/resources/studio/one", Some(json!({"actions": ["view"]}))).expect(200);
        let listed = world.admin("GET", "/registry-tokens", None).expect(200).json();
        let id = text(&listed["items"][0]["id"]);
        world.admin("POST", &format!("/registry-tokens/{id}/revoke"), None).expect(200);
        let act = Act::local("other".parse().expect("a label"), Caller::Operator);
        suspend_realm(&world.node().state.administration, &act, true).expect("a suspension").unanswered();

        let done = put_back(&mut world, |place| place, &RestoreFrom { backup: &file, journals: &[] });
        assert_eq!(done.reasserted, 5);
        world.restart();
        world.send(&world.token_request(&revoked, &[])).expect(401);
        assert_eq!(scene.scopes(&world, &granted), "studio/one:view");
        let token = world.token(&narrowed);
        let said = world.send(&Request::get(&world.path("/whoami")).bearer(&token)).expect(200).json();
        assert_eq!(text(&said["scope"]), "studio:view");
        assert!((400..500).contains(&world.send(&refresh).status));
        let groups = Request::get("/api/v1/realms/other/groups").bearer(&other);
        world.send(&groups).expect(403);
        world.admin("GET", "/groups", None).expect(200);
    }

    fn second_server_in_the_same_data_folder_is_refused(world: World) {
        let part = Part::Server { node: "node-2".into(), incarnation: "two".into() };
        let sources = Sources { clock: world.clock.clone(), randomness: Arc::new(SystemRandomness::new()) };
        let refusal = assemble(&settings_of(&world), &sources, part).err().expect("refused").to_string();
        assert!(refusal.contains("--data-dir"), "{refusal}");
    }

    fn restore_upgrades_a_backup_of_an_earlier_version(world: World) {
        let scene = Scene::set(&world);
        let file = take(&world);
        let whole = std::fs::read(&file).expect("a backup");
        let older = of_an_earlier_version(&whole);
        assert_ne!(older, whole);
        std::fs::write(&file, older).expect("a file");
        world.revoke(&scene.gone).expect(200);
        let done = put_back(&mut world, |place| place, &RestoreFrom { backup: &file, journals: &[] });
        assert_eq!((done.header.schema.as_str(), done.reasserted), ("0007", 1));
        world.restart();
        world.send(&world.token_request(&scene.gone, &[])).expect(401);
        world.token(&scene.kept);
    }

    fn restore_keeps_objects_ended_only_with_a_journal(world: World) {
        let scene = Scene::set(&world);
        let file = take(&world);
        scene.end(&world);
        let elsewhere = world.folder.path().join("elsewhere");
        let other = |place: Settings| Settings { data_dir: elsewhere.clone(), ..place };
        let done = put_back(&mut world, other, &RestoreFrom { backup: &file, journals: &[] });
        assert_eq!((done.journals, done.reasserted, &done.reach), (0, 0, &Reach::Nothing));
        world.restart();
        world.send(&world.token_request(&scene.gone, &[])).expect(200);
        assert_eq!(whoami(&world, &scene.api_token.1), 200);
        let away = elsewhere.join("away.journal");
        std::fs::rename(journal(&world), &away).expect("a move");
        let done = put_back(&mut world, other, &RestoreFrom { backup: &file, journals: &[away.clone(), away] });
        assert!(done.journals == 2 && done.reasserted >= 10, "{}", done.reasserted);
        world.restart();
        world.send(&world.token_request(&scene.gone, &[])).expect(401);
        assert_eq!(whoami(&world, &scene.api_token.1), 401);
    }

    fn journal_that_begins_after_the_backup_is_incomplete(world: World) {
        let scene = Scene::set(&world);
        let file = take(&world);
        world.revoke(&scene.narrowed).expect(200);
        world.stop();
        std::fs::remove_file(journal(&world)).expect("a file");
        world.restart();
        world.revoke(&scene.gone).expect(200);
        let done = put_back(&mut world, |place| place, &RestoreFrom { backup: &file, journals: &[] });
        assert_eq!((done.reasserted, done.reach), (1, Reach::Nothing));
    }

    fn restored_last_account_holder_has_no_valid_token(world: World) {
        let file = take(&world);
        let heir = world.member("heir@acme.example", &["account_holder"]);
        let members = world.admin("GET", "/members", None).expect(200).json();
        let owner = members["items"].as_array().expect("members").iter().find(|member| member["email"] == "holder@acme.example");
        let path = format!("/members/{}/disable", text(&owner.expect("the owner")["id"]));
        world.admin_as(&heir.1, "POST", &path, None).expect(200);
        put_back(&mut world, |place| place, &RestoreFrom { backup: &file, journals: &[] });
        world.restart();
        assert_eq!(whoami(&world, &world.owner), 401);
        let owner = world.operator_token("holder@acme.example");
        world.admin_as(&owner, "GET", "/members", None).expect(200);
    }

    // T-16
    fn server_does_not_start_on_an_outdated_database(world: World) {
        let scene = Scene::set(&world);
        let yesterday = copy_of_database(&mut world);
        scene.end(&world);
        let today = std::mem::replace(&mut world.database_url, yesterday);
        let refusal = world.refusal_to_start();
        assert!(refusal.contains("claviger restore") && refusal.contains("revocations.journal"), "{refusal}");
        assert!(!refusal.contains('\n'), "{refusal}");
        // A command, which would write to the database, is refused too.
        let label = "other".parse().expect("a label");
        let made = claviger::operator::create_realm(&settings_of(&world), &label, &"o@x.example".parse().expect("an address"), None);
        assert!(made.is_err_and(|error| error.to_string().contains("claviger restore")));
        // The current database still works.
        let yesterday = std::mem::replace(&mut world.database_url, today);
        world.restart();
        world.send(&world.token_request(&scene.gone, &[])).expect(401);
        // Removing the journal is a deliberate choice.
        world.stop();
        world.database_url = yesterday;
        std::fs::remove_file(journal(&world)).expect("a file");
        world.restart();
        world.send(&world.token_request(&scene.gone, &[])).expect(200);
    }

    /// A folder for the database that was lost, a volume that is not mounted, a name that is misspelled.
    fn server_does_not_start_on_an_empty_database_beside_its_journal(world: World) {
        let credential = world.credential("c", &[]);
        let empty = match world.database_url.starts_with("sqlite") {
            true => format!("sqlite://{}/empty.db", world.folder.path().display()),
            false => Postgres::shared().fresh_database(),
        };
        let full = std::mem::replace(&mut world.database_url, empty.clone());
        for _ in 0..2 {
            let refusal = world.refusal_to_start();
            for part in ["it is empty", "claviger restore", "revocations.journal"] {
                assert!(refusal.contains(part), "{part}: {refusal}");
            }
        }
        world.database_url = full;
        world.restart();
        world.send(&world.token_request(&credential, &[])).expect(200);
        // Removing the journal is a deliberate choice.
        world.stop();
        std::fs::remove_file(journal(&world)).expect("a file");
        world.database_url = empty;
        world.restart();
        world.create_realm("other");
    }

    fn different_row_at_a_read_position_is_refused(world: World) {
        world.credential("c", &[]);
        world.stop();
        let nothing = if world.database_url.starts_with("sqlite") { "zeroblob(32)" } else { "decode(repeat('00', 32), 'hex')" };
        let tables = Tables::of(&world);
        let last = tables.change_log().pop().expect("rows");
        tables.execute(&format!("UPDATE log_head SET hash = {nothing}"));
        let refusal = world.refusal_to_start();
        assert!(refusal.contains(&format!("row {} is not the row", last.position)), "{refusal}");
    }

    fn server_refuses_requests_while_its_database_is_outdated(world: World) {
        let scene = Scene::set(&world);
        let token = world.token(&scene.kept);
        world.assert_active(&scene.server, &token);
        let tables = Tables::of(&world);
        let last = tables.change_log().pop().expect("rows").position;
        let ready = || world.send(&Request::get("/health/ready"));
        tables.execute(&format!("UPDATE log_head SET position = {}", last - 1));
        until("the server stops", || ready().status == 503);
        // The server does not join the refused history, however often it polls.
        for _ in 0..5 {
            std::thread::sleep(std::time::Duration::from_millis(120));
            let said = ready().expect(503).json();
            assert_eq!(said["status"], "forked", "{said}");
            let detail = text(&said["reason"]);
            // Without the paths of its files, because anyone can read this answer.
            assert!(detail.contains("claviger restore") && !detail.contains("journal"), "{said}");
            let refused = world.send(&world.introspection_request(&scene.server, &token)).expect(503);
            assert!(refused.header("retry-after").is_some());
            world.send(&world.token_request(&scene.kept, &[])).expect(503);
            assert_eq!(world.revoke(&scene.kept).status, 503);
        }
        assert_eq!(tables.change_log().pop().expect("rows").position, last);
        tables.execute(&format!("UPDATE log_head SET position = {last}"));
        until("the server goes on", || ready().status == 200);
        world.assert_active(&scene.server, &token);
        // On PostgreSQL the node has joined again, and its previous row is waited out.
        let revoked = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                world.revoke(&scene.kept).expect(200);
                revoked.store(true, Ordering::SeqCst);
            });
            world.clock.pass_until(|| revoked.load(Ordering::SeqCst));
        });
        world.assert_inactive(&scene.server, &token);
    }
}
