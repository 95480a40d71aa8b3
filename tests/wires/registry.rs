//! A real container registry and its real clients: who may pull, who may push, and what ends that.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::authority::{ApiToken, Authority};
use crate::registry_scene::{Outcome, Person, Registry, SERVICE, image};
use crate::relay::slow_line;
use claviger_testkit::http::{Request, Response};
use claviger_testkit::process::run;

#[track_caller]
fn expect(outcome: &Outcome, success: bool, what: &str) {
    assert_eq!(outcome.success, success, "{what}: {}", outcome.said);
}

/// From the token endpoint, with a password as docker sends it.
fn ask(authority: &Authority, scopes: &[&str], secret: &str) -> Response {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("service", SERVICE);
    for scope in scopes {
        query.append_pair("scope", scope);
    }
    let path = format!("/realms/demo/registry/token?{}", query.finish());
    Request::get(&path).basic("any", secret).send(authority.address)
}

fn bearer(authority: &Authority, scopes: &[&str], secret: &str) -> String {
    ask(authority, scopes, secret).expect(200).json()["token"].as_str().expect("a token").to_owned()
}

/// The manifest as stored by the registry.
fn manifest(registry: &Registry, name: &str, token: &str) -> Response {
    let request = Request::get(&format!("/v2/{name}/manifests/latest")).bearer(token);
    registry.send(&request.header("Accept", "application/vnd.oci.image.manifest.v1+json"))
}

// O6, O10, O15, O20, O21, O33, DK-01, DK-03, DK-06
#[test]
fn pull_and_push_are_limited_by_scopes() {
    let authority = Authority::start();
    let registry = Registry::start(&authority);
    let image = image(authority.path(), 1, 10_000);
    let (pusher, puller, other) = (
        Person::new(&authority, "pusher"),
        Person::new(&authority, "puller"),
        Person::new(&authority, "other"),
    );
    let token = |scopes: &[&str]| authority.api_token(scopes).token;
    for (person, secret) in [
        (&pusher, token(&["containers:read-update"])),
        (&puller, token(&["containers:read"])),
        // Every scope except those two.
        (&other, token(&["source:read-update", "ci:read-update", "targets:read-update", "devices:delete"])),
    ] {
        expect(&person.login("skopeo", registry.address, "anybody", &secret), true, "login");
    }
    let wrong = Person::new(&authority, "wrong");
    let refused = wrong.login("skopeo", registry.address, "anybody", "clva_wrong");
    expect(&refused, false, "a wrong password");
    expect(&pusher.push(registry.address, &image, "demo/app"), true, "push");
    expect(&pusher.pull(registry.address, "demo/app"), true, "pull with read-update");
    expect(&puller.pull(registry.address, "demo/app"), true, "pull");
    let by_digest = format!("docker://{}/demo/app@{}", registry.address, {
        let inspected = puller.skopeo(&[
            "inspect",
            "--tls-verify=false",
            &format!("docker://{}/demo/app:latest", registry.address),
        ]);
        expect(&inspected, true, "inspect");
        let inspected: Value = serde_json::from_str(&inspected.said).expect("JSON");
        inspected["Digest"].as_str().expect("a digest").to_owned()
    });
    expect(&puller.skopeo(&["inspect", "--tls-verify=false", &by_digest]), true, "by digest");
    let denied = puller.push(registry.address, &image, "demo/second");
    expect(&denied, false, "push with read");
    assert!(denied.said.contains("denied"), "{}", denied.said);
    for person in [&other, &wrong] {
        expect(&person.pull(registry.address, "demo/app"), false, "pull without the scope");
        expect(&person.push(registry.address, &image, "demo/third"), false, "push without the scope");
    }
    expect(&pusher.push(registry.address, &image, "elsewhere/app"), false, "outside the realm");
    // No scope allows deletion.
    let name = format!("docker://{}/demo/app:latest", registry.address);
    expect(&pusher.skopeo(&["delete", "--tls-verify=false", &name]), false, "delete");
    expect(&pusher.pull(registry.address, "demo/app"), true, "it is still there");
    // Nothing is public, and no token lists the catalog.
    registry.send(&Request::get("/v2/demo/app/manifests/latest")).expect(401);
    let all = bearer(&authority, &["registry:catalog:*"], &token(&["containers:read-update"]));
    registry.send(&Request::get("/v2/_catalog").bearer(&all)).expect(401);
    // O32
    let foreign = authority.api_token_of_another_realm("other", &["containers:read-update"]);
    let stranger = Person::new(&authority, "stranger");
    expect(&stranger.login("skopeo", registry.address, "any", &foreign.token), false, "another realm's");
}

