//! Clients in Go and Java: of other projects, compiled into `.tools`, and of `tests/clients` and `clients`, which a test compiles.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::paths::root;
use crate::process::run;

/// Programs of Java that run for seconds are not worth the better of its compilers.
const FAST_START: &str = "-XX:TieredStopAtLevel=1";

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
    let mut java = compiled_java(&root().join("tests/clients").join(name), &[], folder);
    java.arg(main).current_dir(folder);
    java
}

/// Compiles the verifier for Java services and its tests. Returns the command that runs the tests.
///
/// # Panics
/// If Java or a library is missing, a class does not compile, or the compiler warns.
pub fn java_verifier_tests(folder: &Path) -> Command {
    let project = root().join("clients/java");
    let strictly = ["-Xlint:cast,deprecation,fallthrough,rawtypes,serial,try,unchecked", "-Werror"];
    let mut java = compiled_java(&project, &strictly, folder);
    java.arg("org.junit.platform.console.ConsoleLauncher");
    java.args(["execute", "--disable-banner", "--disable-ansi-colors", "--details=summary"]);
    java.arg(format!("--scan-classpath={}", folder.join("classes").display())).current_dir(project);
    java
}

/// Compiles the verifier for Java services. Returns the command that compiles and runs the service of its guide.
///
/// # Panics
/// If Java or a library is missing, or a class does not compile.
pub fn java_guide_service(folder: &Path) -> Command {
    let project = root().join("clients/java");
    let mut java = compiled_java(&project, &[], folder);
    java.arg("claviger.spring.GuideService").arg(folder).current_dir(project);
    java
}

/// Compiles all classes of a project. Returns the command with the path of the classes, without a main class.
fn compiled_java(project: &Path, options: &[&str], folder: &Path) -> Command {
    let libraries = Path::new(".tools").join(project.file_name().expect("a name"));
    let pom = std::fs::read_to_string(project.join("pom.xml")).expect("the project");
    let found = installed(&libraries.to_string_lossy(), "pom.xml");
    let found = std::fs::read_to_string(found).expect("a file");
    assert_eq!(found, pom, "libraries of another version: run scripts/install-test-dependencies");
    let libraries = format!("{}/*", root().join(libraries).display());
    let classes = folder.join("classes");
    let mut javac = Command::new("javac");
    javac.arg(format!("-J{FAST_START}")).args(options);
    javac.args(["--release", "17", "-cp", &libraries, "-d"]).arg(&classes);
    succeed(javac.args(java_files(project)));
    let mut java = Command::new("java");
    let resources = project.join("src/test/resources");
    java.args([FAST_START, "-cp"]).arg(format!("{}:{}:{libraries}", classes.display(), resources.display()));
    java
}

/// Below the folder, except what Maven has made.
fn java_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for file in std::fs::read_dir(folder).expect("a folder") {
        let path = file.expect("a file").path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            files.extend(java_files(&path));
        } else if path.extension().is_some_and(|end| end == "java") {
            files.push(path);
        }
    }
    files
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
