//! Debian's container registry with a password file: a real provider that runs here.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use claviger_vault::{
    ListState, ListedHosts, Outbound, OutboundClient, OutboundSettings, Outcome, Request, Verdict,
};
use serde_json::json;
use url::Url;

use crate::provider::{Provider, SECRET};

/// bcrypt of `SECRET`.
const PASSWORDS: &str = "bot:$2b$05$50h1/JMbCFvBCeaJHv90B.fXb8051GJuL7SpqxPPA5R4oG6GsjWXO\n";
const READY_WITHIN: Duration = Duration::from_secs(30);
/// Of the bytes `{}`.
const EMPTY: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

struct Registry {
    port: u16,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&path).chain(["/usr/sbin".into(), root.join(".tools/debian/wrapped")]);
    let found = folders.map(|folder| folder.join("docker-registry")).find(|program| program.is_file());
    found.expect("no docker-registry: run scripts/install-test-dependencies")
}

impl Registry {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let at = |name: &str| folder.path().join(name).display().to_string();
        fs::write(at("passwords"), PASSWORDS).unwrap();
        let configuration = json!({
            "version": "0.1",
            "storage": { "filesystem": { "rootdirectory": at("data") } },
            "http": { "addr": format!("127.0.0.1:{port}") },
            "auth": { "htpasswd": { "realm": "test", "path": at("passwords") } },
        });
        // JSON is YAML.
        fs::write(at("config.yml"), configuration.to_string()).unwrap();
        let log = fs::File::create(at("log")).unwrap();
        let child = Command::new(program())
            .args(["serve", &at("config.yml")])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("docker-registry starts");
        let deadline = Instant::now() + READY_WITHIN;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let said = fs::read_to_string(at("log")).unwrap();
            assert!(Instant::now() < deadline, "the registry does not start: {said}");
            std::thread::yield_now();
        }
        Self { port, child, _folder: folder }
    }

    fn client() -> OutboundClient {
        let listed_hosts = ListedHosts::new(["127.0.0.1"]).unwrap();
        OutboundClient::new(OutboundSettings { listed_hosts, ..OutboundSettings::default() })
    }

    /// An image without layers.
    fn push(&self, repository: &str) {
        let at = |path: &str| {
            Url::parse(&format!("http://127.0.0.1:{}/v2/{repository}/{path}", self.port)).unwrap()
        };
        let send = |method, url: Url, content_type: &str, body: &str| {
            let authorization = format!("Basic {}", BASE64_STANDARD.encode(format!("bot:{SECRET}")));
            let headers = [("authorization", authorization.as_str()), ("content-type", content_type)];
            let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned().into())).to_vec();
            let body = body.as_bytes().to_vec().into();
            let response = Self::client().send(&Request { method, url, headers, body }).unwrap();
            assert!(response.status < 300, "{response:?} {}", String::from_utf8_lossy(&response.body));
            response
        };
        let begun = send("POST", at("blobs/uploads/"), "application/octet-stream", "");
        let mut upload = Url::parse(begun.header("location").unwrap()).unwrap();
        upload.query_pairs_mut().append_pair("digest", EMPTY);
        send("PUT", upload, "application/octet-stream", "{}");
        let config = json!({ "mediaType": "application/vnd.docker.container.image.v1+json", "size": 2, "digest": EMPTY });
        let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [] });
        send("PUT", at("manifests/latest"), MANIFEST, &manifest.to_string());
    }

    fn credential(&self, password: &str) -> Provider {
        let url = format!("http://127.0.0.1:{}", self.port);
        let fields = json!({ "registry_url": url, "username": "bot", "password": password, "repositories": ["acme/web"] });
        Provider::new("docker_registry", "user_token", fields, vec![])
    }
}

#[test]
fn a_real_registry_tells_a_good_password_from_a_wrong_one() {
    let registry = Registry::start();
    registry.push("acme/web");
    let good = registry.credential(SECRET).validate_through(&Registry::client());
    assert_eq!(good.outcome, Outcome::Ok, "{good:#?}");
    assert_eq!(good.permissions[0].verdict, Verdict::Unknown, "a password has no scopes");
    assert_eq!(good.discoveries[0].state, ListState::Listed);
    assert_eq!(good.discoveries[0].items[0].key.as_str(), "acme/web");
    let wrong = registry.credential("wrong").validate_through(&Registry::client());
    assert_eq!(wrong.outcome, Outcome::InvalidCredential, "{wrong:#?}");
}
