//! What other programs call: tokens in their formats, a command with a token, and the helpers of git and docker.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use claviger_testkit::http::Request;
use claviger_testkit::other_binary::built;
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

/// `serve --dev`, and somebody whose profile keeps its credential, with the server's own program or the one of clients.
struct Scene {
    program: PathBuf,
    folder: TempDir,
    address: SocketAddr,
    _server: ServerProcess,
    owner: String,
    client_key: String,
}

/// What a program came to: its exit code, and what it said on both ways.
type Said = (i32, String, String);

impl Scene {
    fn start() -> Self {
        Self::start_with(Path::new(env!("CARGO_BIN_EXE_claviger")))
    }

    fn start_with(program: &Path) -> Self {
        let folder = TempDir::new().expect("a folder");
        let address = free_address();
        let server = ServerProcess::start(folder.path(), address, |command| {
            command.args(["--dev", "--data-dir", "d"]);
        });
        let facts = fs::read(folder.path().join("d/quickstart.json")).expect("quickstart.json");
        let facts: Value = serde_json::from_slice(&facts).expect("JSON");
        let text = |pointer: &str| facts.pointer(pointer).and_then(Value::as_str).expect("a fact").to_owned();
        let (owner, client_key) = (text("/owner/personal_access_token"), text("/client_key"));
        let program = program.to_path_buf();
        let scene = Self { program, folder, address, _server: server, owner, client_key };
        let url = format!("http://{address}");
        let login = ["login", "--url", &url, "--realm", "demo", "--client-id", &text("/client_id")];
        let (code, _, errors) = scene.say(&login, &scene.client_key);
        assert_eq!(code, 0, "{errors}");
        scene
    }

    fn with_both_programs() -> impl Iterator<Item = Self> {
        let programs = [PathBuf::from(env!("CARGO_BIN_EXE_claviger")), built("standalone", "claviger-cli")];
        programs.into_iter().map(|program| Self::start_with(&program))
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, value) in claviger(self.path()).get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.current_dir(self.path()).env("HOME", self.path()).env_remove("XDG_CONFIG_HOME");
        command.env("CLAVIGER_PROFILE", self.path().join("profile.json")).env_remove("DOCKER_CONFIG");
        command
    }

    fn say(&self, arguments: &[&str], input: &str) -> Said {
        self.say_with(&self.program, arguments, input, |_| ())
    }

    fn say_with(
        &self,
        program: &Path,
        arguments: &[&str],
        input: &str,
        prepare: impl FnOnce(&mut Command),
    ) -> Said {
        let mut command = self.command(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        prepare(&mut command);
        let mut child = command.spawn().expect("it starts");
        // Whoever does not read its input has gone by then.
        let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("it ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        (output.status.code().expect("a code"), text(output.stdout), text(output.stderr))
    }

    /// git and docker are told to ask for the servers of these tests.
    fn set_up_helpers(&self) {
        for command in [["setup-git", "https://git.example.org"], ["setup-docker", "registry.example.org"]] {
            let (code, _, errors) = self.say(&command, "");
            assert_eq!(code, 0, "{errors}");
        }
    }

    fn api_token(&self) -> String {
        let body = json!({"expires_at": "2099-01-01T00:00:00Z", "scopes": ["source:read"]});
        let request = Request::json("POST", "/api/v1/realms/demo/api-tokens", &body).bearer(&self.owner);
        request.send(self.address).expect(201).json()["token"].as_str().expect("a token").to_owned()
    }

    fn kind_of(&self, token: &str) -> String {
        let answer = Request::get("/realms/demo/whoami").bearer(token).send(self.address).expect(200);
        answer.json()["kind"].as_str().expect("a kind").to_owned()
    }

    /// The profile forgets its client.
    fn sign_out(&self) {
        fs::remove_file(self.path().join("profile.json")).expect("the profile");
    }
}

/// The value behind a name in lines of the form name=value.
fn value<'a>(lines: &'a str, name: &str) -> &'a str {
    let line = lines.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
    line.unwrap_or_else(|| panic!("{name} is not in {lines}"))
}

