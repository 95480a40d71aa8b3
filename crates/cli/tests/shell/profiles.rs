//! Several saved sign-ins.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::scene::{Scene, said};

/// Without the place that the environment of the scene selects.
fn say(scene: &Scene, arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut command = scene.command(arguments);
    for variable in ["CLAVIGER_URL", "CLAVIGER_REALM", "CLAVIGER_TOKEN"] {
        command.env_remove(variable);
    }
    said(&mut command, input)
}

fn login(scene: &Scene, more: &[&str], realm: &str) {
    let url = scene.url();
    let arguments = [&["login", "--url", &url, "--realm", realm][..], more].concat();
    let (code, _, errors) = say(scene, &arguments, "clvp_token");
    assert_eq!(code, Some(0), "{errors}");
}

fn realm_used(scene: &Scene, more: &[&str]) -> String {
    let before = scene.asked().len();
    let (code, _, errors) = say(scene, &[&["group", "list", "--json"][..], more].concat(), "");
    assert_eq!(code, Some(0), "{errors}");
    let line = scene.asked()[before].clone();
    line.split('/').nth(4).expect("a realm").to_owned()
}

fn listed(scene: &Scene) -> Value {
    let (code, output, errors) = say(scene, &["profile", "list", "--json"], "");
    assert_eq!(code, Some(0), "{errors}");
    serde_json::from_str(&output).expect("JSON")
}

#[test]
fn profile_is_chosen_by_flag_variable_selection_and_default() {
    let scene = Scene::start();
    login(&scene, &[], "one");
    login(&scene, &["--profile", "staging"], "two");
    login(&scene, &["--profile", "eu.prod"], "three");
    for (file, mode) in [("profile.json", 0o600), ("profiles/staging.json", 0o600)] {
        let known = fs::metadata(scene.at(".config/claviger").join(file)).expect("a file");
        assert_eq!(known.permissions().mode() & 0o777, mode, "{file}");
    }
    assert_eq!(realm_used(&scene, &[]), "one");
    assert_eq!(realm_used(&scene, &["--profile", "staging"]), "two");
    let (code, ..) = say(&scene, &["profile", "use", "eu.prod"], "");
    assert_eq!((code, realm_used(&scene, &[])), (Some(0), "three".to_owned()));
    assert_eq!(realm_used(&scene, &["--profile", "default"]), "one");
    let mut by_variable = scene.command(&["group", "list", "--json"]);
    by_variable.env_remove("CLAVIGER_URL").env_remove("CLAVIGER_REALM").env_remove("CLAVIGER_TOKEN");
    assert_eq!(said(by_variable.env("CLAVIGER_PROFILE", "staging"), "").0, Some(0));
    assert!(scene.asked().last().expect("a line").contains("/realms/two/"));
    // A path is a file, as before there were names.
    assert_eq!(
        said(by_variable.env("CLAVIGER_PROFILE", scene.at(".config/claviger/profile.json")), "").0,
        Some(0)
    );
    assert!(scene.asked().last().expect("a line").contains("/realms/one/"));

    let names: Vec<Value> = listed(&scene)["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| {
            json!([item["name"], item["is_current"], item["realm"], item["has_personal_access_token"]])
        })
        .collect();
    assert_eq!(
        json!(names),
        json!([
            ["default", false, "one", true],
            ["eu.prod", true, "three", true],
            ["staging", false, "two", true],
        ])
    );
    let (code, _, errors) = say(&scene, &["profile", "delete", "eu.prod"], "");
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!(realm_used(&scene, &[]), "one", "the default is used again");
    assert_eq!(say(&scene, &["logout", "--profile", "staging"], "").0, Some(0));
    assert_eq!(listed(&scene)["items"].as_array().expect("items").len(), 1);
}

#[test]
fn missing_and_wrong_profiles_are_named() {
    let scene = Scene::start();
    login(&scene, &[], "one");
    for (arguments, code) in [
        (&["group", "list", "--profile", "nothing"][..], 4),
        (&["profile", "use", "nothing"], 3),
        (&["profile", "delete", "nothing"], 3),
        (&["profile", "use", "../x"], 2),
        (&["group", "list", "--profile", "a b"], 2),
    ] {
        let (found, _, errors) = say(&scene, arguments, "");
        assert_eq!(found, Some(code), "{arguments:?}: {errors}");
        assert!(errors.contains("profile"), "{errors}");
    }
    // One damaged file hides no other.
    fs::create_dir_all(scene.at(".config/claviger/profiles")).expect("a folder");
    let damaged = scene.at(".config/claviger/profiles/bad.json");
    fs::write(&damaged, "{").expect("a file");
    fs::set_permissions(&damaged, fs::Permissions::from_mode(0o600)).expect("a file");
    let items = listed(&scene)["items"].clone();
    assert_eq!((items[0]["name"].clone(), items[1]["realm"].clone()), (json!("bad"), json!("one")));
    assert!(items[0]["error"].as_str().expect("an error").contains("logout"), "{items}");
}
