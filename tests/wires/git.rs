//! Real git and a real server behind forward-auth: what each scope allows, ref by ref.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claviger_contract::Timestamp;

use crate::authority::SCOPES;
use crate::git_scene::{GitServer, Outcome};
use crate::relay::slow_line;
use claviger_testkit::http::Request;

/// One push, the scopes of which any one is sufficient, and git's message.
struct Push {
    what: &'static str,
    refspecs: &'static [&'static str],
    enough: &'static str,
}

const PUSHES: [Push; 5] = [
    Push { what: "update", refspecs: &["main:refs/heads/main"], enough: "source:read-update" },
    Push { what: "branch", refspecs: &["main:refs/heads/topic"], enough: "source:create" },
    Push { what: "tag", refspecs: &["v0:refs/tags/v1"], enough: "source:create" },
    Push { what: "delete", refspecs: &[":refs/heads/old"], enough: "source:delete" },
    Push { what: "force", refspecs: &["+rewritten:refs/heads/main"], enough: "source:delete" },
];

/// A new, a deleted and a forced branch.
const MIXED: [&str; 3] = ["main:refs/heads/topic", ":refs/heads/old", "+rewritten:refs/heads/main"];

fn push(server: &GitServer, url: &str, flags: &[&str], refspecs: &[&str]) -> Outcome {
    let arguments = [&["push"], flags, &[url], refspecs].concat();
    server.git(&server.work(), &arguments)
}

#[track_caller]
fn expect(outcome: &Outcome, success: bool, what: &str) {
    assert_eq!(outcome.success, success, "{what}: {}", outcome.said);
}

// O5, O10, O12, O16, O17, O18, O19, O35, GT-01, GT-02
#[test]
fn each_scope_allows_only_its_operations() {
    let server = GitServer::start();
    for scope in SCOPES {
        let token = server.authority.api_token(&[scope]).token;
        let name = scope.replace(':', "-");
        let bare = server.repository(&name, "pre-receive");
        let url = server.url(&name, &token);
        let reads = ["source:read", "source:read-update"].contains(&scope);
        let clone = server.git(server.path(), &["clone", "--quiet", &url, &format!("clone-{name}")]);
        expect(&clone, reads, &format!("clone with {scope}"));
        if !reads {
            assert!(clone.said.contains("403") && clone.said.contains("source:read"), "{}", clone.said);
        }
        expect(&server.git(&server.work(), &["fetch", &url, "main"]), reads, &format!("fetch with {scope}"));
        for Push { what, refspecs, enough } in PUSHES {
            let before = server.refs(&bare);
            let outcome = push(&server, &url, &[], refspecs);
            expect(&outcome, scope == enough, &format!("{what} with {scope}"));
            if scope == enough {
                assert_ne!(server.refs(&bare), before, "{what} with {scope}");
                continue;
            }
            assert_eq!(server.refs(&bare), before, "{what} with {scope}");
            // The hook names the ref and the scope. A token that may not write at all is refused by the proxy, which
            // names one scope.
            let reference = refspecs[0].rsplit(':').next().expect("a ref");
            let by_hook = outcome.said.contains(reference) && outcome.said.contains(enough);
            let by_proxy = outcome.said.contains("403") && outcome.said.contains("source:read-update");
            assert!(by_hook || by_proxy, "{what} with {scope}: {}", outcome.said);
        }
    }
}

// O31
#[test]
fn mixed_push_is_checked_per_ref_and_rejected_as_a_whole() {
    let server = GitServer::start();
    for (case, scopes) in [
        ["source:create"].as_slice(),
        &["source:delete"],
        &["source:read-update"],
        &["source:create", "source:delete"],
    ]
    .iter()
    .enumerate()
    {
        let enough = scopes.len() == 2;
        for flags in [&[][..], &["--atomic"]] {
            let name = format!("mixed-{case}-{}", flags.len());
            let bare = server.repository(&name, "pre-receive");
            let before = server.refs(&bare);
            let token = server.authority.api_token(scopes).token;
            let outcome = push(&server, &server.url(&name, &token), flags, &MIXED);
            expect(&outcome, enough, &format!("{scopes:?} {flags:?}"));
            assert_eq!(server.refs(&bare) == before, !enough, "{scopes:?} {flags:?}");
        }
    }
}

// O31
#[test]
fn update_hook_accepts_allowed_refs_and_rejects_an_atomic_push() {
    let server = GitServer::start();
    let has = |bare: &Path, name: &str| server.refs(bare).contains(name);
    let token = server.authority.api_token(&["source:create"]).token;
    let bare = server.repository("alone", "update");
    let before = server.refs(&bare);
    let outcome = push(&server, &server.url("alone", &token), &[], &MIXED);
    expect(&outcome, false, "a ref is refused");
    assert!(
        outcome.said.contains("refs/heads/old") && outcome.said.contains("source:delete"),
        "{}",
        outcome.said
    );
    assert!(has(&bare, "refs/heads/topic") && has(&bare, "refs/heads/old"));
    let main = |refs: &str| refs.lines().find(|line| line.starts_with("refs/heads/main")).map(str::to_owned);
    assert_eq!(main(&server.refs(&bare)), main(&before), "not forced");
    let atomic = server.repository("atomic", "update");
    let before = server.refs(&atomic);
    expect(&push(&server, &server.url("atomic", &token), &["--atomic"], &MIXED), false, "all or nothing");
    assert_eq!(server.refs(&atomic), before);
}

