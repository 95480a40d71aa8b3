//! What a server asks third parties by itself: whether stored credentials are still valid, and the lists of sources.

use std::cell::Cell;

use serde_json::{Value, json};

use crate::answers::items;
use crate::vault_scene::{GOOD, NEWER, Scene, id};
use claviger::administration::{
    AdministrationError, REVALIDATION, Revalidated, SOURCE_PULL, Trouble, revalidate_by_schedule,
    source_credentials_needing_care,
};
use claviger::ledger::{Act, Caller};
use claviger::store::JobRow;
use claviger_contract::Timestamp;
use claviger_testkit::clock::{days, minutes};
use claviger_testkit::http::{Request, Response};
use claviger_testkit::on_both_databases;
use claviger_testkit::patience::until;
use claviger_testkit::world::World;

fn events(scene: &Scene, action: &str) -> Vec<Value> {
    let path = format!("/audit-events?action={action}&limit=200");
    items(&scene.world.admin("GET", &path, None).expect(200))
}

fn shown(scene: &Scene, noun: &str, id: &str) -> Value {
    scene.world.admin("GET", &format!("/{noun}/{id}"), None).expect(200).json()
}

/// What the overview of the console puts first.
fn needing_care(scene: &Scene) -> Vec<String> {
    let act = Act::local(scene.world.realm.parse().expect("a label"), Caller::Operator);
    let administration = &scene.world.node().state.administration;
    let soon = Timestamp::from_epoch_seconds(0);
    let found = source_credentials_needing_care(administration, &act, soon).expect("a reading");
    assert!(found.iter().all(|one| matches!(one.trouble, Trouble::Failing { .. }) && one.sources == 1));
    found.into_iter().map(|one| one.name).collect()
}

fn job(scene: &Scene, kind: &str, subject: &str) -> Option<JobRow> {
    scene.world.node().state.administration.ledger.store().jobs().find(kind, subject).expect("a query")
}

/// Jobs are planned every minute.
fn planned(scene: &Scene, kind: &str, subject: &str) {
    until("it is planned", || {
        scene.world.clock.advance_seconds(60);
        scene.world.node().state.administration.ledger.store().jobs().wake();
        std::thread::sleep(std::time::Duration::from_millis(50));
        job(scene, kind, subject).is_some()
    });
}

/// Waits for one more run of a job after this time.
fn after(scene: &Scene, kind: &str, subject: &str, seconds: i64) -> JobRow {
    let attempt = job(scene, kind, subject).expect("a job").attempt;
    scene.world.clock.advance_seconds(seconds);
    until("the job ran", || {
        job(scene, kind, subject).is_some_and(|row| row.attempt > attempt && row.owner.is_none())
    });
    job(scene, kind, subject).expect("a job")
}

/// Waits for a pull with this outcome, of this version. A run that fails, as on a busy machine, is repeated.
fn pulled(scene: &Scene, source: &str, outcome: &str, version: u64) -> Value {
    until("the source is pulled", || {
        scene.world.clock.advance_seconds(minutes(61));
        std::thread::sleep(std::time::Duration::from_millis(50));
        let pull = &shown(scene, "sources", source)["last_pull"];
        pull["outcome"] == outcome && pull["version"] == version
    });
    shown(scene, "sources", source)["last_pull"].clone()
}

fn report(scene: &Scene, token: &str, source: &str, body: &Value) -> Response {
    let path = format!("/api/v1/realms/acme/sources/{source}/report");
    scene.world.send(&Request::json("POST", &path, body).bearer(token))
}

