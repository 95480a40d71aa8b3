//! The verifier for services in Go is vetted and passes its own tests, among them the vectors that every verifier has to
//! pass.

use claviger_testkit::compiled_clients::go;
use claviger_testkit::process::run;

/// What it prints. Its errors are shown if it fails.
fn succeeds(arguments: &[&str]) -> String {
    let (status, output, errors) = run(go("clients/go").args(arguments));
    assert!(status.success(), "go {arguments:?}: {output}\n{errors}");
    output
}

// JK-08, BC-01 to BC-06
#[test]
fn go_verifier_passes_its_tests() {
    succeeds(&["vet", "./..."]);
    let mut arguments = vec!["test", "-count=1", "-v", "-parallel=8"];
    // The race detector needs a C compiler.
    if succeeds(&["env", "CGO_ENABLED"]).trim() == "1" {
        arguments.push("-race");
    }
    arguments.push("./...");
    let output = succeeds(&arguments);
    // The count is checked too: a runner that finds no test succeeds.
    let passed = output.lines().filter(|line| line.trim_start().starts_with("--- PASS: ")).count();
    assert!(passed >= 450, "{passed} tests passed: {output}");
    assert!(!output.contains("--- SKIP: "), "a test was skipped: {output}");
}
