//! Files of the user that commands rewrite: links, modes, and several processes at once.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use serde_json::Value;

use crate::scene::{ID, Scene, ended, started};

/// A command that writes a file of the user, its input, and the file.
const WRITERS: [(&[&str], &str, &str); 3] = [
    (&["login"], "clvp_token", ".config/claviger/profile.json"),
    (&["setup-docker", "registry.example.org"], "", ".docker/config.json"),
    (&["setup-git", "https://git.example.org"], "", ".gitconfig"),
];

fn mode(file: &Path) -> u32 {
    fs::metadata(file).expect("a file").permissions().mode() & 0o777
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn link_stays_and_its_target_is_written_with_its_mode() {
    for (arguments, input, file) in WRITERS {
        let scene = Scene::start();
        assert_eq!(scene.say(arguments, input).0, Some(0));
        let name = scene.at(file);
        fs::create_dir(scene.at("dotfiles")).expect("a folder");
        let target = scene.at("dotfiles/target");
        fs::rename(&name, &target).expect("a file");
        fs::set_permissions(&target, Permissions::from_mode(0o600)).expect("a file");
        symlink(&target, &name).expect("a link");
        let before = fs::read(&target).expect("a file");
        fs::write(&target, if file.ends_with("profile.json") { &before[..] } else { b"" }).expect("a file");
        if file.ends_with(".docker/config.json") {
            fs::write(&target, "{}").expect("a file");
        }
        let (code, _, errors) = scene.say(arguments, input);
        assert_eq!(code, Some(0), "{arguments:?}: {errors}");
        assert!(name.is_symlink(), "{arguments:?}");
        assert_eq!((fs::read(&target).expect("a file"), mode(&target)), (before, 0o600), "{arguments:?}");
        assert_eq!(entries(&scene.at("dotfiles")), ["target"], "{arguments:?}");
    }
}

#[test]
fn what_cannot_be_written_is_named_and_left_alone() {
    for (arguments, input, file) in WRITERS {
        let scene = Scene::start();
        let name = scene.at(file);
        fs::create_dir_all(name.parent().expect("a folder")).expect("a folder");
        symlink("nowhere", &name).expect("a link");
        let (code, _, errors) = scene.say(arguments, input);
        assert_eq!(code, Some(1), "{arguments:?}: {errors}");
        let told = errors.contains(&*name.to_string_lossy()) && errors.contains("does not exist");
        assert!(told && name.is_symlink(), "{arguments:?}: {errors}");
        fs::remove_file(&name).expect("a link");
        fs::create_dir(&name).expect("a folder");
        let (code, _, errors) = scene.say(arguments, input);
        assert_eq!(code, Some(1), "{arguments:?}: {errors}");
        assert!(errors.contains(&*name.to_string_lossy()), "{arguments:?}: {errors}");
        assert!(entries(&name).is_empty(), "{arguments:?}");
    }
}

#[test]
fn logout_leaves_no_secret_behind_a_link() {
    let scene = Scene::start();
    assert_eq!(scene.say(&["login"], "clvp_token").0, Some(0));
    let (name, target) = (scene.at(".config/claviger/profile.json"), scene.at("target"));
    fs::rename(&name, &target).expect("a file");
    symlink(&target, &name).expect("a link");
    assert_eq!(scene.say(&["logout"], "").0, Some(0));
    assert!(!target.exists() && !name.is_symlink());
    assert_eq!(scene.say(&["login"], "clvp_token").0, Some(0));
}

/// Half of them save a token, half a client: the last profile has both.
#[test]
fn thirty_logins_at_once_lose_nothing() {
    let scene = Scene::start();
    let logins: Vec<_> = (0..30)
        .map(|index| match index % 2 {
            0 => started(&mut scene.command(&["login"]), "clvp_token"),
            _ => started(&mut scene.command(&["login", "--client-id", ID]), "clvk_key"),
        })
        .collect();
    for login in logins {
        let (code, _, errors) = ended(login);
        assert_eq!(code, Some(0), "{errors}");
    }
    let file = scene.at(".config/claviger/profile.json");
    let profile: Value = serde_json::from_slice(&fs::read(&file).expect("a file")).expect("JSON");
    assert_eq!(
        (&profile["personal_access_token"], &profile["client_key"]),
        (&"clvp_token".into(), &"clvk_key".into())
    );
    assert_eq!(
        (mode(&file), entries(&scene.at(".config/claviger"))),
        (0o600, vec!["profile.json".to_owned()])
    );
}

#[test]
fn thirty_setups_at_once_lose_nothing() {
    let scene = Scene::start();
    let setups: Vec<_> = (0..30)
        .flat_map(|index| {
            let docker = format!("registry-{index}.example.org");
            let git = format!("https://git-{index}.example.org");
            [
                started(&mut scene.command(&["setup-docker", &docker]), ""),
                started(&mut scene.command(&["setup-git", &git]), ""),
            ]
        })
        .collect();
    for setup in setups {
        let (code, _, errors) = ended(setup);
        assert_eq!(code, Some(0), "{errors}");
    }
    let config = fs::read(scene.at(".docker/config.json")).expect("a file");
    let config: Value = serde_json::from_slice(&config).expect("JSON");
    assert_eq!(config["credHelpers"].as_object().expect("helpers").len(), 30);
    let git = fs::read_to_string(scene.at(".gitconfig")).expect("a file");
    assert_eq!(git.matches("git-credential").count(), 30, "{git}");
    assert_eq!(entries(&scene.at(".docker")), ["config.json"]);
    assert_eq!(entries(&scene.at(".local/bin")), ["docker-credential-claviger"]);
}
