//! T-10, T-23: metrics have their own listener, logs have request ids, and neither reveals a secret or a client.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use claviger_testkit::http::Request;
use claviger_testkit::patience::until;
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};
use claviger_testkit::servers::server;

struct Dev {
    folder: TempDir,
    server: ServerProcess,
    metrics: SocketAddr,
    facts: Value,
}

impl Dev {
    fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let (address, metrics, data) = (free_address(), free_address(), folder.path().join("data"));
        let server = ServerProcess::start_as(folder.path(), address, || {
            let mut command = claviger(folder.path());
            command.args(["serve", "--dev", "--listen", &address.to_string(), "--data-dir"]).arg(&data);
            command.env("CLAVIGER_METRICS_LISTEN", metrics.to_string());
            command.env("CLAVIGER_LOG_FORMAT", "json").env("CLAVIGER_LOG_LEVEL", "debug");
            command.env("CLAVIGER_TRUSTED_PROXIES", "127.0.0.1/32");
            command
        });
        let facts = std::fs::read(data.join("quickstart.json")).expect("the facts");
        Self { server, metrics, facts: serde_json::from_slice(&facts).expect("JSON"), folder }
    }

    fn fact(&self, pointer: &str) -> &str {
        self.facts.pointer(pointer).and_then(Value::as_str).expect("a fact")
    }

    fn token(&self) -> String {
        let request = Request::form("/realms/demo/oauth2/token", &[("grant_type", "client_credentials")]);
        let request = request.basic(self.fact("/client_id"), self.fact("/client_key"));
        let answer = request.send(self.server.address).expect(200).json();
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    fn scrape(&self) -> String {
        let answer = Request::get("/metrics").send(self.metrics).expect(200);
        assert!(answer.header("content-type").expect("a type").starts_with("text/plain; version=0.0.4"));
        answer.text()
    }

    fn log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("server.log")).expect("the log");
        text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
    }
}

/// Metric names in a dashboard, without the suffixes of a histogram.
fn names_in(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c| !is_part(c))
        .filter(|word| word.starts_with("claviger_"))
        .map(|word| {
            ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| word.strip_suffix(end))
                .unwrap_or(word)
                .to_owned()
        })
        .collect()
}

