//! Command line without its nouns: login, settings and shell completion. No secret leaks (T-10).

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

struct Dev {
    folder: TempDir,
    server: ServerProcess,
    facts: Value,
}

impl Dev {
    fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let (address, data) = (free_address(), folder.path().join("data"));
        let server = ServerProcess::start_as(folder.path(), address, || {
            let mut command = claviger(folder.path());
            command.args(["serve", "--dev", "--listen", &address.to_string(), "--data-dir"]).arg(&data);
            command
        });
        let facts = std::fs::read(data.join("quickstart.json")).expect("the facts");
        Self { server, facts: serde_json::from_slice(&facts).expect("JSON"), folder }
    }

    fn fact(&self, pointer: &str) -> &str {
        self.facts.pointer(pointer).and_then(Value::as_str).expect("a fact")
    }

    fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    fn profile(&self) -> PathBuf {
        self.folder.path().join("config/claviger/profile.json")
    }

    fn claviger(&self, arguments: &[&str]) -> Command {
        let mut command = claviger(self.folder.path());
        command.args(arguments).env("XDG_CONFIG_HOME", self.folder.path().join("config"));
        command
    }

    fn login(&self, arguments: &[&str], secret: &str) -> (Option<i32>, String) {
        let url = self.url();
        let mut command = self.claviger(&["login", "--url", &url, "--realm", "demo"]);
        let (code, output) = with_input(command.args(arguments), secret);
        assert!(!output.contains(secret), "a secret is said back");
        (code, output)
    }
}

/// Exit code, and all output.
fn with_input(command: &mut Command, input: &str) -> (Option<i32>, String) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it is read");
    let output = child.wait_with_output().expect("it ends");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).expect("UTF-8"))
}

#[test]
fn login_is_stored_used_and_removed() {
    let dev = Dev::start();
    let (status, _, errors) = run(&mut dev.claviger(&["group", "list"]));
    assert_eq!((status.code(), errors.contains("claviger login")), (Some(2), true), "{errors}");

    let (code, said) = dev.login(&[], dev.fact("/owner/personal_access_token"));
    assert_eq!(code, Some(0), "{said}");
    let mode = std::fs::metadata(dev.profile()).expect("the profile").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let (status, output, errors) = run(&mut dev.claviger(&["group", "list"]));
    assert!(status.success() && output.contains("builders"), "{output}{errors}");

    let (code, said) = dev.login(&["--client-id", dev.fact("/client_id")], dev.fact("/client_key"));
    assert_eq!(code, Some(0), "{said}");
    let (status, token, errors) = run(&mut dev.claviger(&["token", "get"]));
    assert!(status.success() && token.starts_with("eyJ"), "{errors}");
    let (status, ..) = run(&mut dev.claviger(&["scope", "list"]));
    assert!(status.success(), "the token is still kept beside the key");

    // The environment takes precedence, and a stored login is only for its own server and realm.
    let (status, _, errors) = run(dev.claviger(&["group", "list"]).env("CLAVIGER_TOKEN", "clvp_wrong"));
    assert_eq!(status.code(), Some(4), "{errors}");
    let (status, _, errors) = run(&mut dev.claviger(&["group", "list", "--realm", "other"]));
    assert_eq!((status.code(), errors.contains("not signed in")), (Some(4), true), "{errors}");
    let elsewhere = format!("http://{}", free_address());
    let (status, _, errors) = run(&mut dev.claviger(&["group", "list", "--url", &elsewhere]));
    assert_eq!((status.code(), errors.contains("not signed in")), (Some(4), true), "{errors}");

    std::fs::set_permissions(dev.profile(), std::fs::Permissions::from_mode(0o644)).expect("it is ours");
    let (status, _, errors) = run(&mut dev.claviger(&["group", "list"]));
    assert_eq!((status.code(), errors.contains("chmod 600")), (Some(1), true), "{errors}");

    assert!(run(&mut dev.claviger(&["logout"])).0.success());
    assert!(!dev.profile().exists());
    assert!(run(&mut dev.claviger(&["logout"])).0.success(), "twice is no fault");
}

#[test]
fn failed_login_is_not_stored() {
    let dev = Dev::start();
    for (arguments, secret, code) in [
        (vec![], "clvp_00000000000000000000000000000000000000", 4),
        (vec!["--client-id", dev.fact("/client_id")], "clvk_00000000000000000000000000000000000000", 4),
        (vec![], "", 2),
        (vec![], "two words", 2),
    ] {
        let url = dev.url();
        let mut command = dev.claviger(&["login", "--url", &url, "--realm", "demo"]);
        let (found, said) = with_input(command.args(&arguments), secret);
        assert_eq!(found, Some(code), "{said}");
        assert!(!dev.profile().exists());
        assert!(secret.is_empty() || !said.contains(secret), "{said}");
    }
    let elsewhere = format!("http://{}", free_address());
    let (code, said) =
        with_input(&mut dev.claviger(&["login", "--url", &elsewhere, "--realm", "demo"]), "clvp_x");
    assert_eq!(code, Some(9), "{said}");
}

