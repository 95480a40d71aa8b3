//! `docker-compose.yml` without an engine: PostgreSQL, two nodes and its nginx. The images themselves are only linted.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::compose_scene::{Compose, Nginx, Node, Scene};
use crate::compose_traffic::{Acme, Traffic, until};
use crate::stub_node::{Conduct, Stub};
use claviger_testkit::http::Request;
use claviger_testkit::paths::root;
use claviger_testkit::process::free_address;

#[test]
fn names_are_consistent_across_files() {
    let compose = Compose::read();
    let nodes = compose.nodes();
    assert_eq!(nodes.len(), 2, "{nodes:?}");
    let configuration = compose.mounted("/etc/nginx/nginx.conf");
    let upstreams = configuration.lines().filter_map(|line| line.trim().strip_prefix("server "));
    let upstreams: Vec<&str> =
        upstreams.filter_map(|line| line.split(' ').next()).filter(|word| *word != "{").collect();
    let expected: Vec<String> = nodes.iter().map(|name| format!("{name}:8080")).collect();
    assert_eq!(upstreams, expected);
    // A fixed subnet may be in use on the machine.
    for word in ["subnet", "ipv4_address"] {
        assert!(!compose.0.contains(word), "{word}");
    }
    let variables = |text: &str| -> BTreeSet<String> {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let words = lines.flat_map(|line| line.split("${").skip(1).map(str::to_owned).collect::<Vec<_>>());
        words.filter_map(|word| Some(word.split([':', '}']).next()?.to_owned())).collect()
    };
    let example = root().join(".env.example");
    let example = std::fs::read_to_string(example).expect("the example");
    let offered =
        example.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    let offered: BTreeSet<String> = offered.map(|(name, _)| name.to_owned()).collect();
    assert_eq!(variables(&compose.0.replace("$$", "")), offered, ".env.example");
}

#[test]
fn every_service_has_bounded_logs_and_restarts() {
    let compose = Compose::read();
    for service in ["x-node: &node", "  postgres:", "  nginx:"] {
        let rest = compose.0.split(&format!("\n{service}\n")).nth(1).expect(service);
        let own = rest.split("\n\n").next().expect("its lines");
        assert!(own.contains("logging: *logging") && own.contains("restart: unless-stopped"), "{service}");
    }
}

#[test]
fn two_nodes_behind_nginx_survive_the_loss_of_either() {
    let mut scene = Scene::start();
    let acme = Acme::of(&scene);
    let names: Vec<String> = scene.nodes.iter().map(|node| node.name.clone()).collect();

    // Normal operation: each node answers its share, and a revocation at one node is effective at both.
    for port in
        [scene.nginx.address, scene.nodes[0].address, scene.nodes[1].address].map(|place| place.port())
    {
        assert!(scene.compose_health(port), "the health check finds nobody ready at {port}");
    }
    let credential = acme.credential("first");
    let token = acme.token(&credential);
    for _ in 0..8 {
        assert!(acme.is_active(acme.nginx, &token));
    }
    for node in &scene.nodes {
        assert!(acme.is_active(node.address, &token), "{}", node.name);
        assert!(answers_of(node.metrics) > 1, "nginx has sent nothing to {}", node.name);
    }
    let receipt = acme.revoke(&credential);
    assert_eq!(everybody(&receipt), names, "{receipt}");
    for place in [acme.nginx, scene.nodes[0].address, scene.nodes[1].address] {
        assert!(!acme.is_active(place, &token), "active at {place} after the revocation");
    }

    // One node is killed under traffic.
    let doomed = acme.credential("doomed");
    let dead = acme.token(&doomed);
    let busy = acme.credential("busy");
    let token = acme.token(&busy);
    for node in &scene.nodes {
        assert!(acme.is_active(node.address, &token), "{} has not read of the credential", node.name);
    }
    let refused = refusals(&scene.nodes[1]);
    let traffic = Traffic::of(&acme, busy);
    traffic.goes_on();
    scene.nodes[0].kill();
    let receipt = acme.revoke(&doomed);
    assert_eq!(receipt["confirmed"]["nodes"], json!([names[1]]), "{receipt}");
    match receipt["outcome"].as_str() {
        Some("waited_out") => assert_eq!(receipt["unconfirmed"]["nodes"], json!([names[0]]), "{receipt}"),
        outcome => assert_eq!(outcome, Some("confirmed"), "{receipt}"),
    }
    assert!(!acme.is_active(acme.nginx, &dead) && !acme.is_active(scene.nodes[1].address, &dead));
    traffic.goes_on();

    // It restarts, applies what it has missed, and serves again.
    scene.nodes[0].start();
    assert!(!acme.is_active(scene.nodes[0].address, &dead));
    acme.until_confirmed_by(&json!(names));
    until(|| answers_of(scene.nodes[0].metrics) > 1, "nginx sends nothing to the one that is back");

    traffic.assert_without_failures(refusals(&scene.nodes[1]) - refused);

    // The other node is terminated, as in an upgrade: it signs off, and revocations do not wait for it.
    let refused = refusals(&scene.nodes[0]);
    scene.nodes[1].terminate();
    assert!(
        !scene.compose_health(scene.nodes[1].address.port()),
        "nothing listens, and all is said to be well"
    );
    traffic.goes_on();
    let receipt = acme.until_confirmed_by(&json!([names[0]]));
    assert_eq!(receipt["unconfirmed"]["nodes"], json!([]), "{receipt}");
    traffic.goes_on();
    traffic.assert_without_failures(refusals(&scene.nodes[0]) - refused);
}

