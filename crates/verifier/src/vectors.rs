//! The test vectors that every verifier passes: `contract/vectors/README.md` defines them.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::following::{Taken, take_answer};
use crate::keys::KeyRing;
use crate::refused::Refused;
use crate::requirement::Requirement;
use crate::revocations::{Asked, Feed, RevocationSet};
use crate::state::{Leased, State};
use crate::testing::TestClock;
use crate::token::{Keys, NotOurs};

const NONCE: &str = "a-nonce";

fn file(name: &str) -> Value {
    let path = format!("{}/../../contract/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn text<'a>(of: &'a Value, member: &str) -> &'a str {
    of[member].as_str().unwrap_or_else(|| panic!("{member} is no text in {of}"))
}

fn number(of: &Value, member: &str) -> u64 {
    of[member].as_u64().unwrap_or_else(|| panic!("{member} is no number in {of}"))
}

fn list<'a>(of: &'a Value, member: &str) -> &'a [Value] {
    of[member].as_array().unwrap_or_else(|| panic!("{member} is no list in {of}"))
}

fn state(file: &Value, clock: &TestClock) -> State {
    let issuer = text(file, "issuer").to_owned();
    let realm = issuer.rsplit('/').next().expect("a realm").parse().expect("a realm");
    State::new(issuer, realm, text(file, "audience").to_owned(), Box::new(clock.clone()), 1 << 20)
}

fn use_keys(state: &State, key_sets: &Value, name: &str) {
    let body = key_sets[name]["key_set"].to_string();
    let ring = KeyRing::read(body.as_bytes(), |_| false, Duration::MAX).expect("usable keys");
    for kid in list(&key_sets[name], "usable") {
        assert!(ring.find(kid.as_str().expect("a text")).is_some(), "{name} has {kid}");
    }
    state.keys.store(Arc::new(ring));
}

fn requirement(case: &Value) -> Requirement {
    let scopes: Vec<&str> =
        case["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if scopes.is_empty() {
        return Requirement::any_token();
    }
    Requirement::scopes(&scopes.join(" ")).expect("scopes")
}

fn verdict(state: &State, token: &str, requirement: &Requirement) -> &'static str {
    match state.verify(token, requirement) {
        Ok(_) => "accepted",
        Err(Refused::Invalid(_)) => "invalid",
        Err(Refused::InsufficientScope { .. }) => "insufficient_scope",
        Err(Refused::Undecided { .. }) => "undecided",
    }
}

/// One of several right answers, or the only one.
fn is_right(expected: &Value, found: &str) -> bool {
    expected == found || expected.as_array().is_some_and(|all| all.iter().any(|one| one == found))
}

fn token(case: &Value) -> String {
    let Some(parts) = case.get("parts").and_then(Value::as_array) else {
        return text(case, "token").to_owned();
    };
    let part = |part: &Value| match part.as_array().map(Vec::as_slice) {
        Some([text, count]) => {
            let count = usize::try_from(count.as_u64().expect("a count")).expect("a small one");
            text.as_str().expect("a text").repeat(count)
        }
        _ => part.as_str().expect("a text").to_owned(),
    };
    parts.iter().map(part).collect()
}

