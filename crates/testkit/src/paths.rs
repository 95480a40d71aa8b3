//! Where this repository and what it builds are.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> &'static Path {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    crates.and_then(Path::parent).expect("this crate is in crates/testkit")
}

/// The server's binary. cargo builds it before every integration test of its package, beside the folder of the tests.
pub fn server_binary() -> PathBuf {
    let test = std::env::current_exe().expect("this test");
    let folder = test.ancestors().find(|folder| folder.ends_with("deps")).and_then(Path::parent);
    folder.expect("tests are in target/PROFILE/deps").join("claviger")
}
