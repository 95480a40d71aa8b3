//! Binaries of other packages of this workspace.

use std::path::PathBuf;
use std::process::Command;

use crate::paths::{root, server_binary};
use crate::process::run;

/// A binary of the package with this test.
pub fn built(test: &str, binary: &str) -> PathBuf {
    build(&["--test", test]).join(binary)
}

/// An example of a package, with further features of this workspace.
pub fn built_example(name: &str, features: &[&str]) -> PathBuf {
    let more = features.iter().flat_map(|feature| ["--features", feature]);
    build(&["--example", name].into_iter().chain(more).collect::<Vec<_>>()).join("examples").join(name)
}

/// The folder of what was built. `make test` has already built it with all tests and examples. A test binary that is run
/// alone finds nothing. The build uses the command of `make test`: if the package were built alone, its dependencies
/// would have other features, and all would be compiled again.
fn build(target: &[&str]) -> PathBuf {
    let server = server_binary();
    let folder = server.parent().expect("the folder of its profile");
    let mut build = Command::new(env!("CARGO"));
    build.current_dir(root());
    // Variables that cargo has set for this test's package. Build scripts would take them for a change.
    let told = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars().filter(|(name, _)| told(name)) {
        build.env_remove(name);
    }
    build.args(["build", "--quiet", "--locked", "--workspace"]).args(target);
    if folder.ends_with("release") {
        build.arg("--release");
    }
    build.arg("--target-dir").arg(folder.parent().expect("the target folder"));
    let (status, _, errors) = run(&mut build);
    assert!(status.success(), "{errors}");
    folder.to_path_buf()
}