#[test]
fn metrics_are_served_only_on_their_own_listener() {
    let dev = Dev::start();
    let token = dev.token();
    dev.token();
    Request::get("/no/such/path").send(dev.server.address).expect(404);
    Request::new("BREW", "/no/such/path").send(dev.server.address);
    let text = dev.scrape();
    let route = r#"route="/realms/{realm}/oauth2/token",method="POST",status="200""#;
    assert!(text.contains(&format!("claviger_http_requests_total{{{route}}} 2")), "{text}");
    assert!(text.contains(r#"route="(none)",method="other",status="404"} 1"#), "{text}");
    assert!(text.contains("claviger_lease_held 1"), "{text}");
    assert!(text.contains(r#"claviger_service_credentials{realm="demo"} 1"#), "{text}");
    assert!(
        text.contains(
            r#"claviger_http_request_duration_seconds_bucket{route="/realms/{realm}/oauth2/token""#
        ),
        "{text}"
    );
    for secret in [&token, dev.fact("/client_key"), dev.fact("/client_id"), dev.fact("/owner/email")] {
        assert!(!text.contains(secret), "the metrics name {secret}");
    }
    for path in
        ["/metrics", "/debug", "/debug/pprof", "/admin", "/status", "/env", "/actuator", "/.git/config"]
    {
        assert_eq!(Request::get(path).send(dev.server.address).status, 404, "{path}");
    }
    for path in ["/", "/console/", "/health/live", "/api/openapi.json", "/realms/demo/oauth2/jwks"] {
        assert_eq!(Request::get(path).send(dev.metrics).status, 404, "{path} beside the metrics");
    }
}

#[test]
fn every_metric_is_shown_on_the_dashboard() {
    let dev = Dev::start();
    dev.token();
    let dashboard =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/grafana/claviger.json"))
            .expect("the dashboard");
    serde_json::from_str::<Value>(&dashboard).expect("JSON");
    // That nothing else is shown is tested with several nodes, which some metrics need.
    let (shown, there) = (names_in(&dashboard), names_in(&dev.scrape()));
    assert!(there.len() > 12 && there.is_subset(&shown), "{:?}", there.difference(&shown));
}

#[test]
fn log_has_a_line_for_each_request_with_its_id() {
    let dev = Dev::start();
    let answer = Request::get("/realms/demo/oauth2/jwks?token=leaked").send(dev.server.address).expect(200);
    let id = answer.header("x-request-id").expect("an id").to_owned();
    let ask = |brought: &str| {
        let request = Request::get("/realms/demo/oauth2/jwks").header("X-Request-Id", brought);
        let answer = request.send(dev.server.address);
        let own = answer.header("x-request-id").expect("an id").to_owned();
        assert!(own.len() == 36 && own != brought, "{own}");
        own
    };
    // The proxy's own id is logged next to ours if it is well-formed.
    let beside = ask("from-the-proxy.1");
    let odd = ["", "a b", "a\"b", "a,b", "ü", &"x".repeat(65)].map(ask);
    let token = dev.token();
    let group = serde_json::json!({"name": "g"});
    let made = Request::json("POST", "/api/v1/realms/demo/groups", &group)
        .bearer(dev.fact("/owner/personal_access_token"))
        .send(dev.server.address)
        .expect(201);
    let made_id = made.header("x-request-id").expect("an id");
    let events = Request::get("/api/v1/realms/demo/audit-events?limit=1")
        .bearer(dev.fact("/owner/personal_access_token"))
        .send(dev.server.address)
        .expect(200)
        .json();
    assert_eq!(events["items"][0]["request_id"], made_id);

    let deadline = Instant::now() + Duration::from_secs(10);
    let line = loop {
        let lines = dev.log();
        let found = lines.iter().find(|line| line["fields"]["request_id"] == id.as_str()).cloned();
        match found {
            Some(line) => break line,
            None => assert!(Instant::now() < deadline, "{lines:?}"),
        }
    };
    let fields = &line["fields"];
    assert_eq!(fields["route"], "/realms/{realm}/oauth2/jwks");
    let lines = dev.log();
    let brought = |own: &String| {
        let of = |line: &&Value| line["fields"]["request_id"] == own.as_str();
        let line = lines.iter().find(of).unwrap_or_else(|| panic!("{own} is not logged"));
        line["fields"].get("client_request_id").cloned()
    };
    assert_eq!(brought(&beside), Some("from-the-proxy.1".into()));
    assert!(odd.iter().all(|own| brought(own).is_none()), "{lines:?}");
    assert_eq!((&fields["realm"], &fields["status"]), (&"demo".into(), &200.into()));
    assert_eq!(fields["address"], "127.0.0.1");
    assert!(fields["took_us"].is_u64());
    let all = std::fs::read_to_string(dev.folder.path().join("server.log")).expect("the log");
    for secret in
        [token.as_str(), dev.fact("/client_key"), dev.fact("/owner/personal_access_token"), "leaked"]
    {
        assert!(!all.contains(secret), "the log holds {secret}");
    }
}

#[test]
fn refused_attempt_is_logged_and_audited_with_client_and_address() {
    let dev = Dev::start();
    let id = "00000000-0000-4000-8000-000000000007";
    let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", "clvk_wrong")];
    for _ in 0..3 {
        let request = Request::form("/realms/demo/oauth2/token", &form);
        request.header("X-Forwarded-For", "192.0.2.7").send(dev.server.address).expect(401);
    }
    let is_told = |line: &&Value| {
        let fields = &line["fields"];
        fields["message"] == "authentication failed" && fields["client"] == id
    };
    let events = "/api/v1/realms/demo/audit-events?action=authentication.failed";
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let request = Request::get(events).bearer(dev.fact("/owner/personal_access_token"));
        let events = request.send(dev.server.address).expect(200).json();
        if events["items"][0]["target"]["id"] == id {
            let event = &events["items"][0];
            assert_eq!((&event["address"], &event["after"]["count"]), (&"192.0.2.7".into(), &3.into()));
            break;
        }
        assert!(Instant::now() < deadline, "{events}");
        std::thread::sleep(Duration::from_millis(100));
    }
    let lines = dev.log();
    let told: Vec<_> = lines.iter().filter(is_told).collect();
    assert_eq!(told.len(), 1, "once for all three: {told:?}");
    assert_eq!((&told[0]["fields"]["address"], &told[0]["level"]), (&"192.0.2.7".into(), &"WARN".into()));
}

#[test]
fn metrics_never_share_the_public_port() {
    let folder = TempDir::new().expect("a temporary folder");
    let address = free_address().to_string();
    let mut command = claviger(folder.path());
    command.args(["serve", "--dev", "--listen", &address]).env("CLAVIGER_METRICS_LISTEN", &address);
    let (status, _, errors) = run(&mut command);
    assert_eq!(status.code(), Some(2), "{errors}");
    assert!(errors.contains("metrics_listen") && errors.contains("another port"), "{errors}");
}

#[test]
fn sigterm_ends_a_server_with_open_connections_within_ten_seconds() {
    let dev = Dev::start();
    // One connection that never sends anything, and one in the middle of a head.
    let _silent = std::net::TcpStream::connect(dev.server.address).expect("the server accepts");
    let mut half = std::net::TcpStream::connect(dev.server.address).expect("the server accepts");
    std::io::Write::write_all(&mut half, b"POST /realms/demo/oauth2/token HTTP/1.1\r\nHost: x\r\n")
        .expect("it is sent");
    let begun = Instant::now();
    assert_eq!(dev.server.terminate().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn alert_rules_are_valid_pass_their_tests_and_name_documented_metrics() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("docs/prometheus");
    for arguments in [["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]] {
        let output =
            server("promtool").args(arguments).current_dir(&folder).output().expect("promtool starts");
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {text}");
    }
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect(path);
    let (rules, guide) = (read("docs/prometheus/alerts.yml"), read("docs/guides/observing.md"));
    let metrics: Vec<&str> = rules
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("claviger_"))
        .collect();
    assert!(metrics.len() >= 10, "{metrics:?}");
    for metric in metrics {
        let suffixes = ["_bucket", "_count", "_sum"];
        let base = suffixes.iter().find_map(|suffix| metric.strip_suffix(suffix)).unwrap_or(metric);
        let is_documented = [metric, base].iter().any(|name| guide.contains(&format!("`{name}")));
        assert!(is_documented, "docs/guides/observing.md does not describe {metric}");
    }
}

#[test]
fn what_clients_ask_all_the_time_is_logged_at_debug_only() {
    let dev = Dev::start();
    let (id, key) = (dev.fact("/resource_server/client_id"), dev.fact("/resource_server/client_key"));
    let feed = "/realms/demo/revocations?verifier=0123456789abcdef&nonce=n";
    let introspected = [("token", "none")];
    let asked = [
        (Request::get(feed).basic(id, key), 200, "DEBUG"),
        (Request::form("/realms/demo/oauth2/introspect", &introspected).basic(id, key), 200, "DEBUG"),
        (Request::get(feed), 401, "INFO"),
        (Request::get("/realms/demo/oauth2/jwks"), 200, "INFO"),
    ];
    for (request, status, level) in asked {
        let answer = request.send(dev.server.address).expect(status);
        let id = answer.header("x-request-id").expect("an id").to_owned();
        let mut line = None;
        until("the request is logged", || {
            line = dev.log().into_iter().find(|line| line["fields"]["request_id"] == id.as_str());
            line.is_some()
        });
        assert_eq!(line.expect("a line")["level"], level);
    }
}