on_both_databases! {
    fn daily_validation_tells_once_that_a_credential_failed_and_once_that_it_recovered(world: World) {
        world.vault_revalidation_hours = Some(24);
        let scene = Scene::new(world);
        let credential = scene.stored("main");
        let source = scene.source("one", &credential);
        let pipeline = scene.pipeline("pipeline", "main");
        let id = id(&credential);
        let told = |scene: &Scene| {
            ["failed", "recovered"].map(|what| events(scene, &format!("source_credential.{what}")).len())
        };
        planned(&scene, REVALIDATION, id);
        let row = after(&scene, REVALIDATION, id, days(1));
        let wait = row.due_at.epoch_seconds() - row.ended_at.expect("it ran").epoch_seconds();
        assert!((days(1) * 9 / 10..=days(1)).contains(&wait), "{wait} s");
        let now = shown(&scene, "source-credentials", id);
        assert_eq!((&now["validation"]["outcome"], &now["failed_since"]), (&json!("ok"), &Value::Null));
        assert_ne!(now["validation"]["at"], credential["validation"]["at"]);
        assert_eq!((&now["version"], &now["updated_at"]), (&credential["version"], &credential["updated_at"]));
        let validated = events(&scene, "source_credential.validate");
        assert_eq!((validated.len(), &validated[0]["actor"]["kind"]), (1, &json!("server")));
        // A provider that is down refuses nothing.
        scene.gitlab.set_down(true);
        let row = after(&scene, REVALIDATION, id, days(1));
        assert_eq!(row.failures, 1);
        assert_eq!(row.outcome.as_deref(), Some("no verdict of the provider: provider_error"));
        assert_eq!(shown(&scene, "source-credentials", id), now);
        scene.gitlab.set_down(false);
        scene.gitlab.forgets(GOOD);
        after(&scene, REVALIDATION, id, days(1));
        let failed = shown(&scene, "source-credentials", id);
        assert_eq!(failed["validation"]["outcome"], "invalid_credential");
        assert!(failed["failed_since"].is_string(), "{failed}");
        assert_eq!(needing_care(&scene), ["main"]);
        assert_eq!(told(&scene), [1, 0]);
        let event = &events(&scene, "source_credential.failed")[0];
        assert_eq!((&event["target"]["id"], &event["actor"]["kind"]), (&json!(id), &json!("server")));
        // The secret stays, and its sources go on.
        let token = scene.world.token(&pipeline);
        assert_eq!(scene.resolve(&token, &source).expect(200).json()["fields"]["token"], GOOD);
        after(&scene, REVALIDATION, id, days(1));
        scene.gitlab.set_down(true);
        after(&scene, REVALIDATION, id, days(1));
        scene.gitlab.set_down(false);
        after(&scene, REVALIDATION, id, days(1));
        assert_eq!(told(&scene), [1, 0], "it has failed all the time");
        assert_eq!(shown(&scene, "source-credentials", id)["failed_since"], failed["failed_since"]);
        scene.gitlab.knows(GOOD, &["read_api"]);
        after(&scene, REVALIDATION, id, days(1));
        assert_eq!(told(&scene), [1, 1]);
        assert_eq!(shown(&scene, "source-credentials", id)["failed_since"], Value::Null);
        assert_eq!(needing_care(&scene), Vec::<String>::new());
        // An edit recovers it too.
        scene.gitlab.forgets(GOOD);
        after(&scene, REVALIDATION, id, days(1));
        let edit = json!({"fields": {"token": NEWER}});
        let edited = scene.world.admin("PATCH", &format!("/source-credentials/{id}"), Some(edit)).expect(200).json();
        assert_eq!(edited["failed_since"], Value::Null);
        assert_eq!(told(&scene), [2, 2]);
        let all = events(&scene, "source_credential.validate");
        assert!(!json!(all).to_string().contains(GOOD), "a secret is told");
    }

    fn credential_is_validated_a_day_before_its_end_and_not_after_it(world: World) {
        world.vault_revalidation_hours = Some(2_160);
        let scene = Scene::new(world);
        let mut body = scene.body("main", GOOD);
        body["expires_at"] = json!("2027-05-31T12:00:00Z");
        let credential = scene.world.admin("POST", "/source-credentials", Some(body)).expect(201).json();
        let (id, end) = (id(&credential), "2027-05-31T12:00:00Z".parse::<Timestamp>().unwrap());
        planned(&scene, REVALIDATION, id);
        let row = after(&scene, REVALIDATION, id, days(90));
        assert_eq!(row.due_at, end.plus_seconds(-days(1)));
        let asked = scene.gitlab.requests();
        after(&scene, REVALIDATION, id, row.due_at.epoch_seconds() - row.ended_at.unwrap().epoch_seconds());
        assert!(scene.gitlab.requests() > asked);
        scene.world.clock.advance_seconds(days(1));
        until("it is forgotten", || {
            scene.world.clock.advance_seconds(60);
            std::thread::sleep(std::time::Duration::from_millis(20));
            job(&scene, REVALIDATION, id).is_none()
        });
    }

    fn credential_that_was_stored_unverified_is_asked_about_by_nobody(world: World) {
        world.vault_revalidation_hours = Some(24);
        let scene = Scene::new(world);
        let mut body = scene.body("unverified", GOOD);
        body["validate"] = json!(false);
        let unverified = scene.world.admin("POST", "/source-credentials", Some(body)).expect(201).json();
        let verified = scene.stored("verified");
        planned(&scene, REVALIDATION, id(&verified));
        assert_eq!(job(&scene, REVALIDATION, id(&unverified)), None);
        let path = format!("/source-credentials/{}/validate", id(&unverified));
        scene.world.admin("POST", &path, None).expect(200);
        planned(&scene, REVALIDATION, id(&unverified));
    }

    fn validation_on_an_older_state_or_of_another_server_writes_nothing(world: World) {
        let scene = Scene::new(world);
        let credential = scene.stored("main");
        let id = id(&credential);
        let administration = &scene.world.node().state.administration;
        let (realm, own) = ("acme".parse().expect("a label"), id.parse().expect("an id"));
        scene.gitlab.forgets(GOOD);
        let before = shown(&scene, "source-credentials", id);
        let lost = revalidate_by_schedule(administration, &realm, own, &|| Ok(false)).expect("no error");
        assert_eq!(lost, Revalidated::Superseded);
        assert_eq!(shown(&scene, "source-credentials", id), before);
        // Both ask the provider; the one that commits first tells it.
        let nested = Cell::new(None);
        let meanwhile = || -> Result<bool, AdministrationError> {
            nested.set(Some(revalidate_by_schedule(administration, &realm, own, &|| Ok(true))?));
            Ok(true)
        };
        let late = revalidate_by_schedule(administration, &realm, own, &meanwhile).expect("no error");
        assert_eq!(late, Revalidated::Superseded);
        assert!(matches!(nested.into_inner(), Some(Revalidated::Stored { .. })));
        assert_eq!(events(&scene, "source_credential.failed").len(), 1);
        // An edit in between keeps what it has proven.
        let edit = || -> Result<bool, AdministrationError> {
            let edit = json!({"fields": {"token": NEWER}});
            scene.world.admin("PATCH", &format!("/source-credentials/{id}"), Some(edit)).expect(200);
            Ok(true)
        };
        let late = revalidate_by_schedule(administration, &realm, own, &edit).expect("no error");
        assert_eq!(late, Revalidated::Superseded);
        assert_eq!(shown(&scene, "source-credentials", id)["validation"]["outcome"], "ok");
        scene.world.admin("DELETE", &format!("/source-credentials/{id}"), None).expect(200);
        let gone = revalidate_by_schedule(administration, &realm, own, &|| Ok(true)).expect("no error");
        assert_eq!(gone, Revalidated::NotWanted);
    }

    fn report_validates_soon_and_many_reports_not_more_often(world: World) {
        let scene = Scene::new(world);
        let credential = scene.stored("main");
        let source = scene.source("one", &credential);
        let (id, token) = (id(&credential), scene.world.token(&scene.pipeline("pipeline", "main")));
        scene.stored("other");
        let stranger = scene.world.token(&scene.pipeline("stranger", "other"));
        let version_1 = json!({"version": 1});
        report(&scene, &stranger, &source, &version_1).expect(403);
        report(&scene, &scene.world.owner.clone(), &source, &version_1).expect(403);
        for (body, field) in [(json!({}), "version"), (json!({"version": "1"}), "version"), (json!({"version": 1, "x": 1}), "x")] {
            let problem = report(&scene, &token, &source, &body).expect(422).json();
            assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        }
        let outdated = report(&scene, &token, &source, &json!({"version": 7})).expect(200).json();
        assert_eq!((&outdated["outcome"], &outdated["version"]), (&json!("outdated"), &json!(1)));
        assert!(job(&scene, REVALIDATION, id).is_none_or(|row| row.attempt == 0));
        scene.gitlab.forgets(GOOD);
        let asked = scene.gitlab.requests();
        for _ in 0..20 {
            let reported = report(&scene, &token, &source, &version_1).expect(200).json();
            assert_eq!((&reported["outcome"], &reported["source_credential_id"]), (&json!("scheduled"), &json!(id)));
        }
        until("it was validated", || events(&scene, "source_credential.failed").len() == 1);
        until("it waits", || job(&scene, REVALIDATION, id).is_some_and(|row| row.owner.is_none()));
        let once = scene.gitlab.requests() - asked;
        assert!(once <= 2, "{once} requests");
        for _ in 0..20 {
            report(&scene, &token, &source, &version_1).expect(200);
        }
        let waiting = job(&scene, REVALIDATION, id);
        assert_eq!(scene.gitlab.requests() - asked, once, "{waiting:?}");
        assert_eq!(events(&scene, "source.report").len(), 41);
        let event = &events(&scene, "source.report")[0];
        assert_eq!((&event["actor"]["name"], &event["after"]["version"]), (&json!("pipeline"), &json!(1)));
        scene.gitlab.knows(GOOD, &["read_api"]);
        scene.world.clock.advance_seconds(60);
        until("it was validated again", || events(&scene, "source_credential.recovered").len() == 1);
        let mut body = scene.body("unverified", GOOD);
        body["validate"] = json!(false);
        let unverified = scene.world.admin("POST", "/source-credentials", Some(body)).expect(201).json();
        let other = scene.source("two", &unverified);
        let token = scene.world.token(&scene.pipeline("another", "unverified"));
        let reported = report(&scene, &token, &other, &version_1).expect(200).json();
        assert_eq!(reported["outcome"], "not_validated");
        assert_eq!(job(&scene, REVALIDATION, unverified["id"].as_str().unwrap()), None);
        scene.world.admin("DELETE", &format!("/source-credentials/{id}"), None).expect(200);
        scene.world.scopes(&["vault:use"]).group("pipelines", &["vault:use"]);
        let token = scene.world.token(&scene.world.credential("all", &["pipelines"]));
        report(&scene, &token, &source, &version_1).expect(409);
    }

    fn schedule_that_is_switched_off_leaves_reports_and_goes_on_when_it_is_on(world: World) {
        world.vault_revalidation_hours = Some(24);
        let mut scene = Scene::new(world);
        let credential = scene.stored("main");
        planned(&scene, REVALIDATION, id(&credential));
        let due = |scene: &Scene| job(scene, REVALIDATION, id(&credential)).expect("a job").due_at;
        assert!(due(&scene) < Timestamp::LATEST);
        for (hours, is_off) in [(None, true), (Some(24), false)] {
            scene.world.vault_revalidation_hours = hours;
            scene.world.restart();
            until("it is planned", || (due(&scene) == Timestamp::LATEST) == is_off);
        }
    }

    // F7, F20, F21
    fn sources_are_pulled_at_an_interval_until_their_credential_ends(world: World) {
        world.vault_pull_minutes = Some(60);
        let scene = Scene::new(world);
        let credential = scene.stored("main");
        let source = scene.source("one", &credential);
        let tag = |scene: &Scene| {
            let answer = scene.world.admin("GET", &format!("/sources/{source}"), None).expect(200);
            answer.header("etag").expect("a tag").to_owned()
        };
        assert_eq!(shown(&scene, "sources", &source)["last_pull"], Value::Null);
        let before = tag(&scene);
        planned(&scene, SOURCE_PULL, &source);
        let pull = pulled(&scene, &source, "ok", 1);
        assert_eq!(pull["items"], 1);
        assert_eq!(pull["source_credential_id"], credential["id"]);
        assert_eq!(tag(&scene), before, "a pull is no edit");
        let audited = &events(&scene, "source.pull")[0];
        assert_eq!((&audited["actor"]["kind"], &audited["target"]["id"]), (&json!("server"), &json!(source)));
        assert_eq!(audited["after"]["source_credential_id"], credential["id"]);
        let path = format!("/source-credentials/{}", id(&credential));
        scene.world.admin("PATCH", &path, Some(json!({"fields": {"token": NEWER}}))).expect(200);
        pulled(&scene, &source, "ok", 2);
        scene.gitlab.forgets(NEWER);
        assert_eq!(pulled(&scene, &source, "invalid_credential", 2)["items"], Value::Null);
        scene.gitlab.set_down(true);
        pulled(&scene, &source, "provider_error", 2);
        scene.gitlab.set_down(false);
        scene.world.admin("DELETE", &path, None).expect(200);
        let (asked, pulls) = (scene.gitlab.requests(), events(&scene, "source.pull").len());
        let last = shown(&scene, "sources", &source);
        until("its job is forgotten", || {
            scene.world.clock.advance_seconds(minutes(61));
            std::thread::sleep(std::time::Duration::from_millis(20));
            job(&scene, SOURCE_PULL, &source).is_none()
        });
        assert_eq!((scene.gitlab.requests(), events(&scene, "source.pull").len()), (asked, pulls));
        assert_eq!(shown(&scene, "sources", &source), last);
        scene.world.admin("POST", &format!("/sources/{source}/pull"), None).expect(409);
    }

    // F20
    fn person_pulls_at_once_and_what_has_no_list_is_refused(world: World) {
        let scene = Scene::new(world);
        let credential = scene.stored("main");
        let source = scene.source("one", &credential);
        let pull = scene.world.admin("POST", &format!("/sources/{source}/pull"), None).expect(200).json();
        assert_eq!((&pull["outcome"], &pull["items"]), (&json!("ok"), &json!(1)));
        assert_eq!(shown(&scene, "sources", &source)["last_pull"], pull);
        let audited = &events(&scene, "source.pull")[0];
        assert_eq!(audited["actor"]["name"], "holder@acme.example");
        let body = json!({
            "name": "Kept", "source_type": "other", "auth_mode": "bearer", "validate": false, "fields": {"token": "x-0123456789"},
        });
        let other = scene.world.admin("POST", "/source-credentials", Some(body)).expect(201).json();
        let other = scene.source("two", &other);
        let problem = scene.world.admin("POST", &format!("/sources/{other}/pull"), None).expect(422).json();
        assert_eq!(problem["errors"][0]["field"], "source_type", "{problem}");
        assert_eq!(shown(&scene, "sources", &other)["last_pull"], Value::Null);
        assert_eq!(job(&scene, SOURCE_PULL, &source), None, "the schedule is off");
    }
}
