//! T-24: builds use one registry, locked dependencies, automated checks, and no unsafe code of ours.

use std::path::Path;

fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

#[test]
fn every_build_is_locked() {
    let mut checked = 0;
    for file in [
        "Makefile",
        "Dockerfile",
        "scripts/lint",
        "scripts/test",
        "scripts/reproducible",
        "scripts/sbom",
        "scripts/install-test-dependencies",
        "scripts/install-build-dependencies",
        ".ci/run",
    ] {
        let text = read(file).replace("\\\n", " ");
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let resolves = ["build", "test", "run", "bench", "clippy", "install"];
            let Some(verb) = resolves.iter().find(|verb| line.contains(&format!("cargo {verb} "))) else {
                continue;
            };
            // Queries about installed tools resolve no dependencies.
            if line.contains("--version") && *verb != "install" || line.contains("echo ") {
                continue;
            }
            assert!(line.contains("--locked"), "{file}: {line}");
            checked += 1;
        }
    }
    assert!(checked >= 6, "{checked} commands were found");
}

#[test]
fn everything_comes_from_one_registry() {
    let lock = read("Cargo.lock");
    let sources: std::collections::BTreeSet<&str> =
        lock.lines().filter_map(|line| line.strip_prefix("source = ")).collect();
    assert_eq!(sources.len(), 1, "{sources:?}");
    let deny = read("deny.toml");
    for rule in
        ["unknown-registry = \"deny\"", "unknown-git = \"deny\"", "yanked = \"deny\"", "wildcards = \"deny\""]
    {
        assert!(deny.contains(rule), "deny.toml lacks {rule}");
    }
    assert!(deny.contains("crate = \"openssl-sys\", wrappers = [\"pq-src\"]"), "only libpq may use OpenSSL");
    for banned in ["h2", "rsa", "native-tls", "aws-lc-sys"] {
        assert!(deny.contains(&format!("crate = \"{banned}\"")), "deny.toml does not ban {banned}");
        assert!(!lock.contains(&format!("name = \"{banned}\"\n")), "{banned} is in Cargo.lock");
    }
    assert!(read("scripts/lint").contains("cargo deny --locked check bans licenses sources"));
}

#[test]
fn no_crate_of_ours_has_unsafe_code() {
    assert!(read("Cargo.toml").contains("unsafe_code = \"forbid\""));
    for manifest in [
        "Cargo.toml",
        "crates/api/Cargo.toml",
        "crates/cli/Cargo.toml",
        "crates/contract/Cargo.toml",
        "crates/domain/Cargo.toml",
        "examples/factory-api/Cargo.toml",
    ] {
        assert!(read(manifest).contains("[lints]\nworkspace = true"), "{manifest} has other lints");
    }
}

/// A package with a unit starts it at once and at every boot: such packages are unpacked by `need_server`.
#[test]
fn no_service_is_installed_for_the_tests() {
    let scripts =
        ["scripts/install-build-dependencies", "scripts/install-test-dependencies"].map(read).concat();
    let words = scripts.lines().filter_map(|line| line.strip_prefix("need "));
    let packages: Vec<&str> = words
        .flat_map(|words| match words.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next().unwrap_or_default().split(' '),
            None => words.split_once(' ').map_or(words, |(package, _)| package).split(' '),
        })
        .collect();
    assert!(packages.len() > 10, "{packages:?}");
    for package in packages {
        let listed = std::process::Command::new("dpkg").args(["--listfiles", package]).output();
        let files =
            listed.map(|listed| String::from_utf8_lossy(&listed.stdout).into_owned()).unwrap_or_default();
        let starts = |file: &&str| {
            file.starts_with("/etc/init.d/")
                || file.contains("/systemd/system/")
                    && [".service", ".socket", ".timer"].iter().any(|end| file.ends_with(end))
        };
        assert_eq!(files.lines().find(starts), None, "{package} is installed by `need`: use need_server");
    }
}