// DK-06: blobs are mounted from where they may be read, within the realm.
#[test]
fn blob_is_mounted_from_another_repository_of_the_realm() {
    let authority = Authority::start();
    let registry = Registry::start(&authority);
    let image = image(authority.path(), 2, 1_000);
    let token = authority.api_token(&["containers:read-update"]).token;
    let pusher = Person::new(&authority, "pusher");
    expect(&pusher.login("skopeo", registry.address, "any", &token), true, "login");
    expect(&pusher.push(registry.address, &image, "demo/base"), true, "push");
    let reading = bearer(&authority, &["repository:demo/base:pull"], &token);
    let layer = manifest(&registry, "demo/base", &reading).expect(200).json()["layers"][0]["digest"].clone();
    let mount = |scopes: &[&str]| {
        let layer = layer.as_str().expect("a digest");
        let path = format!("/v2/demo/app/blobs/uploads/?mount={layer}&from=demo/base");
        registry.send(&Request::new("POST", &path).bearer(&bearer(&authority, scopes, &token))).status
    };
    let into = "repository:demo/app:pull,push";
    assert_eq!(mount(&[into, "repository:demo/base:pull"]), 201);
    assert_eq!(mount(&[&format!("{into} repository:demo/base:pull")]), 201);
    let copied = pusher.skopeo(&[
        "copy",
        "--src-tls-verify=false",
        "--dest-tls-verify=false",
        &format!("docker://{}/demo/base:latest", registry.address),
        &format!("docker://{}/demo/copy:latest", registry.address),
    ]);
    expect(&copied, true, "a copy within the registry");
    expect(&pusher.pull(registry.address, "demo/copy"), true, "the copy is there");
}

// DK-01, DK-07
#[test]
fn registry_key_rotation_needs_no_registry_change() {
    let authority = Authority::start();
    let registry = Registry::start(&authority);
    let image = image(authority.path(), 3, 1_000);
    let token = authority.api_token(&["containers:read-update"]).token;
    let person = Person::new(&authority, "person");
    expect(&person.login("skopeo", registry.address, "any", &token), true, "login");
    expect(&person.push(registry.address, &image, "demo/app"), true, "push");
    let old = bearer(&authority, &["repository:demo/app:pull"], &token);
    let rotate = |arguments: &[&str]| {
        let url = format!("http://{}", authority.address);
        let mut command = authority.claviger();
        command.args([&["registry-key", "rotate", "--url", &url, "--realm", "demo"], arguments].concat());
        let (status, _, errors) = run(command.env("CLAVIGER_TOKEN", &authority.owner));
        assert!(status.success(), "{errors}");
    };
    for arguments in [&[][..], &["--alg", "RS256"], &["--alg", "ES256"]] {
        rotate(arguments);
        expect(&person.pull(registry.address, "demo/app"), true, &format!("after rotating {arguments:?}"));
        expect(
            &person.push(registry.address, &image, "demo/app"),
            true,
            &format!("after rotating {arguments:?}"),
        );
        // Earlier tokens are still valid.
        manifest(&registry, "demo/app", &old).expect(200);
    }
    // A new authority must be configured at the registry.
    rotate(&["--authority"]);
    expect(&person.pull(registry.address, "demo/app"), false, "an authority that it does not know");
    let told = Registry::start(&authority);
    expect(&person.login("skopeo", told.address, "any", &token), true, "one that knows it");
}

// O8, DK-08: the credential helper keeps secrets out of files; identity tokens and conventional names work too.
#[test]
fn helpers_identity_tokens_and_conventional_names() {
    let authority = Authority::start();
    let registry = Registry::start(&authority);
    let image = image(authority.path(), 4, 1_000);
    let token = authority.api_token(&["containers:read-update"]).token;
    let helped = Person::new(&authority, "helped");
    let registry_name = registry.address.to_string();
    std::fs::write(
        helped.auth_file(),
        json!({"credHelpers": {registry_name.clone(): "claviger"}}).to_string(),
    )
    .expect("a file");
    expect(&helped.push(registry.address, &image, "demo/app"), false, "not signed in");
    std::fs::write(helped.home.join("token"), &token).expect("a file");
    expect(&helped.push(registry.address, &image, "demo/app"), true, "by the helper");
    expect(&helped.pull(registry.address, "demo/app"), true, "by the helper");
    let kept = std::fs::read_to_string(helped.auth_file()).expect("a file");
    assert!(!kept.contains("clva_") && !kept.contains("eyJ"), "{kept}");
    // What docker stores in place of a password after its login.
    let path = format!("/realms/demo/registry/token?service={SERVICE}&offline_token=true&account=any");
    let answer = Request::get(&path).basic("any", &token).send(authority.address).expect(200).json();
    for identity in [answer["refresh_token"].as_str().expect("a refresh token"), &token] {
        let docker = Person::new(&authority, "docker");
        // base64 of "<token>:", which means that the other member is used.
        let auth =
            json!({"auths": {registry_name.clone(): {"auth": "PHRva2VuPjo=", "identitytoken": identity}}});
        std::fs::write(docker.auth_file(), auth.to_string()).expect("a file");
        expect(&docker.pull(registry.address, "demo/app"), true, "an identity token");
        expect(&docker.push(registry.address, &image, "demo/app"), true, "an identity token");
    }
    for name in ["oauth2accesstoken", "token", "x-access-token", "0198a1c0-0000-7000-8000-000000000000"] {
        let person = Person::new(&authority, "conventional");
        expect(&person.login("skopeo", registry.address, name, &token), true, name);
    }
    // podman uses the same protocol through a different program.
    let person = Person::new(&authority, "podman");
    if Command::new("podman").arg("--version").output().is_ok_and(|told| told.status.success()) {
        expect(&person.login("podman", registry.address, "any", &token), true, "podman login");
        let wrong = Person::new(&authority, "podman-wrong");
        expect(&wrong.login("podman", registry.address, "any", "clva_wrong"), false, "podman login");
    } else {
        println!("podman is not there: its login was not tried");
    }
}

