//! Clients in Go and Java: of other projects, compiled into `.tools`, and of `tests/clients`, which a test compiles.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::paths::root;
use crate::process::run;

/// A program of another project in Go, in the version that `scripts/install-test-dependencies` names.
///
/// # Panics
/// If it is not installed.
pub fn go_program(name: &str) -> Command {
    Command::new(installed(".tools/go", name))
}

/// Runs Go in a module of this repository, without a network: `scripts/install-test-dependencies` has filled Go's cache.
pub fn go(module: &str) -> Command {
    // Where the Go of the system is too old, there is another one beside the Python packages.
    let bundled = root().join(".tools/python/bin/go");
    let mut go = Command::new(if bundled.exists() { bundled } else { PathBuf::from("go") });
    go.current_dir(root().join(module)).env("GOTOOLCHAIN", "local").env("GOPROXY", "off");
    go
}

/// Compiles a package of `tests/clients/go` into the folder.
///
/// # Panics
/// If Go or a module is missing, or the package does not compile.
pub fn go_client(package: &str, folder: &Path) -> PathBuf {
    let program = folder.join(package);
    let mut build = go("tests/clients/go");
    build.args(["build", "-o"]).arg(&program);
    // As in that script, so that the standard library is compiled once.
    build.args(["-gcflags=all=-N -l", "-ldflags=-w"]);
    build.arg(format!("./{package}"));
    succeed(build.env("CGO_ENABLED", "0"));
    program
}

/// Compiles the classes of a folder in `tests/clients` with the libraries of its `pom.xml`. Returns the command that runs
/// the main class.
///
/// # Panics
/// If Java or a library is missing, or a class does not compile.
pub fn java_client(name: &str, main: &str, folder: &Path) -> Command {
    let sources = root().join("tests/clients").join(name);
    let pom = std::fs::read_to_string(sources.join("pom.xml")).expect("the project");
    let found = std::fs::read_to_string(installed(&format!(".tools/{name}"), "pom.xml")).expect("a file");
    assert_eq!(found, pom, "libraries of another version: run scripts/install-test-dependencies");
    let libraries = format!("{}/*", root().join(".tools").join(name).display());
    let classes = folder.join("classes");
    let files = std::fs::read_dir(&sources).expect("a folder").map(|file| file.expect("a file").path());
    let mut javac = Command::new("javac");
    javac.args(["--release", "17", "-cp", &libraries, "-d"]);
    javac.arg(&classes).args(files.filter(|file| file.extension().is_some_and(|end| end == "java")));
    succeed(&mut javac);
    let mut java = Command::new("java");
    java.arg("-cp").arg(format!("{}:{libraries}", classes.display())).arg(main).current_dir(folder);
    java
}

fn installed(folder: &str, name: &str) -> PathBuf {
    let file = root().join(folder).join(name);
    assert!(file.exists(), "no {}: run scripts/install-test-dependencies", file.display());
    file
}

fn succeed(command: &mut Command) {
    let (status, output, errors) = run(command);
    assert!(status.success(), "{command:?}: {output}{errors}");
}
