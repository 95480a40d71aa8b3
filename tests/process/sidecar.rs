//! `claviger sidecar`: the answers of a server, without asking it, and never a revoked token.

use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::sidecar_scene::{IDENTITY, Scene, forward_auth};
use claviger_testkit::http::Request;
use claviger_testkit::patience::until;
use claviger_testkit::process::{ServerProcess, claviger, run};

#[test]
fn revoked_token_is_refused_once_revoke_has_answered() {
    let scene = Scene::start();
    let (realm_wide, narrow) = (scene.token(&[]), scene.token(&[("resource", &scene.audience)]));
    for token in [&realm_wide, &narrow] {
        let accepted = scene.ask("?scope=ci:read", token).expect(200);
        assert_eq!(accepted.header("x-claviger-client"), Some(scene.fact("client_id")));
        assert_eq!(accepted.header("x-claviger-kind"), Some("service_credential"));
        let lacking = scene.ask("?scope=ci:read+source:create", token).expect(403);
        let challenge = lacking.header("www-authenticate").expect("a challenge");
        assert!(challenge.contains("scope=\"ci:read source:create\""), "{challenge}");
    }
    let credentials = scene.administer("GET", "/service-credentials", &Value::Null).expect(200).json();
    let (id, name) = (&credentials["items"][0]["id"], &credentials["items"][0]["name"]);
    let path = format!("/service-credentials/{}/revoke", id.as_str().expect("an id"));
    let receipt = scene.administer("POST", &path, &json!({"name": name})).expect(200).json();
    for token in [&realm_wide, &narrow] {
        let refused = scene.ask("?scope=ci:read", token).expect(401);
        let expected = Some("Bearer realm=\"demo\", error=\"invalid_token\"");
        assert_eq!(refused.header("www-authenticate"), expected);
    }
    assert_eq!((&receipt["waited_for"], &receipt["outcome"]), (&json!("verifiers"), &json!("confirmed")));
    let confirmed = receipt["confirmed"]["verifiers"].as_array().expect("a list");
    assert_eq!(confirmed.len(), 1, "{receipt}");
    assert_eq!(confirmed[0]["instances"], 1, "{receipt}");
    let tiers: Vec<_> = receipt["audiences"].as_array().expect("a list").iter().collect();
    assert!(tiers.iter().any(|one| one["audience"] == *scene.audience && one["tier"] == "T1"), "{receipt}");

    let (id, token) = scene.api_token(&["ci:read"]);
    scene.ask("?scope=ci:read", &token).expect(200);
    scene.administer("POST", &format!("/api-tokens/{id}/revoke"), &json!({})).expect(200);
    scene.ask("?scope=ci:read", &token).expect(401);
    assert!(![&realm_wide, &narrow, &token].iter().any(|token| scene.log().contains(*token)));
}

/// Where it must differ: the sidecar is one audience's.
#[test]
fn token_or_demand_of_another_audience_is_refused() {
    let scene = Scene::start();
    let body = json!({"name": "other", "audience": "https://other.example"});
    scene.administer("POST", "/resource-servers", &body).expect(201);
    let foreign = scene.token(&[("resource", "https://other.example")]);
    scene.ask("", &foreign).expect(401);
    let refused = scene.ask("?audience=https%3A%2F%2Fother.example", &scene.token(&[])).expect(403).text();
    assert!(refused.contains(&format!("audience= must be {}", scene.audience)), "{refused}");
}

#[test]
fn without_the_server_nothing_is_accepted_after_the_lease() {
    let mut scene = Scene::start();
    let (signed, opaque) = (scene.token(&[]), scene.api_token(&["ci:read"]).1);
    scene.ask("", &signed).expect(200);
    scene.ask("", &opaque).expect(200);
    scene.stop_server();
    let stopped = Instant::now();
    // Nothing is known about opaque tokens here.
    let undecided = scene.ask("", &opaque).expect(503);
    assert!(undecided.header("retry-after").is_some());
    assert!(IDENTITY.iter().all(|name| undecided.header(name) == Some("")), "{undecided:?}");
    until("the lease is over", || scene.ask("", &signed).status != 200);
    assert!(stopped.elapsed() < Duration::from_secs(10), "{:?}", stopped.elapsed());
    let refused = scene.ask("?scope=ci:read", &signed).expect(503);
    assert!(refused.header("retry-after").is_some_and(|seconds| seconds != "0"));
    assert_eq!(refused.header("www-authenticate"), None);
    let ready = Request::get("/health/ready").send(scene.address).expect(503);
    assert_eq!(ready.json()["status"], "no lease");
    assert!(ready.header("retry-after").is_some() && ready.json()["reason"].is_string(), "{ready:?}");
    Request::get("/health/live").send(scene.address).expect(200);
    // What is wrong in itself is still told apart.
    scene.ask("", "clva_wrong").expect(401);
    forward_auth("").send(scene.address).expect(401);
    scene.start_server_again();
    until("the sidecar decides again", || Request::get("/health/ready").send(scene.address).status == 200);
    scene.ask("", &signed).expect(200);
    scene.ask("", &opaque).expect(200);
}