// O7
#[test]
fn token_comes_in_each_format() {
    for scene in Scene::with_both_programs() {
        let get = |format: &str| {
            let (code, output, errors) = scene.say(&["token", "get", "--format", format], "");
            assert_eq!(code, 0, "{errors}");
            output
        };
        assert_eq!(scene.kind_of(get("raw").trim()), "service_credential");
        let header = get("header");
        assert_eq!(
            scene.kind_of(header.trim().strip_prefix("Authorization: Bearer ").expect("a header")),
            "service_credential"
        );
        let json: Value = serde_json::from_str(&get("json")).expect("JSON");
        assert_eq!(scene.kind_of(json["access_token"].as_str().expect("a token")), "service_credential");
        assert_eq!(scene.kind_of(value(&get("env"), "CLAVIGER_TOKEN")), "service_credential");
        let plugin: Value = serde_json::from_str(&get("exec-credential")).expect("JSON");
        assert_eq!(
            (&plugin["apiVersion"], &plugin["kind"]),
            (&json!("client.authentication.k8s.io/v1"), &json!("ExecCredential"))
        );
        assert!(
            plugin["status"]["expirationTimestamp"].as_str().is_some_and(|at| at.ends_with('Z')),
            "{plugin}"
        );
        assert_eq!(scene.kind_of(plugin["status"]["token"].as_str().expect("a token")), "service_credential");
        let narrow = scene.say(&["token", "get", "--scope", "ci:read", "--format", "json"], "");
        assert!(narrow.1.contains("\"scope\":\"ci:read\""), "{}", narrow.1);
    }
}

/// kubectl refuses an answer in another version than the one of its kubeconfig.
#[test]
fn kubectl_is_answered_in_the_version_that_it_asks_for() {
    for scene in Scene::with_both_programs() {
        let get = |info: &str| {
            let arguments = ["token", "get", "--format", "exec-credential"];
            scene.say_with(&scene.program, &arguments, "", |command| {
                command.env("KUBERNETES_EXEC_INFO", info);
            })
        };
        for version in ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"] {
            let info =
                json!({"apiVersion": version, "kind": "ExecCredential", "spec": {"interactive": false}});
            let (code, output, errors) = get(&info.to_string());
            assert_eq!(code, 0, "{errors}");
            let answer: Value = serde_json::from_str(&output).expect("JSON");
            assert_eq!((&answer["apiVersion"], &answer["kind"]), (&info["apiVersion"], &info["kind"]));
            assert_eq!(
                scene.kind_of(answer["status"]["token"].as_str().expect("a token")),
                "service_credential"
            );
        }
        assert_eq!(get("").0, 0, "empty is unset");
        for wrong in [r#"{"apiVersion":"client.authentication.k8s.io/v1alpha1"}"#, "{", "[]"] {
            let (code, output, errors) = get(wrong);
            assert_eq!((code, output.as_str()), (2, ""), "{wrong}");
            assert!(errors.contains("KUBERNETES_EXEC_INFO"), "{errors}");
        }
    }
}

// O7
#[test]
fn api_token_of_the_environment_is_used_as_it_is() {
    let scene = Scene::start();
    scene.set_up_helpers();
    let token = scene.api_token();
    let with = |arguments: &[&str], value: &str| {
        let value = value.to_owned();
        scene.say_with(&scene.program, arguments, "protocol=https\nhost=git.example.org\n", move |command| {
            command.env("CLAVIGER_TOKEN", value);
        })
    };
    assert_eq!(with(&["token", "get"], &token).1.trim(), token);
    let header = with(&["token", "get", "--format", "header"], &token).1;
    assert_eq!(header.trim(), format!("Authorization: Bearer {token}"));
    assert_eq!(value(&with(&["git-credential", "get"], &token).1, "password"), token);
    let refused = with(&["token", "get", "--scope", "ci:read"], &token);
    assert_eq!(refused.0, 2, "{}", refused.2);
    // A personal access token is for the nouns: the client of the profile gets a token.
    assert_eq!(scene.kind_of(with(&["token", "get"], &scene.owner).1.trim()), "service_credential");
    scene.sign_out();
    assert_eq!(with(&["token", "get", "--realm", "demo"], &token).1.trim(), token);
    assert_eq!(scene.say(&["token", "get", "--realm", "demo"], "").0, 4);
}

