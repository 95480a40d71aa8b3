//! The steps of the guide for git servers, as the users that it names.

use std::path::Path;
use std::process::Command;

use crate::git_scene::GitServer;
use claviger_testkit::process::run;

/// The guide's commands as they stand, with its folder moved. `sudo -u` is what root does without `sudo`.
#[test]
fn repository_of_the_guide_takes_a_push() {
    let server = GitServer::start();
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides");
    let page = std::fs::read_to_string(guide.join("git.md")).expect("the guide");
    let block = page.split("```console\n").find(|block| block.contains("git init --bare")).expect("a block");
    let steps = block.split("```").next().expect("commands").replace("$ ", "");
    let sudo = match rustix::process::geteuid().is_root() {
        true => {
            "sudo() { if [ \"$1\" = -u ]; then user=$2; shift 2; setpriv --reuid \"$user\" --regid \"$user\" \
             --clear-groups \"$@\"; else \"$@\"; fi; }"
        }
        false => "sudo() { if [ \"$1\" = -u ]; then shift 2; fi; \"$@\"; }",
    };
    let mut steps = steps.replace("/srv/git", &server.path().join("srv").display().to_string());
    if !rustix::process::geteuid().is_root() {
        steps = steps.replace("-o www-data -g www-data ", "");
    }
    let mut shell = Command::new("bash");
    shell.args(["-euc", &format!("umask 022\n{sudo}\n{steps}")]).current_dir(guide.join("git"));
    let (status, output, errors) =
        run(shell.env("HOME", "/var/www").env("PATH", server.authority.search_path()));
    assert!(status.success(), "{output}{errors}");

    let token = server.authority.api_token(&["source:create", "source:read-update"]).token;
    let url = server.url("app", &token);
    let push = |refspec: &str| server.git(&server.work(), &["push", &url, refspec]);
    let first = push("main:refs/heads/main");
    assert!(first.success, "{}", first.said);
    let clone = server.git(server.path(), &["clone", "--quiet", &url, "clone-of-app"]);
    assert!(clone.success && server.path().join("clone-of-app/file0").exists(), "{}", clone.said);
    assert!(push("main:refs/heads/topic").success);
    let deletion = push(":refs/heads/topic");
    assert!(!deletion.success && deletion.said.contains("source:delete"), "{}", deletion.said);
}
