//! The services of the five guides `protect-a-service-*.md`, each in its own process with the verifier of its language,
//! and one server that they follow: a revoked token is refused by all of them once `revoke` has answered.

use std::fmt::Write as _;
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::foreign_clients::python;
use crate::shell_blocks::{blocks, page};
use claviger_testkit::compiled_clients::{go, java_guide_service};
use claviger_testkit::http::{Request, Response};
use claviger_testkit::other_binary::built_example;
use claviger_testkit::paths::root;
use claviger_testkit::patience::Deadline;
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};
use claviger_testkit::servers::node;

const LANGUAGES: [&str; 5] = ["Rust", "Python", "Node", "Go", "Java"];
const AUDIENCE: &str = "https://builds.example.org";
const EXAMPLE: &str = "protected_builds";

/// Writes a block of a guide to a file of its name.
fn write_block(folder: &Path, language: &str, marker: &str, name: &str) {
    let guide = page(&format!("docs/guides/protect-a-service-{language}.md"));
    let found = blocks(&guide, &format!("{marker} {name}"));
    let [code] = &*found else { panic!("the guide has {} blocks of {name}", found.len()) };
    fs::write(folder.join(name), code).expect("a file");
}

/// The command that runs the service of a guide. Compiles what must be compiled.
fn service(language: &str, folder: &Path, address: SocketAddr) -> Command {
    match language {
        "Rust" => Command::new(built_example(EXAMPLE, &[])),
        "Python" => {
            write_block(folder, "python", "python", "verifier.py");
            write_block(folder, "python", "python", "with_flask.py");
            let mut flask = Command::new(python());
            flask.args(["-B", "-m", "flask", "--app", "with_flask", "run", "--host", "127.0.0.1", "--port"]);
            flask.arg(address.port().to_string()).current_dir(folder);
            flask.env("PYTHONPATH", root().join("clients/python/src")).env("no_proxy", "*");
            flask
        }
        "Node" => {
            write_block(folder, "node", "js", "verifier.js");
            write_block(folder, "node", "js", "with-express.js");
            let package = root().join("clients/node");
            let modules = folder.join("node_modules");
            fs::create_dir_all(modules.join("@claviger")).expect("a folder");
            symlink(&package, modules.join("@claviger/verifier")).expect("a link");
            symlink(package.join("node_modules/express"), modules.join("express")).expect("a link");
            let listen = "import { app } from './with-express.js'\n\
                app.listen(Number(process.env.LISTEN.split(':')[1]), '127.0.0.1')\n";
            fs::write(folder.join("listen.mjs"), listen).expect("a file");
            fs::write(folder.join("package.json"), "{\"type\": \"module\"}").expect("a file");
            let mut node = Command::new(node());
            node.arg("listen.mjs").current_dir(folder);
            node
        }
        "Go" => {
            let program = folder.join("service");
            let (status, _, errors) =
                run(go("clients/go").args(["build", "-o"]).arg(&program).arg("./guide"));
            assert!(status.success(), "{errors}");
            Command::new(program)
        }
        "Java" => java_guide_service(folder),
        other => panic!("no guide for {other}"),
    }
}

struct Scene {
    folder: TempDir,
    address: SocketAddr,
    owner: String,
    resource_server: Value,
    _server: ServerProcess,
}

struct Credential {
    name: String,
    token: String,
}

impl Scene {
    fn start() -> Self {
        let folder = TempDir::new().expect("a folder");
        let address = free_address();
        let server = ServerProcess::start(folder.path(), address, |command| {
            command.args(["--dev", "--data-dir", "d"]);
        });
        let facts = fs::read(folder.path().join("d/quickstart.json")).expect("quickstart.json");
        let facts: Value = serde_json::from_slice(&facts).expect("JSON");
        let owner = facts["owner"]["personal_access_token"].as_str().expect("a token").to_owned();
        let resource_server = Value::Null;
        let mut scene = Self { folder, address, owner, resource_server, _server: server };
        scene.make("/groups", &json!({"name": "readers of builds", "scopes": ["ci:read"]}));
        scene.resource_server =
            scene.make("/resource-servers", &json!({"name": "builds", "audience": AUDIENCE}));
        scene
    }

    fn issuer(&self) -> String {
        format!("http://{}/realms/demo", self.address)
    }

    fn make(&self, path: &str, body: &Value) -> Value {
        let path = format!("/api/v1/realms/demo{path}");
        Request::json("POST", &path, body).bearer(&self.owner).send(self.address).expect(201).json()
    }

    /// With a token for the services.
    fn credential(&self, name: &str) -> Credential {
        let body = json!({
            "name": name, "validity_days": 30, "token_ttl_seconds": 3600, "groups": ["readers of builds"],
        });
        let made = self.make("/service-credentials", &body);
        let text = |name: &str| made[name].as_str().expect("a text");
        let form = [("grant_type", "client_credentials"), ("resource", AUDIENCE)];
        let request = Request::form("/realms/demo/oauth2/token", &form);
        let request = request.basic(text("client_id"), text("client_key"));
        let token = request.send(self.address).expect(200).json()["access_token"].as_str().map(str::to_owned);
        Credential { name: name.to_owned(), token: token.expect("a token") }
    }

    /// The receipt of the command.
    fn revoke(&self, credential: &Credential) -> Value {
        let mut command = claviger(self.folder.path());
        command.env("CLAVIGER_URL", format!("http://{}", self.address)).env("CLAVIGER_REALM", "demo");
        command.env("CLAVIGER_TOKEN", &self.owner);
        command.args(["credential", "revoke", &credential.name, "--yes", "--json"]);
        let (status, output, errors) = run(&mut command);
        assert!(status.success(), "{errors}");
        serde_json::from_str(&output).expect("JSON")
    }

