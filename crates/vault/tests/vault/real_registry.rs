//! Debian's container registry with a password file: a real provider that runs here.

use std::fs;
use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use claviger_vault::{
    ListState, ListedHosts, Outbound, OutboundClient, OutboundSettings, Outcome, Request, Verdict,
};
use serde_json::json;
use url::Url;

use crate::provider::{Provider, SECRET};
use crate::server::{Place, Server, installed};

/// bcrypt of `SECRET`.
const PASSWORDS: &str = "bot:$2b$05$50h1/JMbCFvBCeaJHv90B.fXb8051GJuL7SpqxPPA5R4oG6GsjWXO\n";
/// Of the bytes `{}`.
const EMPTY: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

struct Registry(Server);

impl Registry {
    fn start() -> Self {
        let place = Place::new();
        fs::write(place.path("passwords"), PASSWORDS).unwrap();
        let configuration = json!({
            "version": "0.1",
            "storage": { "filesystem": { "rootdirectory": place.path("data") } },
            "http": { "addr": format!("127.0.0.1:{}", place.port) },
            "auth": { "htpasswd": { "realm": "test", "path": place.path("passwords") } },
        });
        let path = place.path("config.yml");
        // JSON is YAML.
        fs::write(&path, configuration.to_string()).unwrap();
        let program = installed("docker-registry", &["/usr/sbin", ".tools/debian/wrapped"]);
        Self(place.start(Command::new(program).args(["serve", &path])))
    }

    fn client() -> OutboundClient {
        let listed_hosts = ListedHosts::new(["127.0.0.1"]).unwrap();
        OutboundClient::new(OutboundSettings { listed_hosts, ..OutboundSettings::default() })
    }

    /// An image without layers.
    fn push(&self, repository: &str) {
        let at = |path: &str| {
            Url::parse(&format!("http://127.0.0.1:{}/v2/{repository}/{path}", self.0.port)).unwrap()
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
        let url = format!("http://127.0.0.1:{}", self.0.port);
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
