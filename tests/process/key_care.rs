//! T-03, T-05: private keys are in no file, log or answer, and are refused where they do not belong.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use claviger_testkit::http::Request;
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

struct Dev {
    folder: TempDir,
    server: Option<ServerProcess>,
    /// Part of the issuer, and so of every token.
    address: SocketAddr,
    facts: Value,
}

impl Dev {
    fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let mut dev = Self { folder, server: None, address: free_address(), facts: Value::Null };
        dev.serve(false);
        let facts = std::fs::read(dev.data().join("quickstart.json")).expect("the facts");
        dev.facts = serde_json::from_slice(&facts).expect("JSON");
        dev
    }

    fn serve(&mut self, keep: bool) {
        let address = self.address;
        let data = self.data();
        let folder = self.folder.path();
        self.server = Some(ServerProcess::start_as(folder, address, || {
            let mut command = claviger(folder);
            command.args(["serve", "--dev", "--listen", &address.to_string(), "--data-dir"]).arg(&data);
            if keep {
                command.arg("--keep");
            }
            command
        }));
    }

    fn stop(&mut self) {
        let server = self.server.take().expect("it runs");
        assert_eq!(server.terminate().code(), Some(0));
    }

    fn server(&self) -> &ServerProcess {
        self.server.as_ref().expect("it runs")
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    fn fact(&self, pointer: &str) -> &str {
        self.facts.pointer(pointer).and_then(Value::as_str).expect("a fact")
    }

    /// A member's command at this server.
    fn claviger(&self, arguments: &[&str]) -> Command {
        let mut command = claviger(self.folder.path());
        command.args(arguments).env("CLAVIGER_URL", format!("http://{}", self.server().address));
        command
            .env("CLAVIGER_REALM", "demo")
            .env("CLAVIGER_TOKEN", self.fact("/owner/personal_access_token"));
        command
    }

    /// An operator's command on this machine.
    fn operator(&self, arguments: &[&str]) -> Command {
        let mut command = claviger(self.folder.path());
        command.args(arguments).args(["--dev", "--data-dir"]).arg(self.data());
        command
    }

    fn token(&self) -> Value {
        let request = Request::form("/realms/demo/oauth2/token", &[("grant_type", "client_credentials")]);
        let request = request.basic(self.fact("/client_id"), self.fact("/client_key"));
        request.send(self.server().address).expect(200).json()
    }

    fn is_active(&self, token: &Value) -> bool {
        let token = token["access_token"].as_str().expect("a token");
        let request = Request::form("/realms/demo/oauth2/introspect", &[("token", token)]);
        let (id, key) = (self.fact("/resource_server/client_id"), self.fact("/resource_server/client_key"));
        request.basic(id, key).send(self.server().address).expect(200).json()["active"] == true
    }
}

fn succeeds(command: &mut Command) -> String {
    let (status, output, errors) = run(command);
    assert!(status.success(), "{errors}");
    output
}

fn all_bytes(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        bytes.extend(if entry.is_dir() { all_bytes(&entry) } else { std::fs::read(&entry).expect("a file") });
    }
    bytes
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn private_keys_are_in_no_file_log_environment_or_core() {
    let dev = Dev::start();
    let made = Command::new("openssl")
        .args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
        .stderr(Stdio::null())
        .output()
        .expect("openssl is there");
    let pem = String::from_utf8(made.stdout).expect("PEM");
    let file = dev.folder.path().join("brought.pem");
    std::fs::write(&file, &pem).expect("a file");
    let brought = file.to_str().expect("a path");
    succeeds(&mut dev.claviger(&["signing-key", "create", "--alg", "PS256", "--private-key", brought]));
    succeeds(&mut dev.claviger(&["signing-key", "create", "--alg", "RS256"]));
    std::fs::remove_file(&file).expect("the file is ours");

    // In DER, in addition to the PEM text: a part of the private exponent.
    let middle: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    use base64::Engine;
    let der = base64::engine::general_purpose::STANDARD.decode(middle).expect("base64");
    let run_of_it = &der[der.len() / 2..der.len() / 2 + 24];
    let pid = dev.server().pid().as_raw_nonzero();
    let proc = format!("/proc/{pid}");
    let limits = std::fs::read_to_string(format!("{proc}/limits")).expect("its limits");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    let environment = std::fs::read(format!("{proc}/environ")).expect("its environment");
    let arguments = std::fs::read(format!("{proc}/cmdline")).expect("its arguments");
    let files = all_bytes(dev.folder.path());
    assert!(holds(&files, b"signing_key"), "the database is among the files");
    for (place, bytes) in [("files", &files), ("environment", &environment), ("arguments", &arguments)] {
        for needle in
            [&b"PRIVATE KEY"[..], b"\"d\":", run_of_it, pem.lines().nth(1).expect("a line").as_bytes()]
        {
            assert!(!holds(bytes, needle), "the {place} hold {:?}", String::from_utf8_lossy(needle));
        }
    }
}

