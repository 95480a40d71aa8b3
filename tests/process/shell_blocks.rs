//! Runs the shell blocks of a page as printed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use claviger_testkit::process::{claviger, run};

pub fn page(path: &str) -> String {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Blocks marked as `sh`, in order.
pub fn shell_blocks(text: &str) -> Vec<String> {
    blocks(text, "sh")
}

/// Blocks of a language, in order.
pub fn blocks(text: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}\n");
    text.split(&opening).skip(1).map(|rest| rest.split("```").next().expect("a block").to_owned()).collect()
}

/// Runs the blocks in one shell, which exits at the first command that fails and ends what it started. Returns all
/// output. The page uses port 8080, on which another server may listen on this machine.
pub fn run_blocks(folder: &Path, address: SocketAddr, blocks: &[String]) -> String {
    let bin = folder.join("target/debug");
    std::fs::create_dir_all(&bin).expect("a folder");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_claviger"), bin.join("claviger")).expect("a link");
    let script = blocks.join("\n").replace("127.0.0.1:8080", &address.to_string());
    let script = format!("trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{script}");
    let mut shell = Command::new("bash");
    for (name, _) in claviger(folder).get_envs() {
        shell.env_remove(name);
    }
    shell.args(["-eu", "-o", "pipefail", "-c", &script]).current_dir(folder);
    let path = std::env::var("PATH").unwrap_or_default();
    shell.env("PATH", format!("{}:{path}", bin.display()));
    shell.env("CLAVIGER_URL", format!("http://{address}")).env("CLAVIGER_LISTEN", address.to_string());
    let (status, output, errors) = run(&mut shell);
    assert!(status.success(), "{output}\n{errors}");
    output + &errors
}
