//! The verifiers for services in Python and JavaScript pass their own tests, among them the vectors that every verifier
//! has to pass.

use std::path::Path;
use std::process::Command;

use crate::foreign_clients::python;
use claviger_testkit::process::run;
use claviger_testkit::servers::node;

fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}

/// The count is checked too: a runner that finds no test succeeds.
fn passes(command: &mut Command, least: usize, count: fn(&str) -> Option<usize>) {
    let (status, output, errors) = run(command);
    assert!(status.success(), "{output}\n{errors}");
    let passed = output.lines().rev().find_map(count);
    assert!(passed.is_some_and(|passed| passed >= least), "{passed:?} tests passed: {output}\n{errors}");
}

// JK-08, BC-01 to BC-06
#[test]
fn python_verifier_passes_its_tests() {
    let python = python();
    assert!(python.exists(), "{} is missing: `make test` installs it", python.display());
    let mut pytest = Command::new(python);
    pytest.args(["-B", "-m", "pytest", "-q"]).current_dir(folder("python")).env("no_proxy", "*");
    // "452 passed in 9.61s"
    passes(&mut pytest, 450, |line| line.split_once(" passed")?.0.rsplit(' ').next()?.parse().ok());
}

// JK-08, BC-01 to BC-06
#[test]
fn javascript_verifier_passes_its_tests() {
    let folder = folder("node");
    let modules = folder.join("node_modules");
    assert!(modules.is_dir(), "{} is missing: `make test` installs it", modules.display());
    let tests = std::fs::read_dir(folder.join("test")).expect("a folder");
    let tests = tests.map(|file| file.expect("a file").path());
    let tests = tests.filter(|path| path.to_string_lossy().ends_with(".test.js"));
    let mut runner = Command::new(node());
    runner.args(["--test", "--test-reporter=tap", "--test-timeout=120000"]).args(tests).current_dir(&folder);
    // "# pass 420"
    passes(&mut runner, 400, |line| line.strip_prefix("# pass ")?.parse().ok());
}