#[test]
fn tokens_have_the_verdicts_of_the_vectors() {
    let (tokens, key_sets) = (file("tokens.json"), file("key_sets.json"));
    let mut wrong = Vec::new();
    for case in list(&tokens, "cases") {
        let clock = TestClock::now();
        let state = state(&tokens, &clock);
        use_keys(&state, &key_sets, case.get("key_set").map_or("all", |_| text(case, "key_set")));
        let now = case.get("now").and_then(Value::as_u64).unwrap_or_else(|| number(&tokens, "now"));
        clock.set_wall(Duration::from_secs(now));
        let (set, process) = (RevocationSet::default(), std::process::id());
        state.leased.store(Some(Arc::new(Leased { set, lease_end: Duration::MAX, process })));
        let (token, requirement) = (token(case), requirement(case));
        // A second time from the cache, if the signature was right.
        for _ in 0..2 {
            let mut found = verdict(&state, &token, &requirement);
            if found == "undecided" {
                // The key is unknown. Once a fetch has ended without it, the token is invalid.
                let (mut demand, now) = (state.demand(), state.clock.since_boot());
                assert!(demand.begin(now), "{}", case["name"]);
                demand.end(Some(&|kid| state.keys.load().find(kid).is_some()), now);
                drop(demand);
                found = verdict(&state, &token, &requirement);
            }
            if !is_right(&case["verdict"], found) {
                wrong.push(format!("{}: {found}, not {}", case["name"], case["verdict"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn scripts_of_the_feed_end_as_the_vectors_say() {
    let (script_file, key_sets) = (file("feed.json"), file("key_sets.json"));
    let mut wrong = Vec::new();
    for script in list(&script_file, "scripts") {
        let clock = TestClock::now();
        let state = state(&script_file, &clock);
        use_keys(&state, &key_sets, text(&script_file, "key_set"));
        let mut feed = Feed::new(1_000_000);
        for (index, step) in list(script, "steps").iter().enumerate() {
            let found = match text(step, "step") {
                "poll" => poll(&state, &clock, &mut feed, step),
                "check" => check(&state, &clock, text(&script_file["tokens"], text(step, "token")), step),
                "held" => {
                    let held = state.leased.load().as_ref().map_or(0, |leased| leased.set.len());
                    (u64::try_from(held).ok() != step["entries"].as_u64()).then(|| format!("{held} entries"))
                }
                other => panic!("the step {other} is not known"),
            };
            wrong.extend(found.map(|found| format!("{}, step {index}: {found}, for {step}", script["name"])));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What was wrong, if something was.
fn check(state: &State, clock: &TestClock, token: &str, step: &Value) -> Option<String> {
    clock.set_boot(Duration::from_millis(number(step, "boot_ms")));
    clock.set_wall(Duration::from_secs(number(step, "wall")));
    let found = verdict(state, token, &requirement(step));
    (!is_right(&step["verdict"], found)).then(|| found.to_owned())
}

fn poll(state: &State, clock: &TestClock, feed: &mut Feed, step: &Value) -> Option<String> {
    let sent = Duration::from_millis(number(step, "sent_boot_ms"));
    clock.set_boot(sent);
    let asked: Asked = feed.ask(NONCE.to_owned(), sent);
    let query = asked.query().into_iter().filter(|(name, _)| *name != "nonce");
    let query: Value = query.map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    if query != step["request"] {
        return Some(format!("asked {query}"));
    }
    if let Some(received) = step.get("received").filter(|received| received.is_object()) {
        clock.set_boot(Duration::from_millis(number(received, "boot_ms")));
        clock.set_wall(Duration::from_secs(number(received, "wall")));
    }
    let found = match body(&step["response"]) {
        None => {
            feed.interrupt();
            "ignored"
        }
        Some(body) => match take_answer(state, feed, &asked, body.as_bytes()) {
            Ok(Taken::Applied) => "applied",
            Ok(Taken::Page) => "page",
            Ok(Taken::Ignored) => "ignored",
            Err(_) => "dropped",
        },
    };
    (!is_right(&step["outcome"], found)).then(|| found.to_owned())
}

/// `None` without a body of a feed.
fn body(response: &Value) -> Option<String> {
    if response["status"].as_u64() != Some(200) {
        return None;
    }
    let body = match response.get("body") {
        Some(body) => {
            let mut body = body.clone();
            if let Some(repeated) = body["entries"].get("repeat").cloned() {
                let count = usize::try_from(number(&body["entries"], "count")).expect("a small count");
                body["entries"] = Value::Array(vec![repeated; count]);
            }
            body.to_string()
        }
        None => text(response, "body_text").to_owned(),
    };
    Some(body.replace("$nonce", NONCE))
}

#[test]
fn unknown_key_is_told_apart_from_a_wrong_signature() {
    let (tokens, key_sets) = (file("tokens.json"), file("key_sets.json"));
    let state = state(&tokens, &TestClock::now());
    use_keys(&state, &key_sets, "all");
    let case = list(&tokens, "cases").iter().find(|case| case["name"] == "signature of other claims");
    let parsed = state.parse(text(case.expect("the case"), "token")).expect("whole");
    let checked = crate::token::SignedToken::check_parsed(parsed, &**state.keys.load());
    assert_eq!(checked, Err(NotOurs::Signature));
}
