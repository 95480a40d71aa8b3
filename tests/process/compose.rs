//! The topology of `docker-compose.yml` without an engine: PostgreSQL and one node, started by that file's own entrypoint and
//! settings, and asked by its own health check. The images themselves are only linted.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::support::http::Request;
use crate::support::postgres::Postgres;
use crate::support::process::{ServerProcess, claviger, free_address, run};

fn compose() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docker-compose.yml");
    std::fs::read_to_string(path).expect("docker-compose.yml")
}

/// The shell script of the first block `- |` behind `after`, as the container's shell sees it.
fn script(text: &str, after: &str) -> String {
    let block = text.split(after).nth(1).and_then(|rest| rest.split("- |\n").nth(1)).expect("a script");
    let indent = block.len() - block.trim_start().len();
    let lines = block.lines().take_while(|line| line.len() > indent && line[..indent].trim().is_empty());
    lines.map(|line| line.trim().replace("$$", "$")).collect::<Vec<_>>().join("\n")
}

fn setting(text: &str, name: &str) -> String {
    let line = text.lines().find_map(|line| line.trim().strip_prefix(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("{name} is not set")).to_owned()
}

#[test]
fn postgresql_and_one_node_start_by_the_settings_of_the_file() {
    let text = compose();
    let folder = TempDir::new().expect("a temporary folder");
    let address = free_address();
    let database = Postgres::shared().fresh_database();
    std::fs::write(folder.path().join("postgres_password"), "not-asked-for-on-a-socket").expect("a file");
    let entrypoint = script(&text, "entrypoint:")
        .replace("/run/secrets", &folder.path().display().to_string())
        .replace("claviger \"$@\"", &format!("{} \"$@\"", env!("CARGO_BIN_EXE_claviger")));
    let line = entrypoint.lines().next().expect("the first line");
    assert!(line.contains("cat ") && line.contains("@postgres/claviger"), "{line}");
    // Its own line is run for what it does with the password; the server of this test is reached by its socket.
    let entrypoint = format!("{entrypoint}\n").replacen(
        "\nexec",
        &format!("\nexport CLAVIGER_DATABASE_URL='{database}'\nexec"),
        1,
    );
    let environment = [
        ("CLAVIGER_PUBLIC_URL", "https://auth.example.com".to_owned()),
        ("CLAVIGER_TRUSTED_PROXIES", setting(&text, "CLAVIGER_TRUSTED_PROXIES")),
        ("CLAVIGER_LISTEN", format!("0.0.0.0:{}", address.port())),
        ("CLAVIGER_DATA_DIR", folder.path().join("data").display().to_string()),
        ("CLAVIGER_KEYS_DIR", folder.path().join("keys").display().to_string()),
    ];
    let (status, _, errors) = run(claviger(folder.path()).args(["keys", "init"]).envs(environment.clone()));
    assert!(status.success(), "{errors}");
    let server = ServerProcess::start_as(folder.path(), address, || {
        let mut shell = claviger_free_shell(folder.path());
        shell.args(["-c", &entrypoint, "claviger", "serve"]).envs(environment.clone());
        shell
    });
    let document = Request::get("/.well-known/oauth-authorization-server/realms/acme").send(address);
    assert_eq!(document.status, 404);
    let healthcheck = script(&text, "healthcheck:\n      test:\n        - CMD")
        .replace("8080", &address.port().to_string());
    let (status, _, errors) = run(Command::new("bash").args(["-c", &healthcheck]));
    assert!(status.success(), "{healthcheck}: {errors}");
    assert_eq!(server.terminate().code(), Some(0));
    let (status, _, _) = run(Command::new("bash").args(["-c", &healthcheck]));
    assert!(!status.success(), "nothing listens, and the health check says that all is well");
}

/// A shell with none of this process's own settings.
fn claviger_free_shell(folder: &std::path::Path) -> Command {
    let mut shell = Command::new("sh");
    for (name, _) in claviger(folder).get_envs() {
        shell.env_remove(name);
    }
    shell.current_dir(folder);
    shell
}
