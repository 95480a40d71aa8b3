//! Names in place of ids.

use serde_json::json;

use crate::commands::samples;
use crate::scene::{ID, OTHER_ID, Scene};

fn listing(items: &serde_json::Value) -> Scene {
    Scene::answering("200 OK", &json!({"items": items, "next_cursor": null}).to_string())
}

/// Resolution is the first request; what follows is about the id.
#[test]
fn every_command_that_takes_an_id_takes_a_name() {
    let mut found = 0;
    for sample in samples() {
        // Of a verb. `resolve` takes no name, because a pipeline may not list the sources.
        if !sample.name.contains(' ') || sample.arguments.get(2) != Some(&ID) {
            continue;
        }
        found += 1;
        let scene = Scene::start();
        let mut arguments = sample.arguments.clone();
        arguments[2] = "n";
        let (code, _, errors) = scene.say(&arguments, sample.input);
        assert_eq!(code, Some(0), "{}: {errors}", sample.name);
        let asked = scene.asked();
        assert!(asked[0].starts_with("GET ") && asked[0].contains("q=n"), "{}: {asked:?}", sample.name);
        assert!(asked[1..].iter().any(|line| line.contains(ID)), "{}: {asked:?}", sample.name);
    }
    assert!(found > 20, "{found}");
}

#[test]
fn id_is_not_looked_up() {
    let scene = Scene::start();
    assert_eq!(scene.say(&["credential", "show", ID, "--json"], "").0, Some(0));
    assert_eq!(scene.asked().len(), 1);
}

#[test]
fn name_of_several_lists_their_ids_and_does_nothing() {
    let item = |id: &str, status: &str| json!({"id": id, "name": "nightly", "status": status});
    for (items, code) in [
        (json!([item(ID, "active"), item(OTHER_ID, "active")]), 6),
        (json!([item(ID, "revoked"), item(OTHER_ID, "revoked")]), 6),
        (json!([item(ID, "active"), item(OTHER_ID, "revoked")]), 0),
        (json!([{"id": ID, "name": "nightly-builds", "status": "active"}]), 3),
        (json!([]), 3),
    ] {
        let scene = listing(&items);
        let (found, _, errors) = scene.say(&["credential", "show", "nightly", "--json"], "");
        assert_eq!(found, Some(code), "{items}: {errors}");
        assert_eq!(errors.contains(ID) && errors.contains(OTHER_ID), code == 6, "{errors}");
        assert_eq!(scene.asked().len(), if code == 0 { 2 } else { 1 }, "{errors}");
    }
}

#[test]
fn credential_is_revoked_by_its_name_alone_and_by_its_id_only_with_the_name() {
    let scene = Scene::start();
    let (code, _, errors) = scene.say(&["credential", "revoke", ID, "--json"], "");
    assert_eq!((code, errors.contains("--name")), (Some(2), true), "{errors}");
    assert!(scene.asked().is_empty());
    assert_eq!(scene.say(&["credential", "revoke", "n", "--json"], "").0, Some(0));
}

/// The id of a key is base64url, so one in 64 begins as a flag does.
#[test]
fn key_id_may_begin_with_a_hyphen() {
    for start in ["-z", "-h", "-V", "--", "--json", "--yes"] {
        let kid = format!("{start:A<43}");
        let scene = Scene::start();
        let (code, _, errors) = scene.say(&["signing-key", "withdraw", &kid, "--yes", "--json"], "");
        assert_eq!(code, Some(0), "{kid}: {errors}");
        assert!(scene.asked().iter().any(|line| line.contains(&kid)), "{kid}: {:?}", scene.asked());
        let scene = listing(&json!([]));
        let (code, _, errors) = scene.say(&["audit", "list", "--target", &kid, "--json"], "");
        assert_eq!(code, Some(0), "{kid}: {errors}");
        assert!(scene.asked()[0].contains(&kid), "{kid}: {:?}", scene.asked());
    }
    let (code, _, errors) = Scene::start().say(&["signing-key", "withdraw", "--wiat=5s"], "");
    assert_eq!(code, Some(2), "{errors}");
    assert!(errors.contains("--wiat") && errors.contains("43 characters"), "{errors}");
}