// O2, O5, O7
#[test]
fn token_is_accepted_wherever_git_sends_it() {
    let server = GitServer::start();
    let token = server.authority.api_token(&["source:read"]).token;
    server.repository("app", "pre-receive");
    let plain = format!("http://{}/app.git", server.address);
    let header = format!("http.extraHeader=Authorization: basic {}", STANDARD.encode(&token));
    let bearer = format!("http.extraHeader=Authorization: Bearer {token}");
    let osf = format!("http.extraHeader=OSF-TOKEN: {token}");
    let in_url = format!("http://{token}@{}/app.git", server.address);
    let clone = |arguments: &[&str]| {
        let target = tempfile::TempDir::new().expect("a folder");
        let target = target.path().join("clone").display().to_string();
        server.git(server.path(), &[arguments, &[&target]].concat())
    };
    expect(&clone(&["clone", &server.url("app", &token)]), true, "name and password");
    // As the user name, with an empty password that a helper supplies without a prompt.
    expect(
        &clone(&["-c", "credential.helper=!f() { echo password=; }; f", "clone", &in_url]),
        true,
        "as the name",
    );
    for value in [&header, &bearer, &osf] {
        expect(&clone(&["-c", value, "clone", &plain]), true, value);
    }
    let helper = format!("credential.helper=!f() {{ echo username=fio-oauth2; echo password={token}; }}; f");
    expect(&clone(&["-c", &helper, "clone", &plain]), true, "a credential helper");
    let netrc = format!("machine 127.0.0.1 login any password {token}\n");
    std::fs::create_dir_all(server.path().join("home")).expect("a folder");
    std::fs::write(server.path().join("home/.netrc"), netrc).expect("a file");
    expect(&clone(&["clone", &plain]), true, "netrc");
    std::fs::remove_file(server.path().join("home/.netrc")).expect("the file");
    // Without a token, git is asked for credentials.
    let asked = clone(&["clone", &plain]);
    expect(&asked, false, "nobody");
    assert!(asked.said.contains("could not read Username"), "{}", asked.said);
    let challenge = server.send(&Request::get("/app.git/info/refs?service=git-upload-pack")).expect(401);
    assert_eq!(challenge.header("www-authenticate"), Some("Basic realm=\"git\""));
}

// O8, O7: by the command line's helpers, with the stored client and with an API token.
#[test]
fn credential_helper_answers_git() {
    let server = GitServer::start();
    server.repository("app", "pre-receive");
    let plain = format!("http://{}/app.git", server.address);
    let setup = |token: Option<&str>, arguments: &[&str]| {
        let claviger = server.authority.programs().join("claviger").display().to_string();
        let helper = format!("credential.http://{}.helper=!'{claviger}' git-credential", server.address);
        let target = tempfile::TempDir::new().expect("a folder");
        let target = target.path().join("clone").display().to_string();
        server.git_with(server.path(), &[&["-c", &helper], arguments, &[&target]].concat(), |git| {
            git.env("CLAVIGER_URL", format!("http://{}", server.authority.address))
                .env("CLAVIGER_REALM", "demo");
            git.env("CLAVIGER_PROFILE", server.path().join("profile.json"));
            if let Some(token) = token {
                git.env("CLAVIGER_TOKEN", token);
            }
        })
    };
    let nobody = setup(None, &["clone", &plain]);
    expect(&nobody, false, "not signed in");
    let token = server.authority.api_token(&["source:read"]).token;
    expect(&setup(Some(&token), &["clone", &plain]), true, "an API token in the environment");
    let body = serde_json::json!({"name": "tool", "scopes": ["source:read"]});
    let made = server.authority.administer("POST", "/application-credentials", &body).expect(201).json();
    let (id, key) = (made["client_id"].as_str().expect("an id"), made["client_key"].as_str().expect("a key"));
    std::fs::write(server.path().join("key"), key).expect("a file");
    let mut login = server.authority.claviger();
    login.args(["login", "--realm", "demo", "--client-id", id]);
    login.args(["--url", &format!("http://{}", server.authority.address)]);
    login.stdin(std::fs::File::open(server.path().join("key")).expect("the key"));
    let (status, _, errors) = claviger_testkit::process::run(&mut login);
    assert!(status.success(), "{errors}");
    expect(&setup(None, &["clone", &plain]), true, "the client of the profile");
}

