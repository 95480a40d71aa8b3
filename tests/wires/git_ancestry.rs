//! A push is checked against the objects themselves: replaced parents do not turn a forced push into an update.

use std::fs;
use std::path::{Path, PathBuf};

use crate::git_scene::{GitServer, Outcome};

const HOOKS: [&str; 2] = ["pre-receive", "update"];
const WRITES_WITHOUT_FORCE: [&str; 2] = ["source:read-update", "source:create"];

fn push(server: &GitServer, url: &str, refspecs: &[&str]) -> Outcome {
    server.git(&server.work(), &[&["push", url], refspecs].concat())
}

fn tip(server: &GitServer, folder: &Path, name: &str) -> String {
    server.must(folder, &["rev-parse", name]).trim().to_owned()
}

#[track_caller]
fn assert_needs_delete(server: &GitServer, bare: &Path, url: &str, refspecs: &[&str], what: &str) {
    let main = tip(server, bare, "refs/heads/main");
    let outcome = push(server, url, refspecs);
    assert!(!outcome.success && outcome.said.contains("source:delete"), "{what}: {}", outcome.said);
    assert_eq!(tip(server, bare, "refs/heads/main"), main, "{what}");
}

/// What an administrator may have set up on the server; each states that `rewritten` descends from `main`.
fn pretend(server: &GitServer, bare: &Path, how: &str) {
    let work = server.work();
    let (main, rewritten) = (tip(server, bare, "main"), tip(server, &work, "rewritten"));
    // As a file: the repository belongs to another user than the clone.
    let bundle = server.path().join("rewritten.bundle").display().to_string();
    server.must(&work, &["bundle", "create", "--quiet", &bundle, "rewritten"]);
    server.must(bare, &["fetch", "--quiet", &bundle, "rewritten"]);
    match how {
        "replacement" => drop(server.must(bare, &["replace", "--graft", &rewritten, &main])),
        "grafts" => {
            fs::create_dir_all(bare.join("info")).expect("a folder");
            fs::write(bare.join("info/grafts"), format!("{rewritten} {main}\n")).expect("a file");
        }
        "nothing" => return,
        other => panic!("{other}"),
    }
    // Git itself accepts it.
    server.must(bare, &["merge-base", "--is-ancestor", &main, &rewritten]);
}

#[test]
fn server_replacements_and_grafts_do_not_hide_a_forced_push() {
    let server = GitServer::start();
    let token = server.authority.api_token(&WRITES_WITHOUT_FORCE).token;
    for hook in HOOKS {
        for how in ["nothing", "replacement", "grafts"] {
            let name = format!("{hook}-{how}");
            let bare = server.repository(&name, hook);
            pretend(&server, &bare, how);
            let url = server.url(&name, &token);
            assert_needs_delete(&server, &bare, &url, &["+rewritten:refs/heads/main"], &name);
            // A fast-forward is still accepted as one.
            assert!(push(&server, &url, &["main:refs/heads/main"]).success, "{name}");
        }
    }
}

/// `rewritten`'s tip with `main` as its first parent, under the name of a replacement for that tip.
fn replacement(server: &GitServer) -> (PathBuf, String) {
    let work = server.work();
    let (main, rewritten) = (tip(server, &work, "origin/main"), tip(server, &work, "rewritten"));
    server.must(&work, &["replace", "--force", "--graft", &rewritten, &main]);
    let reference = format!("refs/replace/{rewritten}");
    (work, reference)
}

#[test]
fn push_to_refs_that_change_how_git_reads_others_is_refused() {
    let server = GitServer::start();
    let every = ["source:read-update", "source:create", "source:delete"];
    let token = server.authority.api_token(&every).token;
    let poor = server.authority.api_token(&WRITES_WITHOUT_FORCE).token;
    let (_, reference) = replacement(&server);
    for hook in HOOKS {
        let name = format!("reserved-{hook}");
        let bare = server.repository(&name, hook);
        let url = server.url(&name, &token);
        for target in [
            reference.as_str(),
            "refs/Replace/1111111111111111111111111111111111111111",
            "refs/namespaces/a/refs/replace/1111111111111111111111111111111111111111",
            "refs/worktree/x",
            "refs/bisect/bad",
        ] {
            let before = server.refs(&bare);
            let outcome = push(&server, &url, &[&format!("{reference}:{target}")]);
            assert!(
                !outcome.success && outcome.said.contains("it cannot be pushed to"),
                "{target}: {}",
                outcome.said
            );
            assert_eq!(server.refs(&bare), before, "{target}");
        }
        // Neither in the push that it should help, nor if an administrator's replacement already exists.
        let poor = server.url(&name, &poor);
        let both = [&format!("{reference}:{reference}"), "+rewritten:refs/heads/main"];
        assert_needs_delete(&server, &bare, &poor, &both, hook);
        let main = tip(&server, &bare, "main");
        server.must(&bare, &["update-ref", &reference, &main]);
        let outcome = push(&server, &url, &[&format!(":{reference}")]);
        assert!(!outcome.success && outcome.said.contains("it cannot be pushed to"), "{}", outcome.said);
        // Notes and unusual names are ordinary refs.
        for target in ["refs/notes/commits", "refs/heads/ünïcode", "refs/heads/replace", "refs/meta/config"]
        {
            let outcome = push(&server, &url, &[&format!("main:{target}")]);
            assert!(outcome.success, "{target}: {}", outcome.said);
        }
    }
}

#[test]
fn replaced_tags_and_forced_branch_aliases_need_delete() {
    let server = GitServer::start();
    let work = server.work();
    let updater = server.authority.api_token(&WRITES_WITHOUT_FORCE).token;
    let remover = server.authority.api_token(&["source:delete"]).token;
    for hook in HOOKS {
        let name = format!("tags-{hook}");
        let bare = server.repository(&name, hook);
        let (update, remove) = (server.url(&name, &updater), server.url(&name, &remover));
        for message in ["first", "second"] {
            server.must(&work, &["tag", "--force", "--annotate", "--message", message, message, "v0"]);
        }
        assert!(push(&server, &update, &["first:refs/tags/v1"]).success);
        // Both name the same commit: only the tag object itself would be lost.
        let swap = ["+second:refs/tags/v1"];
        assert_needs_delete(&server, &bare, &update, &swap, "another tag object");
        assert!(push(&server, &remove, &swap).success);
        assert_needs_delete(&server, &bare, &update, &["+rewritten:refs/tags/v0"], "a moved tag");
        server.must(&bare, &["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
        assert_needs_delete(&server, &bare, &update, &["+rewritten:refs/heads/alias"], "an alias");
        assert!(push(&server, &update, &["main:refs/heads/alias"]).success);
    }
}
