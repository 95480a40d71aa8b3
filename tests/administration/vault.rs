//! Source credentials, their sources, and who resolves them.

use serde_json::{Value, json};

use crate::refused_attempts::written;
use crate::restored::{put_back, take};
use crate::tables::Tables;
use crate::vault_scene::{GOOD, NEWER, Scene, id};
use claviger::operator::{RestoreFrom, add_key, promote_key};
use claviger_testkit::http::Request;
use claviger_testkit::on_both_databases;
use claviger_testkit::world::{World, settings};

on_both_databases! {
    // F1, F6, F7, F8
    fn one_edit_serves_all_sources_and_one_delete_stops_them(world: World) {
        let scene = Scene::new(world);
        let credential = scene.stored("GitLab main");
        assert_eq!(credential["slug"], "gitlab-main");
        assert_eq!(credential["validation"]["outcome"], "ok");
        let sources = ["one", "two", "three"].map(|name| scene.source(name, &credential));
        let pipeline = scene.pipeline("pipeline", "gitlab-main");
        let token = scene.world.token(&pipeline);
        for source in &sources {
            let resolved = scene.resolve(&token, source).expect(200).json();
            assert_eq!((&resolved["fields"]["token"], &resolved["version"]), (&json!(GOOD), &json!(1)));
        }
        let path = format!("/source-credentials/{}", id(&credential));
        let refused = json!({"fields": {"token": "glpat-unknown"}});
        let problem = scene.world.admin("PATCH", &path, Some(refused)).expect(422).json();
        assert_eq!(problem["type"], "/problems/credential-refused", "{problem}");
        assert_eq!(scene.resolve(&token, &sources[0]).expect(200).json()["fields"]["token"], GOOD);
        let edit = json!({"fields": {"token": NEWER}});
        let edited = scene.world.admin("PATCH", &path, Some(edit)).expect(200).json();
        assert_eq!((&edited["version"], &edited["used_by"]), (&json!(2), &json!(3)));
        assert!(edited["receipt"]["position"].is_u64(), "{edited}");
        for source in &sources {
            let resolved = scene.resolve(&token, source).expect(200).json();
            assert_eq!((&resolved["fields"]["token"], &resolved["version"]), (&json!(NEWER), &json!(2)));
        }
        let receipt = scene.world.admin("DELETE", &path, None).expect(200).json();
        assert_eq!(receipt["outcome"], "confirmed");
        let sealed = "SELECT id AS line FROM source_credential WHERE sealed IS NOT NULL";
        assert!(Tables::of(&scene.world).lines(sealed).is_empty());
        assert_eq!(scene.world.admin("DELETE", &path, None).expect(200).json()["position"], receipt["position"]);
        for source in &sources {
            // Its grant went with its resource.
            scene.resolve(&token, source).expect(401);
        }
        let all = scene.pipeline_of_all();
        for source in &sources {
            let problem = scene.resolve(&all, source).expect(409).json();
            assert!(problem["detail"].as_str().expect("a detail").contains("credential deleted"), "{problem}");
        }
        let stopped = scene.world.admin("GET", "/sources?status=stopped", None).expect(200).json();
        let names: Vec<&str> =
            stopped["items"].as_array().expect("items").iter().filter_map(|item| item["name"].as_str()).collect();
        assert_eq!(names, ["one", "three", "two"]);
        assert_eq!(stopped["items"][0]["stopped_reason"], "credential deleted");
        let other = scene.stored("GitLab other");
        let link = json!({"source_credential_id": other["id"]});
        let linked =
            scene.world.admin("PATCH", &format!("/sources/{}", sources[0]), Some(link)).expect(200).json();
        assert_eq!(linked["status"], "active");
        assert_eq!(scene.resolve(&all, &sources[0]).expect(200).json()["fields"]["token"], GOOD);
    }

    fn what_was_stored_is_there_after_a_restart(world: World) {
        let mut scene = Scene::new(world);
        let credential = scene.stored("GitLab main");
        let source = scene.source("one", &credential);
        let before = [
            scene.world.admin("GET", "/source-credentials", None).expect(200).json(),
            scene.world.admin("GET", "/sources", None).expect(200).json(),
        ];
        scene.world.restart();
        let after = [
            scene.world.admin("GET", "/source-credentials", None).expect(200).json(),
            scene.world.admin("GET", "/sources", None).expect(200).json(),
        ];
        assert_eq!(before, after);
        let token = scene.world.token(&scene.pipeline("pipeline", "gitlab-main"));
        assert_eq!(scene.resolve(&token, &source).expect(200).json()["fields"]["token"], GOOD);
    }

    // F9, F23
    fn only_a_service_credential_with_the_scope_resolves(world: World) {
        let scene = Scene::new(world);
        let (main, other) = (scene.stored("main"), scene.stored("other"));
        let source = scene.source("one", &main);
        let audience = scene.world.resource_server("builds", "https://builds.example");
        let pipeline = scene.pipeline("pipeline", "main");
        let token = scene.world.token(&pipeline);
        scene.resolve(&token, &source).expect(200);
        let stranger = scene.world.token(&scene.pipeline("stranger", "other"));
        let refused = scene.resolve(&stranger, &source).expect(403).json();
        assert!(refused["detail"].as_str().expect("a detail").contains("vault:use"), "{refused}");
        let denied = written(&scene.world, "access.denied", 1);
        assert_eq!(denied[0]["actor"]["name"], "stranger");
        assert_eq!(denied[0]["target"]["id"], "POST /sources/{id}/resolve");
        // A source that does not exist is no more refused than one of somebody else.
        scene.resolve(&stranger, "01890000-0000-7000-8000-000000000000").expect(403);
        scene.resolve(&scene.world.owner.clone(), &source).expect(403);
        let bound = scene.world.token_with(&pipeline, &[("resource", "https://builds.example")]);
        scene.resolve(&bound, &source).expect(403);
        scene.world.assert_active(&audience, &bound);
        scene.world.revoke(&pipeline).expect(200);
        scene.resolve(&token, &source).expect(401);
        let credentials = scene.world.admin("GET", "/source-credentials", None).expect(200);
        assert!(!credentials.text().contains(GOOD));
        drop(other);
    }

    // F7, T-16
    fn restore_of_an_older_backup_brings_no_deleted_credential_back(world: World) {
        let scene = Scene::new(world);
        let (deleted, kept) = (scene.stored("deleted"), scene.stored("kept"));
        scene.source("one", &deleted);
        scene.source("two", &kept);
        let Scene { mut world, gitlab } = scene;
        let early = take(&world);
        world.admin("DELETE", &format!("/source-credentials/{}", id(&deleted)), None).expect(200);
        put_back(&mut world, |place| place, &RestoreFrom { backup: &early, journals: &[] });
        world.restart();
        world.owner = world.operator_token("holder@acme.example");
        let names = |path: &str| {
            let listed = world.admin("GET", path, None).expect(200).json();
            let items = listed["items"].as_array().expect("items").iter();
            items.map(|item| item["name"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names("/source-credentials"), ["kept"]);
        assert_eq!(names("/sources?status=stopped"), ["one"]);
        let scene = Scene { world, gitlab };
        let listed = scene.world.admin("GET", "/sources?status=active", None).expect(200).json();
        let token = scene.world.token(&scene.pipeline("pipeline", kept["slug"].as_str().expect("a slug")));
        let resolved = scene.resolve(&token, id(&listed["items"][0])).expect(200).json();
        assert_eq!(resolved["fields"]["token"], GOOD);
    }

    // F21
    fn expired_credential_is_not_resolved(world: World) {
        let scene = Scene::new(world);
        let mut body = scene.body("main", GOOD);
        body["expires_at"] = json!("2027-01-31T12:10:00Z");
        let credential = scene.world.admin("POST", "/source-credentials", Some(body)).expect(201).json();
        let source = scene.source("one", &credential);
        let token = scene.world.token(&scene.pipeline("pipeline", "main"));
        scene.resolve(&token, &source).expect(200);
        scene.world.clock.advance_seconds(600);
        let problem = scene.resolve(&token, &source).expect(409).json();
        assert!(problem["detail"].as_str().expect("a detail").contains("expired"), "{problem}");
        let shown =
            scene.world.admin("GET", &format!("/source-credentials/{}", id(&credential)), None).expect(200).json();
        assert_eq!(shown["status"], "expired");
        let expired = scene.world.admin("GET", "/source-credentials?status=expired", None).expect(200).json();
        assert_eq!(expired["items"][0]["id"], credential["id"]);
    }

    // F3, F4, F19
    fn lists_are_searched_filtered_and_paged(world: World) {
        let scene = Scene::new(world);
        let (main, spare) = (scene.stored("GitLab main"), scene.stored("GitLab spare"));
        let mut other = json!({"name": "Kept", "source_type": "other", "auth_mode": "bearer", "validate": false});
        other["fields"] = json!({"token": "x-0123456789"});
        let other = scene.world.admin("POST", "/source-credentials", Some(other)).expect(201).json();
        for (name, credential) in [("one", &main), ("two", &main), ("six", &other)] {
            scene.source(name, credential);
        }
        let names = |path: &str| {
            let listed = scene.world.admin("GET", path, None).expect(200).json();
            let items = listed["items"].as_array().expect("items").clone();
            let names = items.iter().map(|item| item["name"].as_str().expect("a name").to_owned());
            (names.collect::<Vec<_>>().join(","), listed["next_cursor"].as_str().map(str::to_owned))
        };
        for (path, expected) in [
            ("/source-credentials?q=MAIN", "GitLab main"),
            ("/source-credentials?source_type=other", "Kept"),
            ("/source-credentials?outcome=skipped", "Kept"),
            ("/source-credentials?status=active&source_type=other", "Kept"),
            ("/source-credentials?status=expired", ""),
            ("/source-credentials?sort=-created_at", "Kept,GitLab spare,GitLab main"),
            ("/source-credentials?sort=-name", "Kept,GitLab spare,GitLab main"),
            ("/sources?source_type=gitlab_self_managed", "one,two"),
            ("/sources?status=active&q=six", "six"),
            ("/source-types?q=gitlab", "GitLab,GitLab CE/EE"),
        ] {
            assert_eq!(names(path).0, expected, "{path}");
        }
        let of_one = format!("/sources?source_credential_id={}", id(&other));
        assert_eq!(names(&of_one).0, "six");
        let (first, cursor) = names("/source-credentials?limit=2");
        let rest = names(&format!("/source-credentials?limit=2&cursor={}", cursor.expect("a cursor")));
        assert_eq!((first.as_str(), rest.0.as_str(), rest.1), ("GitLab main,GitLab spare", "Kept", None));
        let shown = |credential: &Value| {
            let path = format!("/source-credentials/{}", id(credential));
            scene.world.admin("GET", &path, None).expect(200).json()["used_by"].clone()
        };
        assert_eq!([shown(&main), shown(&spare), shown(&other)], [json!(2), json!(0), json!(1)]);
        let bad = scene.world.admin("GET", "/sources?status=broken&color=red", None).expect(422).json();
        assert_eq!(bad["errors"].as_array().expect("errors").len(), 2, "{bad}");
        let bad = scene.world.admin("GET", "/source-credentials?outcome=fine", None).expect(422).json();
        assert_eq!(bad["errors"][0]["field"], "outcome", "{bad}");
        // A source keeps its type.
        let found = scene.world.admin("GET", &of_one, None).expect(200).json();
        let path = format!("/sources/{}", id(&found["items"][0]));
        let link = json!({"source_credential_id": main["id"]});
        let problem = scene.world.admin("PATCH", &path, Some(link)).expect(422).json();
        assert_eq!(problem["errors"][0]["field"], "source_credential_id", "{problem}");
    }

    // F22
    fn new_master_key_wraps_every_secret_and_a_wrong_one_is_an_error(world: World) {
        let mut scene = Scene::new(world);
        let (credential, other) = (scene.stored("main"), scene.stored("other"));
        let source = scene.source("one", &credential);
        let token = scene.world.token(&scene.pipeline("pipeline", "main"));
        let resolves = |scene: &Scene| {
            assert_eq!(scene.resolve(&token, &source).expect(200).json()["fields"]["token"], GOOD);
        };
        resolves(&scene);
        let settings = settings(scene.world.folder.path(), scene.world.address, &scene.world.database_url);
        let added = add_key(&settings).expect("a key");
        let keys = settings.keys_dir.join("master.key");
        let promoted = if scene.world.database_url.starts_with("sqlite") {
            // The clock of this server stands still: it never looks for a new key by itself, and is waited for.
            scene.world.stop();
            let promoted = promote_key(&settings, Some(&added), &mut |_| {}).expect("promoted");
            scene.world.restart();
            promoted
        } else {
            // It counts as gone for the same reason, and still goes on resolving with every key that it meets.
            promote_key(&settings, Some(&added), &mut |_| resolves(&scene)).expect("promoted")
        };
        assert!(promoted.resealed > 2, "{}", promoted.resealed);
        resolves(&scene);
        let text = std::fs::read_to_string(&keys).expect("keys");
        let newest = text.lines().find(|line| line.starts_with(&added)).expect("the new key");
        std::fs::write(&keys, format!("{newest}\n")).expect("a file");
        scene.world.restart();
        resolves(&scene);
        // Whoever mixes rows up, or edits them, gets an error and no secret.
        let (one, two) = (id(&credential), id(&other));
        let sql = format!(
            "UPDATE source_credential SET sealed = (SELECT sealed FROM source_credential WHERE id = '{two}') \
             WHERE id = '{one}'"
        );
        Tables::of(&scene.world).execute(&sql);
        let problem = scene.resolve(&token, &source).expect(503);
        assert!(!problem.text().contains(GOOD), "{}", problem.text());
    }

    // F14, F15, F16, F5, F17
    fn provider_decides_unless_nobody_asks_it(world: World) {
        let scene = Scene::new(world);
        scene.gitlab.knows("glpat-weak-0123456789", &["read_user"]);
        let create = |body: Value| scene.world.admin("POST", "/source-credentials", Some(body));
        let weak = create(scene.body("weak", "glpat-weak-0123456789")).expect(422).json();
        assert_eq!(weak["type"], "/problems/credential-refused");
        assert!(weak["errors"].to_string().contains("missing: Read the API (read_api)"), "{weak}");
        scene.gitlab.set_down(true);
        let down = create(scene.body("down", GOOD)).expect(422).json();
        assert_eq!(down["type"], "/problems/not-verified", "{down}");
        assert!(!down.to_string().contains(GOOD), "{down}");
        let asked = scene.gitlab.requests();
        let mut body = scene.body("unverified", "glpat-whatever");
        body["validate"] = json!(false);
        let stored = create(body).expect(201).json();
        assert_eq!(stored["validation"]["outcome"], "skipped");
        assert_eq!(scene.gitlab.requests(), asked, "no request was sent");
        scene.gitlab.set_down(false);
        let path = format!("/source-credentials/{}/validate", id(&stored));
        let validated = scene.world.admin("POST", &path, None).expect(200).json();
        assert_eq!(validated["validation"]["outcome"], "invalid_credential");
        assert_eq!((&validated["version"], &validated["updated_at"]), (&stored["version"], &stored["updated_at"]));
        // The stored secret is what is asked about, if an edit leaves it out.
        let good = scene.stored("good");
        let path = format!("/source-credentials/{}", id(&good));
        let renamed = scene.world.admin("PATCH", &path, Some(json!({"name": "better"}))).expect(200).json();
        assert_eq!((&renamed["name"], &renamed["validation"]["outcome"]), (&json!("better"), &json!("ok")));
        let dry = scene.world.admin("POST", "/source-credentials/validate", Some(scene.body("dry", NEWER)));
        let dry = dry.expect(200).json();
        assert_eq!((&dry["outcome"], &dry["identity"]), (&json!("ok"), &json!("claviger")));
        assert_eq!(dry["excess"], json!(["read_registry"]), "{dry}");
        let found = json!({"question": "groups"});
        let found = scene.world.admin("POST", &format!("{path}/discover"), Some(found)).expect(200).json();
        assert_eq!(found["items"], json!([{"key": "acme", "title": "Acme"}]));
    }

    fn end_that_the_provider_tells_is_that_of_the_present_secret(world: World) {
        let scene = Scene::new(world);
        scene.gitlab.ends(GOOD, "2027-03-01");
        scene.gitlab.ends(NEWER, "2027-09-01");
        let credential = scene.stored("main");
        assert_eq!(credential["expires_at"], "2027-03-01T00:00:00Z");
        let path = format!("/source-credentials/{}", id(&credential));
        let edit = |body: Value| scene.world.admin("PATCH", &path, Some(body)).expect(200).json()["expires_at"].clone();
        assert_eq!(edit(json!({"fields": {"token": NEWER}})), "2027-09-01T00:00:00Z");
        assert_eq!(edit(json!({"name": "renamed", "validate": false})), "2027-09-01T00:00:00Z");
        assert_eq!(edit(json!({"fields": {"token": GOOD}, "validate": false})), Value::Null);
        // What a person enters stays.
        assert_eq!(edit(json!({"expires_at": "2027-02-15T00:00:00Z"})), "2027-02-15T00:00:00Z");
        assert_eq!(edit(json!({"fields": {"token": NEWER}})), "2027-02-15T00:00:00Z");
        scene.world.admin("POST", &format!("{path}/validate"), None).expect(200);
        assert_eq!(edit(json!({"name": "again"})), "2027-02-15T00:00:00Z");
    }

    fn stored_secret_is_sent_to_no_other_host(world: World) {
        let scene = Scene::new(world);
        let credential = scene.stored("main");
        let path = format!("/source-credentials/{}", id(&credential));
        let moved = json!({"fields": {"url": "http://127.0.0.1:9"}, "validate": false});
        let problem = scene.world.admin("PATCH", &path, Some(moved)).expect(422).json();
        assert_eq!(problem["errors"][0]["field"], "fields.token", "{problem}");
        let entered = json!({"fields": {"url": "http://127.0.0.1:9", "token": NEWER}, "validate": false});
        scene.world.admin("PATCH", &path, Some(entered)).expect(200);
    }

    // F10, F11, F12
    fn bad_input_is_refused_by_the_name_of_each_field(world: World) {
        let scene = Scene::new(world);
        scene.stored("Main");
        let create = |body: Value| scene.world.admin("POST", "/source-credentials", Some(body));
        create(scene.body("MAIN", GOOD)).expect(409);
        let mut same_slug = scene.body("another", GOOD);
        same_slug["slug"] = json!("main");
        create(same_slug).expect(409);
        let before = Tables::of(&scene.world).dump();
        for (change, fields) in [
            (json!({"source_type": "gitea"}), &["source_type"][..]),
            (json!({"source_type": "bitbucket", "auth_mode": "app_password"}), &["auth_mode", "fields.token", "fields.url", "fields.username", "fields.password"]),
            (json!({"source_type": null}), &["source_type"]),
            (json!({"auth_mode": "basic"}), &["auth_mode"]),
            (json!({"fields": {}}), &["fields.url", "fields.token"]),
            (json!({"fields": {"url": "https://u:p@x", "token": "a", "color": 1}}), &["fields.color", "fields.url"]),
            (json!({"fields": []}), &["fields"]),
            (json!({"profile": "all"}), &["profile"]),
            (json!({"answers": {"teams": ["a"]}}), &["answers.teams"]),
            (json!({"answers": ["a"]}), &["answers"]),
            (json!({"expires_at": "2020-01-01T00:00:00Z"}), &["expires_at"]),
            (json!({"slug": "a/b"}), &["slug"]),
            (json!({"name": "夜"}), &["slug"]),
            (json!({"validate": "no"}), &["validate"]),
            (json!({"color": "red"}), &["color"]),
        ] {
            let mut body = scene.body("new", GOOD);
            body["answers"] = json!({});
            for (name, value) in change.as_object().expect("members") {
                body[name] = value.clone();
            }
            let problem = create(body).expect(422).json();
            let mut named: Vec<&str> =
                problem["errors"].as_array().expect("errors").iter().filter_map(|error| error["field"].as_str()).collect();
            named.sort_unstable();
            let mut fields = fields.to_vec();
            fields.sort_unstable();
            assert_eq!(named, fields, "{change}: {problem}");
        }
        let kept = scene.world.admin("GET", "/source-credentials", None).expect(200).json();
        let path = format!("/source-credentials/{}", id(&kept["items"][0]));
        for fixed in ["source_type", "auth_mode", "slug"] {
            let problem = scene.world.admin("PATCH", &path, Some(json!({fixed: "other"}))).expect(422).json();
            assert_eq!(problem["type"], "/problems/immutable-field", "{fixed}: {problem}");
        }
        for (body, field) in [
            (json!({"name": "a", "source_credential_id": "01890000-0000-7000-8000-000000000000"}), "source_credential_id"),
            (json!({"name": "a", "source_credential_id": "x"}), "source_credential_id"),
            (json!({"name": "a"}), "source_credential_id"),
        ] {
            let problem = scene.world.admin("POST", "/sources", Some(body)).expect(422).json();
            assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        }
        assert_eq!(Tables::of(&scene.world).dump(), before);
    }

    // F22, T-10
    fn secrets_are_in_no_answer_row_or_event(world: World) {
        let scene = Scene::new(world);
        let credential = scene.stored("main");
        let source = scene.source("one", &credential);
        let path = format!("/source-credentials/{}", id(&credential));
        scene.world.admin("PATCH", &path, Some(json!({"fields": {"token": NEWER}}))).expect(200);
        let token = scene.world.token(&scene.pipeline("pipeline", "main"));
        scene.resolve(&token, &source).expect(200);
        scene.world.admin("PATCH", &path, Some(json!({"fields": {"token": "glpat-refused-0123"}}))).expect(422);
        let events = scene.world.admin("GET", "/audit-events?limit=200", None).expect(200);
        let resolved: Vec<Value> = events.json()["items"]
            .as_array()
            .expect("items")
            .iter()
            .filter(|event| event["action"] == "source.resolve")
            .cloned()
            .collect();
        assert_eq!(resolved.len(), 1);
        assert_eq!(resolved[0]["actor"]["kind"], "client");
        assert_eq!((&resolved[0]["target"]["name"], &resolved[0]["after"]["version"]), (&json!("one"), &json!(2)));
        let everything = format!("{:?}{}", Tables::of(&scene.world).dump(), events.text());
        for secret in [GOOD, NEWER, "glpat-refused-0123"] {
            let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
            for form in [secret, &hex, &hex.to_uppercase()] {
                assert!(!everything.contains(form), "{form} is stored or shown");
            }
        }
    }
}

impl Scene {
    /// A token with `vault:use`, for every source credential.
    fn pipeline_of_all(&self) -> String {
        self.world.scopes(&["vault:use"]).group("pipelines", &["vault:use"]);
        self.world.token(&self.world.credential("all", &["pipelines"]))
    }
}