#[test]
fn every_setting_is_shown_with_its_origin_and_no_password() {
    let folder = TempDir::new().expect("a temporary folder");
    std::fs::write(folder.path().join("claviger.toml"), "log_level = \"debug\"\nworkers = 3\n")
        .expect("a file");
    let mut command = claviger(folder.path());
    command.args(["config", "show", "--data-dir", "here", "--json"]);
    command.env("CLAVIGER_DATABASE_URL", "postgres://me:secret@db/claviger").env("CLAVIGER_WORKERS", "2");
    let (status, output, errors) = run(&mut command);
    assert!(status.success(), "{errors}");
    assert!(!output.contains("secret"), "{output}");
    let shown: Value = serde_json::from_str(&output).expect("JSON");
    let find = |name: &str| {
        let settings = shown["settings"].as_array().expect("settings");
        settings.iter().find(|setting| setting["name"] == name).unwrap_or_else(|| panic!("{name} is missing"))
    };
    for (name, value, origin) in [
        ("data_dir", "here", "the flag --data-dir"),
        ("database_url", "postgres://db/claviger", "the environment, CLAVIGER_DATABASE_URL"),
        ("workers", "2", "the environment, CLAVIGER_WORKERS"),
        ("log_level", "debug", "claviger.toml"),
        ("listen", "127.0.0.1:8080", "default"),
        ("public_url", "http://127.0.0.1:8080", "default"),
    ] {
        let setting = find(name);
        assert_eq!((&setting["value"], &setting["origin"]), (&value.into(), &origin.into()), "{name}");
    }

    let mut wrong = claviger(folder.path());
    wrong.args(["config", "show"]).env("CLAVIGER_LISTEN", "nine");
    let (status, output, errors) = run(&mut wrong);
    assert_eq!(status.code(), Some(2));
    assert!(output.contains("nine"), "what is wrong is in the list too: {output}");
    assert!(errors.contains("setting listen (from the environment, CLAVIGER_LISTEN)"), "{errors}");
}

#[test]
fn password_in_a_url_is_never_printed() {
    let folder = TempDir::new().expect("a temporary folder");
    for (name, value) in [
        ("CLAVIGER_OTLP_ENDPOINT", "http://u:hunter2@h:4318"),
        ("CLAVIGER_OTLP_ENDPOINT", "http://:hunter2@h:4318"),
        ("CLAVIGER_OTLP_ENDPOINT", "http:u:hunter2@h"),
        ("CLAVIGER_PUBLIC_URL", "https://u:hunter2@h"),
        ("CLAVIGER_PUBLIC_URL", "https:/u:hunter2@h"),
        ("CLAVIGER_PUBLIC_URL", "https:\\u:hunter2@h"),
        ("CLAVIGER_PUBLIC_URL", "https://:hunter2@h"),
        ("CLAVIGER_DATABASE_URL", "mysql://u:hunter2@h/d"),
    ] {
        for arguments in [&["config", "show"][..], &["serve"]] {
            let (status, output, errors) = run(claviger(folder.path()).args(arguments).env(name, value));
            assert_eq!(status.code(), Some(2), "{name}: {errors}");
            assert!(!output.contains("hunter2") && !errors.contains("hunter2"), "{name}: {output}{errors}");
        }
    }
}

#[test]
fn bash_completes_nouns_verbs_and_flags() {
    let folder = TempDir::new().expect("a temporary folder");
    let (status, script, errors) = run(claviger(folder.path()).args(["completion", "bash"]));
    assert!(status.success(), "{errors}");
    std::fs::write(folder.path().join("completion.bash"), script).expect("a file");
    let complete = |words: &[&str]| {
        let line = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
        let program = format!(
            "source completion.bash; COMP_WORDS=({line}); COMP_CWORD={}; \
             _claviger claviger \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; \
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            words.len() - 1
        );
        let output =
            Command::new("bash").args(["-c", &program]).current_dir(folder.path()).output().expect("bash");
        String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(complete(&["claviger", "cred"]), ["credential"]);
    assert_eq!(complete(&["claviger", "signing-key", "rot"]), ["rotate"]);
    assert_eq!(complete(&["claviger", "credential", "create", "--tok"]), ["--token-ttl", "--token-file"]);
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        let (status, script, _) = run(claviger(folder.path()).args(["completion", shell]));
        assert!(status.success() && script.contains("credential"), "{shell}");
    }
    assert_eq!(run(claviger(folder.path()).args(["completion", "sh"])).0.code(), Some(2));
}

/// Text of the commands guide before the help of the commands.
const ABOUT_COMMANDS: &str = "# Commands\n\nWhat each command says with `--help`.\n";

#[test]
fn commands_guide_matches_the_help_of_every_command() {
    let folder = TempDir::new().expect("a temporary folder");
    let mut pending = vec![Vec::<String>::new()];
    let mut pages = ABOUT_COMMANDS.to_owned();
    while let Some(path) = pending.pop() {
        let mut command = claviger(folder.path());
        command.args(&path).arg("--help").env("COLUMNS", "100");
        let (status, help, errors) = run(&mut command);
        assert!(status.success(), "{path:?}: {errors}");
        let commands = help.split("\nCommands:\n").nth(1).unwrap_or_default();
        let below = commands.lines().take_while(|line| !line.is_empty());
        let names: Vec<&str> = below
            .filter_map(|line| line.strip_prefix("  "))
            .filter_map(|line| line.split(' ').next().filter(|name| !name.is_empty()))
            .collect();
        for name in names.into_iter().rev() {
            pending.push(path.iter().cloned().chain([name.to_owned()]).collect());
        }
        let lines: Vec<&str> = help.trim().lines().map(str::trim_end).collect();
        let name = ["claviger".to_owned()].iter().chain(&path).cloned().collect::<Vec<_>>().join(" ");
        pages.push_str(&format!("\n## {name}\n\n```text\n{}\n```\n", lines.join("\n")));
    }
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides/commands.md");
    if std::fs::read_to_string(&guide).ok().as_ref() != Some(&pages) {
        let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/commands.md");
        std::fs::write(&made, &pages).expect("a file");
        panic!("{} is not what the commands say: copy {} there", guide.display(), made.display());
    }
}
