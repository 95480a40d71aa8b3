//! Binaries of other packages of this workspace.

use std::path::PathBuf;
use std::process::Command;

use crate::paths::{root, server_binary};
use crate::process::run;

/// `make test` has already built the binary for that package's own test. A test binary that is run alone finds none.
/// The build uses the command of `make test`: if the package were built alone, its dependencies would have other
/// features, and all would be compiled again.
pub fn built(test: &str, binary: &str) -> PathBuf {
    let server = server_binary();
    let folder = server.parent().expect("the folder of its profile");
    let mut build = Command::new(env!("CARGO"));
    build.current_dir(root());
    // Variables that cargo has set for this test's package. Build scripts would take them for a change.
    let told = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars().filter(|(name, _)| told(name)) {
        build.env_remove(name);
    }
    build.args(["build", "--quiet", "--locked", "--workspace", "--test", test]);
    if folder.ends_with("release") {
        build.arg("--release");
    }
    build.arg("--target-dir").arg(folder.parent().expect("the target folder"));
    let (status, _, errors) = run(&mut build);
    assert!(status.success(), "{errors}");
    folder.join(binary)
}
