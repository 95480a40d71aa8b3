//! Deletions and revocations ask at a terminal, and nowhere else.

use crate::commands::{prepare, samples};
use crate::scene::{OTHER_ID, Scene};
use crate::terminal::at_terminal;

/// Commands that take something away for good.
const ENDS: [&str; 15] = [
    "api-token revoke",
    "application-credential revoke",
    "credential revoke",
    "group delete",
    "member disable",
    "personal-access-token revoke",
    "member identity remove",
    "realm sign-in remove",
    "registry-token revoke",
    "resource delete",
    "resource-server delete",
    "scope delete",
    "source delete",
    "source-credential delete",
    "webhook delete",
];

fn ends(name: &str) -> bool {
    ENDS.contains(&name) || name == "signing-key withdraw"
}

#[test]
fn every_deletion_has_the_flag() {
    for sample in samples() {
        let verb = sample.name.rsplit(' ').next().unwrap_or_default();
        let is_end = matches!(verb, "delete" | "revoke" | "disable" | "withdraw" | "remove")
            && !["token revoke", "profile delete"].contains(&&*sample.name);
        assert_eq!(is_end, ends(&sample.name), "{}", sample.name);
    }
}

#[test]
fn person_is_asked_and_only_a_yes_goes_on() {
    for sample in samples().iter().filter(|sample| ends(&sample.name)) {
        for (typed, code) in [("y\n", 0), ("Yes\n", 0), ("n\n", 1), ("\n", 1), ("\u{4}", 1)] {
            let scene = Scene::start();
            let (found, shown) = at_terminal(scene.command(&sample.arguments), 80, typed);
            assert_eq!(found, Some(code), "{} {typed:?}: {shown}", sample.name);
            assert!(shown.contains("[y/N]"), "{}: {shown}", sample.name);
            assert_eq!(shown.contains("nothing was changed"), code == 1, "{}: {shown}", sample.name);
            let question = shown.split("[y/N]").next().unwrap_or_default();
            assert!(question.contains("25") && question.contains("nightly, docs and 23 more"), "{shown}");
            // The stub shows an object with this id.
            let is_shown = [
                "group",
                "realm",
                "resource",
                "member",
                "credential",
                "application-credential",
                "source",
                "source-credential",
                "webhook",
            ];
            let noun = sample.name.split(' ').next().unwrap_or_default();
            assert_eq!(
                shown.split("[y/N]").next().unwrap_or_default().contains(OTHER_ID),
                is_shown.contains(&noun),
                "{}: {shown}",
                sample.name
            );
        }
    }
}

#[test]
fn nobody_is_asked_with_the_flag_or_without_a_terminal() {
    for sample in samples() {
        let scene = Scene::start();
        prepare(&scene);
        let (code, _, errors) = scene.say(&sample.arguments, sample.input);
        assert!(code == Some(0) || sample.name.starts_with("git-hook"), "{}: {errors}", sample.name);
        assert!(!errors.contains("[y/N]"), "{}: {errors}", sample.name);
        if ends(&sample.name) {
            let arguments = [&sample.arguments[..], &["--yes"]].concat();
            let (code, shown) = at_terminal(scene.command(&arguments), 80, "");
            assert_eq!((code, shown.contains("[y/N]")), (Some(0), false), "{}: {shown}", sample.name);
        }
    }
}

#[test]
fn edit_asks_only_if_it_removes_something() {
    let before = r#"{"id":"1","name":"g","scopes":["a:b","c:d"],"resources":[],"receipt":null}"#;
    for (arguments, asks) in [
        (&["group", "edit", "g", "--scope", "c:d"][..], true),
        (&["group", "edit", "g", "--no-scopes"], true),
        (&["group", "edit", "g", "--scope", "c:d", "--scope", "a:b", "--scope", "e:f"], false),
        (&["group", "edit", "g", "--description", "d"], false),
        (&["group", "edit", "g", "--no-scopes", "--yes"], false),
    ] {
        let scene = Scene::answering("200 OK", before);
        let (code, shown) = at_terminal(scene.command(arguments), 80, if asks { "n\n" } else { "" });
        assert_eq!((code, shown.contains("scopes a:b")), (Some(i32::from(asks)), asks), "{shown}");
    }
}

#[test]
fn dry_run_asks_nobody_and_shows_who_is_affected() {
    for sample in samples().iter().filter(|sample| ends(&sample.name)) {
        let scene = Scene::start();
        let mut arguments = [&sample.arguments[..], &["--dry-run"]].concat();
        let (code, shown) = at_terminal(scene.command(&arguments), 80, "");
        assert_eq!((code, shown.contains("[y/N]")), (Some(0), false), "{}: {shown}", sample.name);
        let (code, output, errors) = scene.say(&arguments, "");
        assert_eq!(code, Some(0), "{}: {errors}", sample.name);
        let json: serde_json::Value = serde_json::from_str(&output).expect("JSON");
        assert_eq!(json["affected"][0]["count"], 25, "{}", sample.name);
        arguments.retain(|argument| *argument != "--json");
        let (_, output, _) = scene.say(&arguments, "");
        assert!(output.starts_with("Dry run: nothing was changed.\n"), "{}: {output}", sample.name);
        assert!(
            output.contains("service_credential  loses tokens  25     nightly, docs and 23 more"),
            "{output}"
        );
        assert!(scene.asked().iter().any(|line| line.contains("dry_run=true")), "{:?}", scene.asked());
        let changes = scene.asked().into_iter().filter(|line| !line.starts_with("GET "));
        assert!(changes.clone().count() > 0 && changes.into_iter().all(|line| line.contains("dry_run=true")));
    }
}

/// It would delete.
#[test]
fn server_without_dry_runs_is_sent_no_change() {
    let scene = Scene::answering("200 OK", r#"{"paths": {}}"#);
    let (code, _, errors) = scene.say(&["group", "delete", "g", "--dry-run"], "");
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains("nothing was changed"), "{errors}");
    assert!(scene.asked().iter().all(|line| line.starts_with("GET ")), "{:?}", scene.asked());
}
