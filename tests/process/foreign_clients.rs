//! Third-party clients: each gets, verifies, introspects and revokes a token, and is then refused. S41, AT-08, MD-03.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use claviger_testkit::compiled_clients::java_client;
use claviger_testkit::servers::node;
use claviger_testkit::world::{Client, Database, World};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The facts that a client needs, passed only on its standard input.
fn facts(world: &World) -> Value {
    let (credential, server) = scene(world);
    json!({
        "base_url": format!("http://{}", world.address),
        "realm": world.realm,
        "client_id": credential.id,
        "client_key": credential.key,
        "resource_server": {"client_id": server.id, "client_key": server.key, "audience": "https://builds.example.org"},
        "scope": "ci:read source:read-update",
    })
}

fn scene(world: &World) -> (Client, Client) {
    world.group("builders", &["ci:read", "source:read-update"]);
    (
        world.credential("nightly", &["builders"]),
        world.resource_server("builds", "https://builds.example.org"),
    )
}

/// The libraries check lifetimes by the machine's clock, so the world's clock shows the same time.
pub fn world_of_now() -> World {
    let world = World::start(Database::Sqlite);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let seconds = i64::try_from(now.as_secs()).expect("not so far in the future");
    world.clock.advance_seconds(seconds - claviger_domain::Clock::now(&*world.clock).epoch_seconds());
    world
}

/// Standard output and errors of a client that gets the facts on its standard input, so that no list of processes shows
/// them.
pub fn succeeds_with(command: &mut Command, facts: &Value) -> (String, String) {
    succeeds_on(command, &facts.to_string())
}

pub fn succeeds_on(command: &mut Command, given: &str) -> (String, String) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the client starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(given.as_bytes()).expect("the client reads");
    drop(input);
    let output = child.wait_with_output().expect("the client ends");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}\n{errors}");
    (text, errors)
}

const STEPS: [&str; 7] =
    ["discover", "token", "verify", "introspect", "revoke", "introspect_revoked", "wrong_key"];

fn script(program: &Path, name: &str) -> Command {
    assert!(program.exists(), "{} is missing: `make test` installs it", program.display());
    let mut command = Command::new(program);
    command.arg(root().join("tests/clients").join(name)).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

fn walks_the_story(command: &mut Command, steps: &[&str]) {
    let world = world_of_now();
    walks_with(command, steps, &facts(&world));
}

fn walks_with(command: &mut Command, steps: &[&str], facts: &Value) {
    let (text, errors) = succeeds_with(command, facts);
    for step in steps {
        let done = |line: &str| {
            let line: Value = serde_json::from_str(line).expect("a line of JSON");
            line["step"] == *step && line["ok"] == true
        };
        assert!(text.lines().any(done), "{command:?} did not get to {step}: {text}");
    }
    assert!(!text.contains("clvk_") && !errors.contains("clvk_"), "a client printed a key");
}

/// At a server of the caller's.
pub fn pyjwt_walks_the_story(facts: &Value) {
    walks_with(&mut script(&python(), "pyjwt_client.py"), &STEPS, facts);
}

pub fn python() -> PathBuf {
    root().join(".tools/python/bin/python")
}

#[test]
fn authlib_completes_the_client_flow() {
    walks_the_story(&mut script(&python(), "authlib_client.py"), &STEPS);
}

#[test]
fn pyjwt_completes_the_client_flow() {
    walks_the_story(&mut script(&python(), "pyjwt_client.py"), &STEPS);
}

#[test]
fn openid_client_and_jose_complete_the_client_flow() {
    let modules = root().join("tests/clients/node_modules");
    assert!(modules.is_dir(), "{} is missing: `make test` installs it", modules.display());
    walks_the_story(&mut script(&node(), "node_client.mjs"), &STEPS);
}

/// Also as a resource server, which has the beans of the guide.
#[test]
fn spring_security_completes_the_client_flow_and_guards_a_service() {
    let folder = TempDir::new().expect("a temporary folder");
    let mut story = java_client("spring", "Story", folder.path());
    walks_the_story(story.arg(folder.path()), &[&STEPS[..], &["resource_server"]].concat());
}

/// The `oauth2` crate builds the requests and parses the answers; the sockets are ours.
#[test]
fn oauth2_crate_completes_the_client_flow() {
    use oauth2::basic::{BasicClient, BasicErrorResponseType};
    use oauth2::{
        AccessToken, AuthType, ClientId, ClientSecret, HttpRequest, HttpResponse, IntrospectionUrl,
        RequestTokenError, RevocationUrl, Scope, StandardRevocableToken, TokenIntrospectionResponse,
        TokenResponse, TokenUrl,
    };

    fn carry(request: HttpRequest) -> Result<HttpResponse, std::io::Error> {
        let address =
            request.uri().authority().expect("an address").as_str().parse().expect("a socket address");
        let mut ours = claviger_testkit::http::Request::new(request.method().as_str(), request.uri().path())
            .body(request.body().clone());
        for (name, value) in request.headers() {
            ours = ours.header(name.as_str(), value.to_str().expect("text"));
        }
        let answer = ours.send(address);
        let mut response = oauth2::http::Response::builder().status(answer.status);
        for (name, value) in &answer.headers {
            response = response.header(name, value);
        }
        Ok(response.body(answer.body).expect("a response"))
    }

    let world = world_of_now();
    let (credential, server) = scene(&world);
    let endpoint = |name: &str| format!("{}/oauth2/{name}", world.issuer());
    for method in [AuthType::BasicAuth, AuthType::RequestBody] {
        let client = |id: &str, key: &str| {
            BasicClient::new(ClientId::new(id.to_owned()))
                .set_client_secret(ClientSecret::new(key.to_owned()))
                .set_auth_type(method.clone())
                .set_token_uri(TokenUrl::new(endpoint("token")).expect("a URL"))
                .set_introspection_url(IntrospectionUrl::new(endpoint("introspect")).expect("a URL"))
                // The crate requires https here; this test provides the network anyway.
                .set_revocation_url(
                    RevocationUrl::new(endpoint("revoke").replace("http://", "https://")).expect("a URL"),
                )
        };
        let holder = client(&credential.id, &credential.key);
        let answer = holder
            .exchange_client_credentials()
            .add_scope(Scope::new("source:read".into()))
            .request(&carry)
            .expect("a token");
        assert_eq!(answer.expires_in().map(|lifetime| lifetime.as_secs()), Some(3600));
        let token: AccessToken = answer.access_token().clone();
        let asks = client(&server.id, &server.key);
        let introspect = || asks.introspect(&token).request(&carry).expect("an answer");
        assert!(introspect().active());
        let scopes = introspect()
            .scopes()
            .map(|scopes| scopes.iter().map(|scope| scope.to_string()).collect::<Vec<_>>());
        assert_eq!(scopes, Some(vec!["source:read".to_owned()]));
        let revocable = StandardRevocableToken::AccessToken(token.clone());
        holder.revoke_token(revocable).expect("https").request(&carry).expect("revoked");
        assert!(!introspect().active());
        let wrong = client(&credential.id, "clvk_wrong").exchange_client_credentials().request(&carry);
        match wrong {
            Err(RequestTokenError::ServerResponse(error)) => {
                assert_eq!(*error.error(), BasicErrorResponseType::InvalidClient);
            }
            other => panic!("{other:?}"),
        }
    }
}