// O11, O32, GT-03
#[test]
fn revoked_or_foreign_token_is_refused_on_the_next_request() {
    let server = GitServer::start();
    let bare = server.repository("app", "pre-receive");
    let token = server.authority.api_token(&["source:read-update", "source:create"]);
    let url = server.url("app", &token.token);
    expect(&push(&server, &url, &[], &["main:refs/heads/main"]), true, "before");
    let receipt = server.authority.revoke(&token);
    assert_eq!(receipt["outcome"], "confirmed");
    let before = server.refs(&bare);
    for refused in [
        push(&server, &url, &[], &["main:refs/heads/topic"]),
        server.git(&server.work(), &["fetch", &url, "main"]),
        server.git(&server.work(), &["fetch", &server.url("app", "clva_wrong"), "main"]),
    ] {
        expect(&refused, false, "after");
        assert!(refused.said.contains("Authentication failed"), "{}", refused.said);
    }
    assert_eq!(server.refs(&bare), before);
    let foreign = server.authority.api_token_of_another_realm("other", &["source:read-update"]);
    let refused = server.git(&server.work(), &["fetch", &server.url("app", &foreign.token), "main"]);
    expect(&refused, false, "another realm's");
}

// GT-04
#[test]
fn no_url_spelling_reaches_receive_pack_with_a_read_token() {
    let server = GitServer::start();
    server.repository("app", "pre-receive");
    let token = server.authority.api_token(&["source:read"]).token;
    for (method, path) in [
        ("GET", "/app.git/info/refs?service=git-receive-pack"),
        ("POST", "/app.git/git-receive-pack"),
        ("POST", "/app.git/%67it-receive-pack"),
        ("POST", "/app.git/%67%69%74-receive-pack"),
        ("POST", "/app.git//git-receive-pack"),
        ("POST", "/x/../app.git/git-receive-pack"),
        ("POST", "/app.git/git-receive-pack;x"),
        ("GET", "/app.git/info/refs?service=git-upload-pack&service=git-receive-pack"),
        ("GET", "/app.git/info/refs?service=git%2Dreceive-pack"),
        ("POST", "/app.git/info/lfs/objects/batch"),
    ] {
        let request = Request::new(method, path)
            .basic("any", &token)
            .header("Content-Type", "application/x-git-receive-pack-request")
            .body(if method == "POST" { "0000" } else { "" });
        let answer = server.send(&request);
        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text());
        assert!(answer.header("www-authenticate").is_some_and(|told| told.contains("source:read-update")));
    }
    // The client's headers do not determine its identity.
    let forged = Request::get("/app.git/info/refs?service=git-receive-pack")
        .basic("any", &token)
        .header("X-Claviger-Scopes", "source:read-update")
        .header("X-Original-URI", "/app.git/info/refs?service=git-upload-pack")
        .header("X-Forwarded-Uri", "/app.git/info/refs?service=git-upload-pack");
    assert_eq!(server.send(&forged).status, 403);
    let other = Request::get("/app.git/info/refs?service=git-upload-pack").basic("any", &token);
    server.send(&other).expect(200);
}

// FA-P1
#[test]
fn git_is_refused_while_the_authorization_server_is_down() {
    let mut server = GitServer::start();
    server.repository("app", "pre-receive");
    let token = server.authority.api_token(&["source:read"]).token;
    let url = server.url("app", &token);
    expect(&server.git(&server.work(), &["fetch", &url, "main"]), true, "it runs");
    server.authority.stop();
    let closed = server.git(&server.work(), &["fetch", &url, "main"]);
    expect(&closed, false, "it is down");
    assert!(closed.said.contains("500"), "{}", closed.said);
}

// O34, GT-05: a push is authorized when it begins.
#[test]
fn push_longer_than_its_token_succeeds_and_the_next_is_refused() {
    const RATE: usize = 200_000;
    let server = GitServer::start();
    let bare = server.repository("app", "pre-receive");
    let work = server.work();
    // Incompressible data: 10 s at this rate.
    let mut state = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    })
    .take(10 * RATE)
    .collect();
    server.commit(&work, "large", &noise);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after the epoch").as_secs();
    let ends_at = Timestamp::from_epoch_seconds(i64::try_from(now).expect("a time") + 5);
    let token = server.authority.api_token_until(&["source:read-update"], &ends_at.to_string()).token;
    let slow = slow_line(server.address, RATE);
    let url = format!("http://any:{token}@{slow}/app.git");
    let outcome = push(&server, &url, &[], &["main:refs/heads/main"]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after the epoch").as_secs();
    assert!(i64::try_from(now).expect("a time") > ends_at.epoch_seconds(), "the push was not slow");
    expect(&outcome, true, "a slow push");
    let tip = server.must(&work, &["rev-parse", "main"]);
    assert!(server.refs(&bare).contains(tip.trim()));
    let refused = server.git(&work, &["fetch", &url, "main"]);
    expect(&refused, false, "the token is over");
}
