//! The README's commands, run as printed.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::shell_blocks::{page, run_blocks, shell_blocks};
use claviger_testkit::process::{ServerProcess, free_address};

fn readme() -> String {
    page("README.md")
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

/// All blocks except the first, which builds and starts, run in one shell in the order of the page. The server is
/// started as the first block starts it.
#[test]
fn readme_commands_run_as_printed() {
    let text = readme();
    let blocks = shell_blocks(&text);
    assert!(blocks.len() >= 3, "the README tells a story in shell blocks");
    assert!(blocks[0].contains("make run") && blocks[0].contains("make test"), "{}", blocks[0]);
    let folder = TempDir::new().expect("a temporary folder");
    let address = free_address();
    let _server = ServerProcess::start(folder.path(), address, |command| {
        command.arg("--dev");
    });
    let output = run_blocks(folder.path(), address, &blocks[1..]);
    let active = output.find("\"active\":true").or_else(|| output.find("\"active\": true"));
    let inactive = output.find("\"active\":false").or_else(|| output.find("\"active\": false"));
    assert!(active.is_some() && active < inactive, "active, then inactive: {output}");
    assert!(output.contains("invalid_client"), "the revoked credential gets no token: {output}");
}
