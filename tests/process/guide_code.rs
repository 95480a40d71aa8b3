//! The Go and Java code of `docs/guides/checking-tokens.md` is compiled, and decides on real tokens.

use serde_json::json;
use tempfile::TempDir;

use crate::foreign_clients::{succeeds_on, world_of_now};
use crate::shell_blocks::{blocks, page};
use claviger_testkit::compiled_clients::go_client;
use claviger_testkit::world::{Client, World};

const GUIDE: &str = "docs/guides/checking-tokens.md";

/// Without indentation, which follows the style of each language and of the file around the code.
fn lines(code: &str) -> Vec<&str> {
    code.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[test]
fn code_of_the_guide_is_that_of_the_tested_clients() {
    let guide = page(GUIDE);
    for (language, count, file) in [
        ("go", 1, "tests/clients/go/checktoken/guide.go"),
        ("java", 1, "tests/clients/spring/ResourceServer.java"),
    ] {
        let found = blocks(&guide, language);
        assert_eq!(found.len(), count, "{language}");
        let file_text = page(file);
        let tested = lines(&file_text);
        for block in &found {
            let shown = lines(block);
            assert!(
                tested.windows(shown.len()).any(|part| part == shown),
                "{file} has other code than {GUIDE}"
            );
        }
    }
}

fn token(world: &World, client: &Client, more: &[(&str, &str)], member: &str) -> String {
    let answer = world.send(&world.token_request(client, more)).expect(200).json();
    answer[member].as_str().expect("a token").to_owned()
}

// S41
#[test]
fn checker_in_go_accepts_only_access_tokens_for_its_audience_with_the_scope() {
    let world = world_of_now();
    world.group("builders", &["ci:read-update", "source:read"]);
    let audience = "https://builds.example.org";
    let resource = ("resource", audience);
    world.resource_server("builds", audience);
    let client = world.credential("nightly", &["builders"]);
    let body = json!({"name": "tool", "scopes": ["ci:read-update"]});
    let made = world.admin("POST", "/application-credentials", Some(body)).expect(201).json();
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    let tool = Client { id: text("client_id"), key: text("client_key"), name: text("name") };

    let valid = token(&world, &client, &[resource], "access_token");
    let (head, tail) = valid.split_at(valid.len() - 40);
    let letter = if tail.starts_with('A') { "B" } else { "A" };
    let altered = format!("{head}{letter}{}", &tail[1..]);
    let tokens = [
        valid.clone(),
        altered,
        token(&world, &client, &[], "access_token"),
        token(&world, &client, &[resource, ("scope", "source:read")], "access_token"),
    ];
    // Refresh tokens have the issuer as their audience.
    let refresh = [token(&world, &tool, &[], "refresh_token")];

    let folder = TempDir::new().expect("a temporary folder");
    let program = go_client("checktoken", folder.path());
    let check = |audience: &str, tokens: &[String]| {
        let mut command = std::process::Command::new(&program);
        command.args([&world.issuer(), audience, "ci:read"]);
        succeeds_on(&mut command, &tokens.join("\n")).0.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let decisions = check(audience, &tokens);
    assert_eq!(decisions[0], format!("valid: {}", client.id));
    for (decision, reason) in decisions[1..].iter().zip(["signature", "audience", "insufficient scope"]) {
        assert!(decision.starts_with("refused: ") && decision.contains(reason), "{reason}: {decision}");
    }
    assert_eq!(decisions.len(), tokens.len());
    assert_eq!(check(&world.issuer(), &refresh), ["refused: not an access token"]);
}
