//! An OpenID Connect provider of another project, and a browser in which a person signs in there.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::http::{Request, Response};
use crate::paths::root;
use crate::process::free_address;
use crate::servers::node;

/// oidc-provider, as `tests/clients/identity_provider.mjs` starts it. Ends when it is dropped.
pub struct ForeignIdentityProvider {
    child: Child,
    address: SocketAddr,
}

impl ForeignIdentityProvider {
    /// `clients` are described as oidc-provider describes them; `people` are claims by the name that is typed.
    pub fn start(clients: &Value, people: &Value, claims_in_id_token: bool) -> Self {
        let address = free_address();
        let script = root().join("tests/clients/identity_provider.mjs");
        let mut child = Command::new(node())
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let given = json!({
            "port": address.port(),
            "clients": clients,
            "people": people,
            "claims_in_id_token": claims_in_id_token,
        });
        let mut input = child.stdin.take().expect("a pipe");
        input.write_all(given.to_string().as_bytes()).expect("it reads");
        drop(input);
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let told = lines.next().and_then(Result::ok);
        assert_eq!(told.as_deref(), Some("listens"), "oidc-provider: run scripts/install-test-dependencies");
        Self { child, address }
    }

    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn browser(&self) -> Browser {
        Browser { address: self.address, cookies: BTreeMap::new() }
    }
}

impl Drop for ForeignIdentityProvider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Keeps the cookies of the provider, and so the person's session.
pub struct Browser {
    address: SocketAddr,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// Opens the address, signs in and consents where it is asked to. Returns the address to which the provider sends the
    /// person back, which is the first that is not its own, and the pages that were filled in.
    pub fn sign_in(&mut self, address: &str, login: &str) -> (String, Vec<String>) {
        let mut pages = Vec::new();
        let mut answer = self.follow(address);
        loop {
            match answer {
                Step::Left(address) => return (address, pages),
                Step::Page(path, page) => {
                    let prompt = if page.contains("name=\"login\"") { "login" } else { "consent" };
                    pages.push(prompt.to_owned());
                    assert!(pages.len() < 5, "{page}");
                    let form = [("prompt", prompt), ("login", login), ("password", "any")];
                    let sent = self.send(Request::form(&path, &form));
                    answer = self.go_on(sent);
                }
            }
        }
    }

    /// Opens the address, and cancels.
    pub fn cancel(&mut self, address: &str) -> String {
        let Step::Page(path, page) = self.follow(address) else { panic!("no page") };
        let link = format!("{path}/abort");
        assert!(page.contains(&link), "{page}");
        let sent = self.send(Request::get(&link));
        match self.go_on(sent) {
            Step::Left(address) => address,
            Step::Page(path, _) => panic!("{path}"),
        }
    }

    fn follow(&mut self, address: &str) -> Step {
        let own = format!("http://{}", self.address);
        let Some(path) = address.strip_prefix(&own) else { return Step::Left(address.to_owned()) };
        let answer = self.send(Request::get(path));
        match answer.status {
            200 => Step::Page(path.to_owned(), answer.text()),
            _ => self.go_on(answer),
        }
    }

    fn go_on(&mut self, answer: Response) -> Step {
        assert!(matches!(answer.status, 302 | 303), "{} {}", answer.status, answer.text());
        let to = answer.header("location").expect("a location");
        match to.starts_with('/') {
            true => self.follow(&format!("http://{}{to}", self.address)),
            false => self.follow(to),
        }
    }

    fn send(&mut self, request: Request) -> Response {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = request.header("Cookie", &cookies.join("; ")).send(self.address);
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) =
                cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }
}

enum Step {
    /// Its path and its text.
    Page(String, String),
    /// Where another server begins.
    Left(String),
}