/// RFC 9110 §9.2.2: an intermediary repeats a request that may have been processed only if repeating it is known to be
/// safe.
#[test]
fn nginx_repeats_only_safe_requests() {
    let folder = TempDir::new().expect("a temporary folder");
    let compose = Compose::read();
    compose.user_of("nginx").may_enter(folder.path());
    let with = |name: &str, nodes: [SocketAddr; 2]| {
        let folder = folder.path().join(name);
        // Here nginx must try both nodes for every request.
        Nginx::start(&compose, &folder, &nodes, |configuration| {
            configuration.replace("max_fails=1", "max_fails=0")
        })
    };
    let harmless = [
        ("POST", "/realms/acme/oauth2/token"),
        ("POST", "/realms/acme/oauth2/introspect"),
        ("POST", "/realms/acme/oauth2/revoke"),
        ("POST", "/realms/acme/registry/token"),
        ("POST", "/realms/acme/forward-auth"),
        ("PATCH", "/realms/acme/forward-auth/some/path"),
        ("POST", "/acme/oidc/oauth/token"),
        ("POST", "/oauth/token"),
        ("GET", "/realms/acme/oauth2/jwks"),
        ("GET", "/api/v1/realms/acme/groups"),
        ("DELETE", "/api/v1/realms/acme/groups/g"),
    ];
    let sent_once = [
        ("POST", "/api/v1/realms/acme/service-credentials"),
        ("POST", "/api/v1/realms/acme/service-credentials/c/revoke"),
        ("PATCH", "/api/v1/realms/acme/groups/g"),
        ("POST", "/anything/else"),
    ];
    let request = |(method, path)| Request::new(method, path).body("a=b");
    let all = || harmless.iter().chain(&sent_once).copied();

    for (name, conduct, status) in
        [("leaving", Conduct::Leaves, 502), ("unsure", Conduct::Says("503 No"), 503)]
    {
        let stubs = [Stub::start(conduct), Stub::start(conduct)];
        let nginx = with(name, [stubs[0].address, stubs[1].address]);
        for line in all() {
            let before = stubs[0].received() + stubs[1].received();
            assert_eq!(request(line).send(nginx.address).status, status, "{line:?}");
            let times = stubs[0].received() + stubs[1].received() - before;
            assert_eq!(times, if harmless.contains(&line) { 2 } else { 1 }, "{line:?} {name}");
        }
    }

    let well = Stub::start(Conduct::Says("200 OK"));
    let nginx = with("refusing", [free_address(), well.address]);
    for line in all().flat_map(|line| [line, line]) {
        assert_eq!(request(line).send(nginx.address).status, 200, "{line:?}");
    }
    let silent = Stub::start(Conduct::IsSilent);
    let nginx = with("silent", [silent.address, well.address]);
    for line in [harmless[0], harmless[0]] {
        assert_eq!(request(line).send(nginx.address).status, 200, "{line:?}");
    }
    assert!(silent.received() >= 1);
}

/// Requests that a node has answered with 503.
fn refusals(node: &Node) -> usize {
    node.log().matches(" status=503 ").count()
}

/// Counts tokens and introspections together: if a client alternates between them, one node may get all of one kind.
fn answers_of(metrics: SocketAddr) -> u64 {
    let text = Request::get("/metrics").send(metrics).expect(200).text();
    let is_meant = |line: &&str| {
        line.starts_with("claviger_http_requests_total")
            && line.contains("/oauth2/")
            && line.contains("\"200\"")
    };
    text.lines().filter(is_meant).filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

/// Names of all nodes that were waited for, confirmed or not, sorted.
fn everybody(receipt: &Value) -> Vec<String> {
    let names = ["confirmed", "unconfirmed"].map(|which| receipt[which]["nodes"].as_array().expect("a list"));
    let mut names: Vec<String> =
        names.into_iter().flatten().map(|name| name.as_str().expect("a name").to_owned()).collect();
    names.sort();
    names
}