#[test]
fn command_runs_with_a_fresh_token_and_its_exit_code_is_the_answer() {
    for scene in Scene::with_both_programs() {
        let (code, output, errors) =
            scene.say(&["run", "--", "sh", "-c", "env; cat; exit 37"], "what it reads");
        assert_eq!(code, 37, "{errors}");
        assert_eq!(scene.kind_of(value(&output, "CLAVIGER_TOKEN")), "service_credential");
        assert!(output.ends_with("what it reads"));
        assert!(!output.contains(&scene.client_key), "the key stays where it is");
        let (code, _, errors) = scene.say(&["run", "--", "/nowhere/at-all"], "");
        assert_eq!(code, 127);
        assert!(errors.contains("/nowhere/at-all") && errors.contains("cannot be started"), "{errors}");
        assert_eq!(scene.say(&["run"], "").0, 2);
        scene.sign_out();
        let (code, output, _) = scene.say(&["run", "--realm", "demo", "--", "echo", "started"], "");
        assert_eq!((code, output.as_str()), (4, ""));
    }
}

// O8
#[test]
fn git_is_answered_in_the_words_of_its_protocol() {
    for scene in Scene::with_both_programs() {
        scene.set_up_helpers();
        let older = "protocol=https\nhost=git.example.org\nwwwauth[]=Basic realm=\"git\"\n\n";
        let (code, output, errors) = scene.say(&["git-credential", "get"], older);
        assert_eq!(code, 0, "{errors}");
        assert_eq!(value(&output, "username"), "claviger");
        assert_eq!(scene.kind_of(value(&output, "password")), "service_credential");
        assert!(value(&output, "password_expiry_utc").parse::<i64>().is_ok());
        let newer = format!("capability[]=authtype\ncapability[]=state\n{older}");
        let (_, output, _) = scene.say(&["git-credential", "get"], &newer);
        assert_eq!(
            (value(&output, "capability[]"), value(&output, "authtype"), value(&output, "ephemeral")),
            ("authtype", "Bearer", "1")
        );
        assert_eq!(scene.kind_of(value(&output, "credential")), "service_credential");
        assert!(!output.contains("password="), "{output}");
        // Under its own name the program is the helper.
        let link = scene.path().join("git-credential-claviger");
        symlink(&scene.program, &link).expect("a link");
        assert!(scene.say_with(&link, &["get"], older, |_| ()).1.contains("password="));
        // What is not ours to answer, and what there is nothing to do about.
        for (operation, input) in
            [("get", "protocol=ftp\nhost=x\n"), ("store", older), ("erase", older), ("unheard-of", older)]
        {
            assert_eq!(
                scene.say(&["git-credential", operation], input),
                (0, String::new(), String::new()),
                "{operation}"
            );
        }
        assert_eq!(scene.say(&["git-credential", "get"], "nonsense\n").0, 2);
        scene.sign_out();
        let (code, output, _) = scene.say(&["git-credential", "get", "--realm", "demo"], older);
        assert_eq!((code, output.as_str()), (4, ""));
    }
}

// O8
#[test]
fn git_asks_after_setup_and_older_settings_of_ours_are_replaced() {
    for scene in Scene::with_both_programs() {
        let git = |arguments: &[&str], input: &str| {
            scene.say_with(Path::new("git"), arguments, input, |command| {
                command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
            })
        };
        let key = "credential.https://git.example.org.helper";
        git(&["config", "--global", key, "!'/old/place/claviger' git-credential"], "");
        git(&["config", "--global", "--add", key, "somebody-elses"], "");
        let (_, printed, _) = scene.say(&["setup-git", "--print", "https://git.example.org/"], "");
        assert!(printed.starts_with("git config --global --replace-all"), "{printed}");
        for _ in 0..2 {
            let (code, _, errors) = scene.say(&["setup-git", "https://git.example.org/"], "");
            assert_eq!(code, 0, "{errors}");
        }
        let helpers = git(&["config", "--global", "--get-all", key], "").1;
        assert_eq!(helpers.lines().count(), 2, "{helpers}");
        assert!(helpers.contains("somebody-elses") && !helpers.contains("/old/place"), "{helpers}");
        let filled = git(&["credential", "fill"], "protocol=https\nhost=git.example.org\n\n");
        assert_eq!(scene.kind_of(value(&filled.1, "password")), "service_credential");
        let configuration = fs::read_to_string(scene.path().join(".gitconfig")).expect("a file");
        assert!(!configuration.contains("eyJ") && !configuration.contains("clvk_"), "{configuration}");
        for bad in ["git.example.org", "ssh://git.example.org", "https://me:secret@git.example.org"] {
            assert_eq!(scene.say(&["setup-git", bad], "").0, 2, "{bad}");
        }
    }
}