/// How long a registry may accept a token that it has: its lifetime and the registry's clock leeway, 60 s each.
const ENDS_WITHIN: Duration = Duration::from_secs(125);

// O34: registry tokens are valid for 60 s here, and a push takes 150 s.
#[test]
fn push_longer_than_registry_tokens_succeeds_with_one_login() {
    const RATE: usize = 100_000;
    let authority = Authority::start();
    let registry = Registry::start(&authority);
    let large = image(authority.path(), 5, 150 * RATE);
    let small = image(authority.path(), 6, 1_000);
    let token: ApiToken = authority.api_token(&["containers:read-update"]);
    let slow = slow_line(registry.address, RATE);
    let person = Person::new(&authority, "person");
    expect(&person.login("skopeo", slow, "any", &token.token), true, "login by the slow line");
    expect(&person.login("skopeo", registry.address, "any", &token.token), true, "login");
    let began = Instant::now();
    std::thread::scope(|scope| {
        let pushing = scope.spawn(|| person.push(slow, &large, "demo/large"));
        // Meanwhile the same login keeps working.
        expect(&person.push(registry.address, &small, "demo/small"), true, "a push beside it");
        while !pushing.is_finished() {
            expect(&person.pull(registry.address, "demo/small"), true, "a pull with the same login");
            std::thread::sleep(Duration::from_secs(2));
        }
        expect(&pushing.join().expect("it ends"), true, "a slow push");
    });
    assert!(began.elapsed() > Duration::from_secs(140), "the push was not slow: {:?}", began.elapsed());
    expect(&person.pull(registry.address, "demo/large"), true, "it has arrived");
}

// O11, O34, DK-05
#[test]
fn revocation_ends_logins_at_once_and_registry_tokens_within_125_s() {
    let authority = Authority::start();
    let registry = Registry::start(&authority);
    let small = image(authority.path(), 8, 1_000);
    let token: ApiToken = authority.api_token(&["containers:read-update"]);
    let person = Person::new(&authority, "person");
    expect(&person.login("skopeo", registry.address, "any", &token.token), true, "login");
    expect(&person.push(registry.address, &small, "demo/small"), true, "push");
    let held = bearer(&authority, &["repository:demo/small:pull"], &token.token);
    let path = format!("/realms/demo/registry/token?service={SERVICE}&offline_token=true");
    let kept = Request::get(&path).basic("any", &token.token).send(authority.address).expect(200).json();
    let pull = || manifest(&registry, "demo/small", &held).status;
    assert_eq!(pull(), 200);
    let receipt = authority.revoke(&token);
    let revoked = Instant::now();
    let audiences = receipt["audiences"].as_array().expect("audiences");
    assert!(audiences.iter().any(|one| one["audience"] == SERVICE && one["tier"] == "T2"), "{receipt}");
    expect(&person.login("skopeo", registry.address, "any", &token.token), false, "the next login");
    ask(&authority, &[], &token.token).expect(401);
    let refresh = kept["refresh_token"].as_str().expect("a refresh token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("service", SERVICE)];
    Request::form("/realms/demo/registry/token", &form).send(authority.address).expect(401);
    while pull() == 200 {
        assert!(revoked.elapsed() < ENDS_WITHIN, "the registry still takes it");
        std::thread::sleep(Duration::from_secs(1));
    }
    println!(
        "the registry refused a token that it had {} s after the revocation",
        revoked.elapsed().as_secs()
    );
}