/// Four threads ask the issuer, and each waits for seconds. Proxies would give up on the rest.
#[test]
fn server_that_never_answers_keeps_nobody_waiting_for_long() {
    let mut scene = Scene::start();
    let (_, opaque) = scene.api_token(&["ci:read"]);
    drop(scene.sidecar());
    // The system accepts for it, and nobody reads.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let issuer = format!("http://{}/realms/demo", silent.local_addr().expect("an address"));
    let is_live =
        |address| Request::get("/health/live").try_send(address).is_some_and(|told| told.status == 200);
    let _sidecar = ServerProcess::start_until(scene.folder.path(), scene.address, is_live, || {
        scene.command(Some(("--issuer", &issuer)))
    });
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..60 {
            scope.spawn(|| {
                let undecided = scene.ask("", &opaque).expect(503);
                assert!(undecided.header("retry-after").is_some());
            });
        }
    });
    // One after another they would take a minute.
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn metrics_and_health_tell_how_it_decides() {
    let scene = Scene::start();
    scene.ask("", &scene.token(&[])).expect(200);
    scene.ask("", "wrong").expect(401);
    let ready = Request::get("/health/ready").send(scene.address).expect(200).json();
    assert_eq!((&ready["status"], &ready["keys"]), (&json!("ready"), &json!(2)), "{ready}");
    assert!(ready["lease_ms_left"].as_u64().is_some_and(|left| left > 0), "{ready}");
    let told = Request::get("/metrics").send(scene.address).expect(200).text();
    for line in [
        "claviger_verifier_decisions_total{outcome=\"accepted\"} 1",
        "claviger_verifier_decisions_total{outcome=\"invalid\"} 1",
        "claviger_verifier_introspections_total 0",
        "claviger_sidecar_answers_total{status=\"200\"} 1",
        "claviger_sidecar_answers_total{status=\"401\"} 1",
    ] {
        assert!(told.lines().any(|told| told == line), "{line}: {told}");
    }
    Request::new("POST", "/metrics").send(scene.address).expect(405);
    Request::get("/api/v1/realms/demo").send(scene.address).expect(404);
}

#[test]
fn sigterm_ends_it_although_a_proxy_keeps_its_connection() {
    let mut scene = Scene::start();
    let mut idle = TcpStream::connect(scene.address).expect("a connection");
    Request::get("/health/live").send_over(&mut idle).expect(200);
    let begun = Instant::now();
    assert_eq!(scene.sidecar().terminate().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
}

#[test]
fn missing_or_wrong_setting_is_named_and_the_key_is_never_shown() {
    let mut scene = Scene::start();
    drop(scene.sidecar());
    let key = scene.fact("resource_server/client_key");
    std::fs::write(scene.folder.path().join("two"), format!("{key}\n{key}\n")).expect("a file");
    for (flag, value, expected) in [
        ("--listen", "0.0.0.0:0", ["loopback", "--allow-remote"]),
        ("--listen", "nine", ["--listen", "nine"]),
        ("--issuer", "http://keys.example.org/realms/demo", ["issuer", "https://"]),
        ("--issuer", "https://keys.example.org", ["issuer", "/realms/"]),
        ("--audience", " ", ["audience", "as it was registered"]),
        ("--client-id", "a b", ["client id", "of the resource server"]),
        ("--key-file", "two", ["client key", "and nothing else"]),
        ("--workers", "0", ["--workers", "1..=512"]),
        ("--log-format", "xml", ["--log-format", "text or json"]),
        ("--ca-file", "absent.pem", ["--ca-file", "absent.pem"]),
        ("--ca-file", "key", ["certificate authorities", "in PEM"]),
        ("--key", key, ["--key", "unexpected argument"]),
    ] {
        let (status, output, errors) = run(&mut scene.command(Some((flag, value))));
        assert_eq!(status.code(), Some(2), "{flag} {value}: {errors}");
        assert!(output.is_empty() && !errors.contains(key), "{output}{errors}");
        for part in expected {
            assert!(errors.contains(part), "{part} is not in: {errors}");
        }
    }
    let mut without_key = claviger(scene.folder.path());
    without_key.args([
        "sidecar",
        "--issuer",
        "https://a.example/realms/a",
        "--audience",
        "b",
        "--client-id",
        "c",
    ]);
    let (status, _, errors) = run(&mut without_key);
    assert_eq!(status.code(), Some(2));
    assert!(errors.contains("--key-file") && errors.contains("CLAVIGER_SIDECAR_KEY"), "{errors}");
}

#[test]
fn settings_come_from_the_environment_too() {
    let mut scene = Scene::start();
    let (token, issuer) = (scene.token(&[]), scene.issuer());
    drop(scene.sidecar());
    let _sidecar = ServerProcess::start_as(scene.folder.path(), scene.address, || {
        let mut command = claviger(scene.folder.path());
        command.arg("sidecar").env("CLAVIGER_SIDECAR_ISSUER", &issuer);
        command.env("CLAVIGER_SIDECAR_AUDIENCE", &scene.audience);
        command.env("CLAVIGER_SIDECAR_CLIENT_ID", scene.fact("resource_server/client_id"));
        command.env("CLAVIGER_SIDECAR_KEY", scene.fact("resource_server/client_key"));
        command.env("CLAVIGER_SIDECAR_LISTEN", scene.address.to_string());
        command
    });
    scene.ask("?scope=ci:read", &token).expect(200);
    let shown = run(claviger(scene.folder.path()).args(["config", "show"]).env("CLAVIGER_SIDECAR_KEY", "x"));
    assert!(shown.0.success(), "{}", shown.2);
}