// O8
#[test]
fn docker_is_answered_and_set_up_without_a_secret_in_its_file() {
    for scene in Scene::with_both_programs() {
        assert_eq!(scene.say(&["docker-credential", "get"], "registry.example.org\n").0, 1, "not set up yet");
        scene.set_up_helpers();
        let (code, output, errors) = scene.say(&["docker-credential", "get"], "registry.example.org\n");
        assert_eq!(code, 0, "{errors}");
        let answer: Value = serde_json::from_str(&output).expect("JSON");
        assert_eq!(
            (&answer["ServerURL"], &answer["Username"]),
            (&json!("registry.example.org"), &json!("claviger"))
        );
        assert_eq!(scene.kind_of(answer["Secret"].as_str().expect("a secret")), "service_credential");
        for verb in ["store", "erase"] {
            assert_eq!(scene.say(&["docker-credential", verb], "{}").0, 0, "{verb}");
        }
        assert!(scene.say(&["docker-credential", "version"], "").1.contains(env!("CARGO_PKG_VERSION")));
        assert_eq!(
            scene.say(&["docker-credential", "list"], "").1.trim(),
            "{\"registry.example.org\":\"claviger\"}"
        );
        // It keeps what is there.
        let file = scene.path().join(".docker/config.json");
        let before = json!({"auths": {"other.example": {}}, "credHelpers": {"ecr.example": "ecr-login"}});
        fs::write(&file, before.to_string()).expect("a file");
        let setup = ["setup-docker", "registry.example.org", "127.0.0.1:5000"];
        let printed = scene.say(&["setup-docker", "--print", "registry.example.org"], "").1;
        assert!(printed.contains("ln -sfn") && printed.contains("credHelpers"), "{printed}");
        for _ in 0..2 {
            let (code, _, errors) = scene.say(&setup, "");
            assert_eq!(code, 0, "{errors}");
            assert!(errors.contains("PATH"), "{errors}");
        }
        let after: Value = serde_json::from_slice(&fs::read(&file).expect("a file")).expect("JSON");
        let helpers = json!({"ecr.example": "ecr-login", "registry.example.org": "claviger", "127.0.0.1:5000": "claviger"});
        assert_eq!(after, json!({"auths": {"other.example": {}}, "credHelpers": helpers}));
        let listed = scene.say(&["docker-credential", "list"], "").1;
        assert!(listed.contains("registry.example.org") && !listed.contains("ecr.example"), "{listed}");
        let link = scene.path().join(".local/bin/docker-credential-claviger");
        assert!(scene.say_with(&link, &["get"], "registry.example.org", |_| ()).1.contains("\"Secret\""));
        assert_eq!(scene.say(&["setup-docker", "http://registry/"], "").0, 2);
        fs::write(&file, "not json").expect("a file");
        assert_eq!(scene.say(&setup, "").0, 1);
        assert_eq!(fs::read_to_string(&file).expect("a file"), "not json", "it is left as it is");
        fs::remove_file(&link).expect("the link");
        fs::write(&link, "somebody's own").expect("a file");
        fs::remove_file(&file).expect("the file");
        assert_eq!(scene.say(&setup, "").0, 6);
        scene.sign_out();
        let (code, output, _) =
            scene.say(&["docker-credential", "get", "--realm", "demo"], "registry.example.org");
        assert_eq!((code, output.trim()), (1, "credentials not found in native keychain"));
    }
}

/// The binary's own arguments are not disturbed by all this.
#[test]
fn other_names_are_the_whole_command_line() {
    let scene = Scene::start();
    let link = scene.path().join("clv");
    symlink(env!("CARGO_BIN_EXE_claviger"), &link).expect("a link");
    let (status, output, _) = run(Command::new(&link).arg("--version"));
    assert!(status.success() && output.starts_with("claviger "), "{output}");
}
