//! The README's commands, run as printed.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::support::process::{ServerProcess, claviger, free_address, run};

fn readme() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md");
    std::fs::read_to_string(path).expect("README.md")
}

/// Blocks fenced as `sh`, in order.
fn shell_blocks(text: &str) -> Vec<String> {
    text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().expect("a block").to_owned()).collect()
}

#[test]
fn first_screen_names_the_two_commands() {
    let first: String = readme().lines().take(30).collect::<Vec<_>>().join("\n");
    let makefile = std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("Makefile"))
        .expect("Makefile");
    for target in ["run", "test"] {
        assert!(first.contains(&format!("make {target}")), "make {target} is not on the first screen");
        assert!(makefile.contains(&format!("\n{target}:")), "the Makefile has no target {target}");
    }
}

/// All blocks but the first, which builds and starts; in one shell, in the order of the page, against a server started as
/// the first block starts it.
#[test]
fn the_story_runs_as_printed() {
    let text = readme();
    let blocks = shell_blocks(&text);
    assert!(blocks.len() >= 3, "the README tells a story in shell blocks");
    assert!(blocks[0].contains("make run") && blocks[0].contains("make test"), "{}", blocks[0]);
    let folder = TempDir::new().expect("a temporary folder");
    let address = free_address();
    let _server = ServerProcess::start(folder.path(), address, |command| {
        command.arg("--dev");
    });
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_claviger"));
    let bin = folder.path().join("target/debug");
    std::fs::create_dir_all(&bin).expect("a folder");
    std::os::unix::fs::symlink(&binary, bin.join("claviger")).expect("a link");
    // The page says 8080, where on this machine another server may listen.
    let script = blocks[1..].join("\n").replace("127.0.0.1:8080", &address.to_string());
    let mut shell = Command::new("bash");
    for (name, _) in claviger(folder.path()).get_envs() {
        shell.env_remove(name);
    }
    shell.args(["-eu", "-o", "pipefail", "-c", &script]).current_dir(folder.path());
    shell.env("CLAVIGER_URL", format!("http://{address}"));
    let (status, output, errors) = run(&mut shell);
    assert!(status.success(), "{output}\n{errors}");
    let active = output.find("\"active\":true").or_else(|| output.find("\"active\": true"));
    let inactive = output.find("\"active\":false").or_else(|| output.find("\"active\": false"));
    assert!(active.is_some() && active < inactive, "active, then inactive: {output}");
    assert!(output.contains("invalid_client"), "the revoked credential gets no token: {output}");
}
