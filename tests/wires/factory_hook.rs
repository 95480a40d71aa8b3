//! A hook of git that starts a build in the API of a factory.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::factory_scene::{BUILDS, FACTORY, Scene};
use claviger_testkit::http::Request;
use claviger_testkit::process::run;

/// Runs in this folder of the scene, with its profile and this `claviger`; returns what git prints.
#[track_caller]
fn git(scene: &Scene, folder: &str, arguments: &[&str]) -> String {
    let mut git = Command::new("git");
    let ours = |name: &str| name.starts_with("CLAVIGER_") || name.starts_with("GIT_");
    for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
        git.env_remove(name);
    }
    let bin = Path::new(env!("CARGO_BIN_EXE_claviger")).parent().expect("its folder");
    let path = std::env::var("PATH").unwrap_or_default();
    git.env("PATH", format!("{}:{path}", bin.display()));
    git.env("HOME", scene.folder.path()).env("CLAVIGER_PROFILE", scene.profile());
    git.args(["-c", "user.name=ada", "-c", "user.email=ada@example.org"]).args(arguments);
    let (status, output, errors) = run(git.current_dir(scene.folder.path().join(folder)));
    assert!(status.success(), "{arguments:?}: {output}{errors}");
    errors
}

/// O24, the build: a pusher needs no scope for it, because the hook has its own credential.
#[test]
fn hook_starts_a_build_for_every_pushed_branch() {
    let scene = Scene::start();
    let starter = scene.credential(&["ci:read-update"]);
    let key = scene.folder.path().join("starter.key");
    std::fs::write(&key, &starter.key).expect("a file");
    let mut login = scene.claviger();
    login.args(["login", "--realm", FACTORY, "--client-id", &starter.id]);
    login.args(["--url", &format!("http://{}", scene.authority_address)]);
    let (status, _, errors) = run(login.stdin(std::fs::File::open(&key).expect("the key")));
    assert!(status.success(), "{errors}");
    git(&scene, "", &["init", "--quiet", "--bare", "origin.git"]);
    git(&scene, "", &["init", "--quiet", "--initial-branch=main", "work"]);
    let hook = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/factory-api/post-receive");
    let place = scene.folder.path().join("origin.git/hooks/post-receive");
    std::fs::copy(hook, &place).expect("the hook");
    assert_eq!(place.metadata().expect("the hook").permissions().mode() & 0o111, 0o111);
    let push = |message: &str, what: &[&str]| {
        git(&scene, "work", &["commit", "--quiet", "--allow-empty", "-m", message]);
        git(&scene, "work", &[&["push", "../origin.git"], what].concat())
    };

    let told = push("first", &["main"]);
    assert!(told.contains("git config factory.builds-url"), "{told}");
    let url = format!("http://{}{BUILDS}", scene.api.address);
    git(&scene, "origin.git", &["config", "factory.builds-url", &url]);
    let told = push("second", &["main", "HEAD:refs/tags/v1", "HEAD:refs/heads/with\"mark"]);
    assert!(told.contains("refs/heads/main is built") && !told.contains("Bearer"), "{told}");
    push("third", &["--delete", "with\"mark"]);
    let reader = scene.token_with(&["ci:read"]);
    let seen = scene.send(&Request::get(BUILDS).bearer(&reader)).expect(200).json();
    let builds = seen["builds"].as_array().expect("builds");
    let mut references: Vec<&str> = builds.iter().filter_map(|build| build["ref"].as_str()).collect();
    references.sort_unstable();
    assert_eq!(references, ["refs/heads/main", "refs/heads/with\"mark"]);

    scene.revoke(&starter);
    let told = push("fourth", &["main"]);
    assert!(told.contains("no build was started"), "{told}");
}
