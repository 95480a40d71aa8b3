//! The verifier for Java services passes its own tests, among them the vectors that every verifier has to pass.

use tempfile::TempDir;

use claviger_testkit::compiled_clients::java_verifier_tests;
use claviger_testkit::process::run;

// JK-08, BC-01 to BC-06
#[test]
fn java_verifier_passes_its_tests() {
    let folder = TempDir::new().expect("a temporary folder");
    let (status, output, errors) = run(&mut java_verifier_tests(folder.path()));
    assert!(status.success(), "{output}\n{errors}");
    // "[       453 tests successful      ]": a runner that finds no test succeeds.
    let successful = output.lines().find_map(|line| line.strip_suffix(" tests successful      ]"));
    let passed = successful.and_then(|line| line.trim_start_matches(['[', ' ']).parse::<usize>().ok());
    assert!(passed.is_some_and(|passed| passed >= 450), "{passed:?} tests passed: {output}\n{errors}");
}
