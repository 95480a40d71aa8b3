//! `claviger login` as a person uses it: the browser opens, they sign in to the console, and approve it. The browser is
//! a plain HTTP client.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::plain_browser::{PlainBrowser, field};
use crate::terminal::Terminal;
use claviger_testkit::http::Request;
use claviger_testkit::patience::until;
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

struct Dev {
    folder: TempDir,
    server: ServerProcess,
    facts: Value,
}

impl Dev {
    fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let (address, data) = (free_address(), folder.path().join("data"));
        let server = ServerProcess::start_as(folder.path(), address, || {
            let mut command = claviger(folder.path());
            command.args(["serve", "--dev", "--listen", &address.to_string(), "--data-dir"]).arg(&data);
            command
        });
        let facts = std::fs::read(data.join("quickstart.json")).expect("the facts");
        let dev = Self { server, facts: serde_json::from_slice(&facts).expect("JSON"), folder };
        dev.put_opener();
        dev
    }

    /// Notes what it is to open.
    fn put_opener(&self) {
        let (folder, noted) = (self.folder.path().join("bin"), self.noted());
        std::fs::create_dir(&folder).expect("a folder");
        let script = format!("#!/bin/sh\nprintf %s \"$1\" > {0}.new && mv {0}.new {0}\n", noted.display());
        std::fs::write(folder.join("xdg-open"), script).expect("a file");
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.join("xdg-open"), executable).expect("it is ours");
    }

    fn noted(&self) -> PathBuf {
        self.folder.path().join("opened")
    }

    fn fact(&self, pointer: &str) -> &str {
        self.facts.pointer(pointer).and_then(Value::as_str).expect("a fact")
    }

    fn claviger(&self, arguments: &[&str]) -> Command {
        let mut command = claviger(self.folder.path());
        let path = std::env::var("PATH").expect("a path");
        command.env("PATH", format!("{}:{path}", self.folder.path().join("bin").display()));
        command.env("XDG_CONFIG_HOME", self.folder.path().join("config")).env_remove("SSH_CONNECTION");
        command.args(arguments);
        command
    }

    /// At a terminal. `browse` gets what the browser is to open. Returns exit code, output and errors.
    fn login(&self, browse: impl FnOnce(&str)) -> (Option<i32>, String, String) {
        let terminal = Terminal::open();
        let url = format!("http://{}", self.server.address);
        let mut command = self.claviger(&["login", "--json", "--url", &url, "--realm", "demo"]);
        command.stdin(terminal.side()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("the binary starts");
        let noted = self.noted();
        until("the browser is opened", || noted.exists());
        browse(&std::fs::read_to_string(&noted).expect("an address"));
        std::fs::remove_file(&noted).expect("an address");
        let output = child.wait_with_output().expect("it ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code(), text(output.stdout), text(output.stderr))
    }

    fn profile(&self) -> PathBuf {
        self.folder.path().join("config/claviger/profile.json")
    }
}

/// Below the console of the realm.
fn path(address: &str) -> &str {
    address.split_once("/console/demo").expect("a page of the realm").1
}

/// Follows the redirects until there is a page.
fn walk(browser: &PlainBrowser, dev: &Dev, address: &str) -> String {
    let sign_in = browser.get(path(address)).expect(303);
    let form = browser.get(path(sign_in.header("location").expect("an address"))).expect(200).text();
    let next = field(&form, "next").replace("&#38;", "&");
    let typed =
        [("email", dev.fact("/owner/email")), ("password", dev.fact("/owner/password")), ("next", &next)];
    let signed_in = browser.send(browser.form("/sign-in/local", &typed)).expect(303);
    let page = browser.get(path(signed_in.header("location").expect("an address"))).expect(200).text();
    for says in [dev.fact("/owner/email"), ">Approve</button>", "claviger login", "90 days"] {
        assert!(page.contains(says), "{says}: {page}");
    }
    page
}

/// Where the browser goes after Approve.
fn approved(browser: &PlainBrowser, page: &str) -> String {
    let fields = ["challenge", "name", "port", "state"].map(|name| (name, field(page, name)));
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = browser.post("/cli", &fields).expect(200);
    answer.header("refresh").and_then(|text| text.strip_prefix("0; url=")).expect("an address").to_owned()
}

/// Of the command line, which listens there.
fn visited(address: &str) -> String {
    let (host, query) =
        address.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("an address");
    let host: SocketAddr = host.parse().expect("an address");
    assert!(host.ip().is_loopback());
    Request::get(&format!("/{query}")).send(host).expect(200).text()
}

fn mode(file: &Path) -> u32 {
    std::fs::metadata(file).expect("a file").permissions().mode() & 0o777
}

#[test]
fn login_in_the_browser_is_used_and_ended_by_logout() {
    let dev = Dev::start();
    let mut code = String::new();
    let (exit, output, errors) = dev.login(|address| {
        assert!(
            address.starts_with(&format!("http://{}/console/demo/cli?", dev.server.address)),
            "{address}"
        );
        let browser = PlainBrowser::at(dev.server.address, "demo");
        let page = walk(&browser, &dev, address);
        let back = approved(&browser, &page);
        code = form_urlencoded::parse(back.split_once('?').expect("a query").1.as_bytes())
            .find_map(|(name, value)| (name == "code").then(|| value.into_owned()))
            .expect("a code");
        let shown = visited(&back);
        assert!(shown.contains("<h1>Signed in</h1>"), "{shown}");
    });
    assert_eq!(exit, Some(0), "{errors}");
    let said: Value = serde_json::from_str(&output).expect("JSON");
    assert!(
        !errors.contains(&code) && !output.contains("clvp_") && !errors.contains("clvp_"),
        "{output}{errors}"
    );
    assert_eq!(mode(&dev.profile()), 0o600);
    let profile = std::fs::read_to_string(dev.profile()).expect("a file");
    let profile: Value = serde_json::from_str(&profile).expect("JSON");
    let (id, token) =
        (&profile["personal_access_token_id"], profile["personal_access_token"].as_str().expect("a token"));
    assert_eq!(&said["personal_access_token_id"], id);

    // Whoever has seen the code alone has nothing.
    let stolen = json!({"code": code, "verifier": "guessed"});
    let exchange = Request::json("POST", "/api/v1/realms/demo/personal-access-tokens/exchange", &stolen);
    exchange.send(dev.server.address).expect(422);

    let (status, listed, errors) = run(&mut dev.claviger(&["personal-access-token", "list", "--json"]));
    assert!(status.success(), "{errors}");
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    let found = listed["items"]
        .as_array()
        .expect("items")
        .iter()
        .find(|item| &item["id"] == id)
        .expect("it is listed");
    assert!(found["description"].as_str().expect("words").starts_with("claviger login on "), "{found}");

    let whoami = Request::get("/api/v1/realms/demo/whoami").bearer(token);
    whoami.clone().send(dev.server.address).expect(200);
    let (status, output, errors) = run(&mut dev.claviger(&["logout", "--json"]));
    assert!(status.success(), "{errors}");
    let said: Value = serde_json::from_str(&output).expect("JSON");
    assert_eq!(said, json!({"removed": true, "revoked": true}));
    assert!(!dev.profile().exists());
    whoami.send(dev.server.address).expect(401);
}

#[test]
fn login_that_is_canceled_or_answered_with_another_code_saves_nothing() {
    let dev = Dev::start();
    let (exit, output, errors) = dev.login(|address| {
        let browser = PlainBrowser::at(dev.server.address, "demo");
        let page = walk(&browser, &dev, address);
        let start = page.find("href=\"http://127.0.0.1:").expect("Cancel leads to the command line") + 6;
        let cancel = page[start..].split('"').next().expect("an address").replace("&#38;", "&");
        assert!(visited(&cancel).contains("<h1>Canceled</h1>"));
    });
    assert_eq!((exit, output.as_str()), (Some(5), ""), "{errors}");

    // A code that was approved for another command line, with the state of this one.
    let (exit, output, errors) = dev.login(|address| {
        let browser = PlainBrowser::at(dev.server.address, "demo");
        let page = walk(&browser, &dev, address);
        let own = field(&page, "challenge");
        let foreign = page.replace(&own, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        let shown = visited(&approved(&browser, &foreign));
        assert!(shown.contains("<h1>Not signed in</h1>"), "{shown}");
    });
    assert_eq!((exit, output.as_str()), (Some(7), ""), "{errors}");
    assert!(
        errors.contains("verifier: is not that of the code") && errors.contains("login` again"),
        "{errors}"
    );
    assert!(!dev.profile().exists());
}