    fn start_service(&self, language: &'static str) -> Service {
        let home = self.folder.path().join(language);
        fs::create_dir(&home).expect("a folder");
        let address = free_address();
        let mut command = service(language, &home, address);
        let text = |name: &str| self.resource_server[name].as_str().expect("a text");
        command.env("CLAVIGER_ISSUER", self.issuer()).env("CLAVIGER_AUDIENCE", AUDIENCE);
        command.env("CLAVIGER_CLIENT_ID", text("client_id")).env("CLAVIGER_CLIENT_KEY", text("client_key"));
        command.env("LISTEN", address.to_string());
        Service { language, process: ServerProcess::spawn(&home, address, command), home }
    }
}

struct Service {
    language: &'static str,
    process: ServerProcess,
    home: PathBuf,
}

impl Service {
    fn request(token: &str) -> Request {
        Request::get("/builds").bearer(token)
    }

    fn ask(&self, token: &str) -> Response {
        Self::request(token).send(self.process.address)
    }

    /// Until it listens, and then until it follows the feed.
    fn wait_until_it_accepts(&mut self, token: &str) {
        let deadline = Deadline::begin();
        let mut last = None;
        while last != Some(200) {
            let log = || fs::read_to_string(self.home.join("server.log")).unwrap_or_default();
            assert!(!self.process.has_ended(), "{} has ended: {}", self.language, log());
            assert!(matches!(last, None | Some(503)), "{}: {last:?}: {}", self.language, log());
            deadline.assert_before(self.language);
            let listens = TcpStream::connect(self.process.address).is_ok();
            let answer = listens.then(|| Self::request(token).try_send(self.process.address)).flatten();
            last = answer.map(|answer| answer.status);
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Asserts that every service accepts it, and notes what each said.
fn accepted(services: &[Service], credential: &Credential, transcript: &mut String) {
    for service in services {
        let answer = service.ask(&credential.token).expect(200);
        writeln!(transcript, "  {:8} 200  {}", service.language, answer.text().trim()).expect("text");
    }
}

/// The same for refusing, from the one at `first` on.
fn refused(services: &[Service], first: usize, credential: &Credential, transcript: &mut String) {
    for service in services.iter().cycle().skip(first).take(services.len()) {
        let answer = service.ask(&credential.token);
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        let said = format!("{}: {} {challenge} {}", service.language, answer.status, answer.text());
        assert!(answer.status == 401 && challenge.contains("error=\"invalid_token\""), "{said}");
        writeln!(transcript, "  {:8} 401  {challenge}", service.language).expect("text");
    }
}

// S52, S53, RV-06: in each round another service is asked first.
#[test]
fn services_in_five_languages_refuse_a_token_once_its_revocation_was_answered() {
    let scene = Scene::start();
    let kept = scene.credential("kept");
    let mut services: Vec<Service> = thread::scope(|scope| {
        let start = |language| {
            let (scene, kept) = (&scene, &kept);
            scope.spawn(move || {
                let mut service = scene.start_service(language);
                service.wait_until_it_accepts(&kept.token);
                service
            })
        };
        let started = LANGUAGES.map(start);
        started.into_iter().map(|service| service.join().expect("it starts")).collect()
    });
    for round in 0..services.len() {
        let credential = scene.credential(&format!("nightly-{round}"));
        let (mut before, mut after) = (String::new(), String::new());
        accepted(&services, &credential, &mut before);
        let receipt = scene.revoke(&credential);
        refused(&services, round, &credential, &mut after);
        let name = &credential.name;
        println!("A token of {name} for {AUDIENCE}:\n{before}");
        println!("$ claviger credential revoke {name} --yes --json\n{receipt:#}\n\n{after}");
        assert_eq!(receipt["waited_for"], "verifiers", "{receipt}");
        assert_eq!(receipt["outcome"], "confirmed", "{receipt}");
        let all = json!([{"resource_server": "builds", "instances": LANGUAGES.len()}]);
        assert_eq!(receipt["confirmed"]["verifiers"], all, "{receipt}");
        assert_eq!(receipt["unconfirmed"]["verifiers"], json!([]), "{receipt}");
        // They refuse that token alone.
        accepted(&services, &kept, &mut String::new());
    }
    // One that has ended is waited for until its lease is over, and the others are still confirmed.
    let credential = scene.credential("nightly");
    let last = services.pop().expect("a service");
    last.process.kill();
    let receipt = scene.revoke(&credential);
    refused(&services, 0, &credential, &mut String::new());
    assert_eq!(receipt["outcome"], "waited_out", "{receipt}");
    let some = |instances| json!([{"resource_server": "builds", "instances": instances}]);
    assert_eq!(receipt["confirmed"]["verifiers"], some(LANGUAGES.len() - 1), "{receipt}");
    assert_eq!(receipt["unconfirmed"]["verifiers"], some(1), "{receipt}");
}

#[test]
fn service_in_rust_is_the_one_of_the_guide() {
    let file = page(&format!("crates/verifier/examples/{EXAMPLE}.rs"));
    let guide = page("docs/guides/protect-a-service-rust.md");
    let code = blocks(&guide, "rust,no_run").pop().expect("a block");
    assert!(code.contains("HttpServer"), "the last block is not the service: {code}");
    // Before it, the file says what it is.
    assert!(file.ends_with(&format!("\n\n{code}")), "{EXAMPLE}.rs has other code than the guide");
}
