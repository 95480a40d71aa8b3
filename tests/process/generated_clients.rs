//! Clients that generators make of the OpenAPI document: each creates, lists, edits and revokes, and reads the receipt.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::foreign_clients::{python, succeeds_with};
use claviger_testkit::process::{claviger, run};
use claviger_testkit::servers::node;
use claviger_testkit::world::{Database, World};

fn clients() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

/// A folder with the document.
fn described() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let (status, document, errors) = run(claviger(folder.path()).arg("openapi"));
    assert!(status.success(), "{errors}");
    std::fs::write(folder.path().join("openapi.json"), document).expect("our folder");
    folder
}

fn succeeds(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {text}");
    text
}

fn walks(command: &mut Command) {
    let world = World::start(Database::Sqlite);
    world.scopes(&["ci:read"]);
    let base_url = format!("http://{}", world.address);
    let facts = json!({"base_url": base_url, "realm": world.realm, "token": world.owner});
    let (text, _) = succeeds_with(command, &facts);
    let steps: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let names: Vec<&str> = steps.iter().filter_map(|step| step["step"].as_str()).collect();
    assert_eq!(names, ["create", "list", "edit", "problem", "revoke"]);
}

fn path_with(folder: &Path) -> String {
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default())
}

#[test]
fn client_in_python_is_generated_without_loss() {
    let folder = described();
    let programs = python().parent().expect("a folder").to_owned();
    let told = succeeds(
        Command::new(python())
            .args(["-m", "openapi_python_client", "generate", "--meta", "none", "--overwrite"])
            .args(["--path", "openapi.json", "--output-path", "generated"])
            .env("PATH", path_with(&programs))
            .current_dir(folder.path()),
    );
    // The two that are not JSON: lines of an import, and a certificate.
    assert_eq!(told.matches("WARNING parsing").count(), 2, "{told}");
    assert!(told.contains("application/jsonl") && told.contains("application/x-pem-file"), "{told}");
    walks(
        Command::new(python())
            .arg(clients().join("generated_client.py"))
            .arg(folder.path())
            .env("PYTHONDONTWRITEBYTECODE", "1"),
    );
}

#[test]
fn types_in_typescript_are_generated_and_checked() {
    let folder = described();
    let modules = clients().join("node_modules");
    let script = |path: &str| {
        let mut command = Command::new(node());
        command.arg(modules.join(path)).current_dir(folder.path());
        command
    };
    succeeds(script("openapi-typescript/bin/cli.js").args(["openapi.json", "--output", "schema.ts"]));
    std::fs::copy(clients().join("generated_client.ts"), folder.path().join("client.ts")).expect("a copy");
    std::fs::write(folder.path().join("package.json"), r#"{"type": "module"}"#).expect("our folder");
    std::os::unix::fs::symlink(&modules, folder.path().join("node_modules")).expect("a link");
    succeeds(script("typescript/bin/tsc").args([
        "--strict",
        "--skipLibCheck",
        "--target",
        "es2022",
        "--module",
        "nodenext",
        "client.ts",
    ]));
    walks(Command::new(node()).arg("client.js").current_dir(folder.path()));
}