#[test]
fn misplaced_private_key_is_refused_and_not_stored() {
    let dev = Dev::start();
    let secret = "VGhpcyBpcyB0aGUgcHJpdmF0ZSBleHBvbmVudCBvZiBhIGtleQ";
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": secret});
    let send = |method: &str, path: &str, body: &Value| {
        let path = format!("/api/v1/realms/demo{path}");
        let request = Request::json(method, &path, body).bearer(dev.fact("/owner/personal_access_token"));
        let answer = request.send(dev.server().address);
        assert!(matches!(answer.status, 400 | 422), "{method} {path}: {} {}", answer.status, answer.text());
        assert!(!answer.text().contains(secret), "{method} {path} says it back");
    };
    let credential =
        json!({"name": "c", "validity_days": 30, "token_ttl_seconds": 900, "jwks": {"keys": [jwk]}});
    send("POST", "/service-credentials", &credential);
    send("POST", "/resource-servers", &json!({"name": "a", "audience": "https://a.example", "jwk": jwk}));
    send("POST", "/signing-keys", &json!({"alg": "ES256", "private_key_pem": jwk}));
    send("POST", "/signing-keys", &json!({"alg": "ES256", "private_key_pem": jwk.to_string()}));
    send("POST", "/signing-keys", &json!({"alg": "ES256", "jwk": jwk}));
    send("PATCH", "", &json!({"signing_key": jwk}));
    assert!(!holds(&all_bytes(dev.folder.path()), secret.as_bytes()), "a file holds it");
}

#[test]
fn no_published_key_has_a_private_member() {
    for algorithm in [claviger_domain::Algorithm::Es256, claviger_domain::Algorithm::EdDsa] {
        for _ in 0..1_000 {
            let made = claviger::crypto::generate_key(algorithm).expect("a key");
            let published = serde_json::to_value(&made.public).expect("JSON");
            for (name, value) in published.as_object().expect("an object") {
                assert!(
                    ["kty", "use", "alg", "kid", "crv", "x", "y"].contains(&name.as_str()),
                    "{name}: {value}"
                );
            }
        }
    }
}

#[test]
fn keys_are_listed_rotated_and_withdrawn_by_command() {
    let dev = Dev::start();
    let listed: Value =
        serde_json::from_str(&succeeds(&mut dev.claviger(&["signing-key", "list", "--json"]))).expect("JSON");
    let active = listed["items"].as_array().unwrap().iter().find(|key| key["status"] == "active").unwrap();
    let kid = active["kid"].as_str().expect("an id");
    let (status, _, errors) = run(&mut dev.claviger(&["signing-key", "rotate"]));
    assert_eq!(status.code(), Some(6), "{errors}");
    assert!(errors.contains("may sign from"), "{errors}");
    let token = dev.token();
    assert!(dev.is_active(&token));
    let output = succeeds(&mut dev.claviger(&["signing-key", "withdraw", kid]));
    assert!(output.contains(kid), "{output}");
    assert!(!dev.is_active(&token));
    assert!(dev.is_active(&dev.token()));
    // A retry gets the receipt of the first act.
    let again = succeeds(&mut dev.claviger(&["signing-key", "withdraw", kid]));
    assert!(again.contains(kid), "{again}");
}

#[test]
fn realm_is_suspended_and_resumed_beside_a_running_server() {
    let dev = Dev::start();
    let token = dev.token();
    succeeds(&mut dev.operator(&["realm", "suspend", "demo"]));
    assert!(!dev.is_active(&token), "when the command returns");
    let (status, _, errors) = run(&mut dev.claviger(&["group", "list"]));
    assert_eq!((status.code(), errors.contains("suspended")), (Some(5), true), "{errors}");
    // A retry waits like the first attempt.
    succeeds(&mut dev.operator(&["realm", "suspend", "demo"]));
    assert_eq!(run(&mut dev.operator(&["realm", "suspend", "nobody"])).0.code(), Some(3));
    succeeds(&mut dev.operator(&["realm", "resume", "demo"]));
    assert!(!dev.is_active(&token), "dead for good");
    assert!(dev.is_active(&dev.token()));
}

/// Commands that the guide allows while the server runs.
#[test]
fn commands_seal_under_a_key_that_the_running_server_has() {
    let dev = Dev::start();
    let ready = || Request::get("/health/ready").send(dev.server().address).expect(200).json();
    let ids = |answer: &Value| answer["master_keys"].as_array().expect("ids").clone();
    let old = ids(&ready());
    assert_eq!(old.len(), 1);
    let serves = |realm: &str| {
        let token = succeeds(&mut dev.operator(&["realm", "create", realm, "--owner", "o@example.org"]));
        let token =
            token.split_whitespace().find(|word| word.starts_with("clvp_")).expect("a token").to_owned();
        let made = json!({"name": "c", "validity_days": 30, "token_ttl_seconds": 900});
        let path = format!("/api/v1/realms/{realm}/service-credentials");
        let begun = std::time::Instant::now();
        let made = loop {
            let answer = Request::json("POST", &path, &made).bearer(&token).send(dev.server().address);
            if answer.status == 201 {
                break answer.json();
            }
            assert!(begun.elapsed().as_secs() < 10, "{realm} is not served: {}", answer.text());
            std::thread::sleep(std::time::Duration::from_millis(20));
        };
        let text = |name: &str| made[name].as_str().expect("a text");
        let form =
            Request::form(&format!("/realms/{realm}/oauth2/token"), &[("grant_type", "client_credentials")]);
        form.basic(text("client_id"), text("client_key")).send(dev.server().address).expect(200);
    };
    serves("before");
    succeeds(&mut dev.operator(&["keys", "rotate"]));
    assert_eq!(ids(&ready()).len(), 2, "the server has read the file again");
    assert_eq!(ids(&ready())[1], old[0], "and seals under the new key");
    serves("after");
    succeeds(&mut dev.operator(&["keys", "add"]));
    serves("added");
    succeeds(&mut dev.operator(&["keys", "promote"]));
    serves("promoted");
    assert!(dev.is_active(&dev.token()), "the client key of the beginning");

    // The file is reordered by hand, as before the command existed: the server finds the key when it needs it.
    let file = dev.data().join("keys/master.key");
    let known = std::fs::read_to_string(&file).expect("the file");
    std::fs::write(&file, known.lines().rev().map(|line| format!("{line}\n")).collect::<String>())
        .expect("it is ours");
    serves("reordered");
    let newest = ids(&ready())[0].as_str().expect("an id").to_owned();
    let (status, _, errors) = run(&mut dev.operator(&["keys", "remove", &newest]));
    assert_eq!((status.code(), errors.contains("new secrets are sealed")), (Some(1), true), "{errors}");
    let (status, _, errors) = run(&mut dev.operator(&["keys", "remove", old[0].as_str().expect("an id")]));
    assert_eq!((status.code(), errors.contains("valid client keys")), (Some(1), true), "{errors}");
    let (status, _, errors) = run(&mut dev.operator(&["keys", "promote", old[0].as_str().expect("an id")]));
    assert_eq!((status.code(), errors.contains("retired")), (Some(1), true), "{errors}");
    let (status, _, errors) = run(&mut dev.operator(&["keys", "promote", "unknown"]));
    assert_eq!((status.code(), errors.contains("has no master key unknown")), (Some(1), true), "{errors}");
}

/// A key on which nothing depends is removed, and everything still opens without it.
#[test]
fn key_that_nothing_depends_on_is_removed() {
    let folder = TempDir::new().expect("a temporary folder");
    let operator = |arguments: &[&str]| {
        let mut command = claviger(folder.path());
        command.args(arguments).args(["--data-dir"]).arg(folder.path().join("data"));
        command.arg("--keys-dir").arg(folder.path().join("keys"));
        command
    };
    succeeds(&mut operator(&["keys", "init"]));
    succeeds(&mut operator(&["migrate"]));
    let id = |line: &str| line.split_whitespace().next().expect("an id").to_owned();
    let list = || {
        let listed = succeeds(&mut operator(&["keys", "list"]));
        listed.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    let first = id(&list()[0]);
    succeeds(&mut operator(&["keys", "rotate"]));
    let listed = list();
    assert!(listed.len() == 2 && id(&listed[1]) == first && listed[1].contains("opens"), "{listed:?}");
    succeeds(&mut operator(&["keys", "remove", &first]));
    assert_eq!(list().len(), 1);
    succeeds(&mut operator(&["realm", "create", "acme", "--owner", "o@example.org"]));
}

#[test]
fn master_key_is_replaced_and_everything_still_opens() {
    let mut dev = Dev::start();
    let token = dev.token();
    let before = succeeds(&mut dev.operator(&["keys", "list"]));
    assert_eq!(before.lines().count(), 2, "{before}");
    // Twice, while the server runs.
    succeeds(&mut dev.operator(&["keys", "rotate"]));
    let rotated = succeeds(&mut dev.operator(&["keys", "rotate"]));
    // Two signing keys, the two of the registry, and the password of the owner's local account.
    assert!(rotated.contains("sealed under it again: 5"), "{rotated}");
    let after = succeeds(&mut dev.operator(&["keys", "list"]));
    let sealed: Vec<&str> =
        after.lines().skip(1).map(|line| line.split_whitespace().last().unwrap()).collect();
    assert_eq!(sealed, ["5", "0", "0"], "{after}");
    assert!(dev.is_active(&token));
    dev.stop();
    dev.serve(true);
    assert!(dev.is_active(&token), "signed before, verified after");
    assert!(dev.is_active(&dev.token()), "the client key's digest is found under the old master key");
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(dev.data().join("keys/master.key")).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    // A node without the new file reports that.
    dev.stop();
    let file = dev.data().join("keys/master.key");
    let text = std::fs::read_to_string(&file).expect("the file");
    let oldest = text.lines().last().expect("a line");
    std::fs::write(&file, format!("{oldest}\n")).expect("it is ours");
    let address = free_address().to_string();
    let mut command = dev.operator(&["serve", "--keep", "--listen", &address]);
    let (status, _, errors) = run(&mut command);
    assert!(!status.success());
    assert!(errors.contains("master key"), "{errors}");
}
