//! A secret leaves this machine only encrypted and only to its own server.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use claviger_testkit::process::claviger;

/// Stands in for a proxy of the environment, or for a server that redirects; counts requests.
struct Listener {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl Listener {
    fn answering(answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(AtomicUsize::new(0));
        let count = requests.clone();
        std::thread::spawn(move || {
            for mut client in listener.incoming().map_while(Result::ok) {
                count.fetch_add(1, Ordering::SeqCst);
                let _ = client.read(&mut [0; 8192]);
                let _ = client.write_all(answer.as_bytes());
            }
        });
        Self { address, requests }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

const REFUSED: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const TOKEN: &str = "clvp_0000000000000000000000000000000000000";

/// The exit code, standard output and standard error.
fn say(
    folder: &Path,
    arguments: &[&str],
    input: &str,
    prepare: impl FnOnce(&mut Command),
) -> (i32, String, String) {
    let mut command = claviger(folder);
    command.args(arguments).env("HOME", folder).env("CLAVIGER_PROFILE", folder.join("profile.json"));
    command.env_remove("XDG_CONFIG_HOME").env_remove("DOCKER_CONFIG").env("GIT_CONFIG_NOSYSTEM", "1");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    prepare(&mut command);
    let mut child = command.spawn().expect("it starts");
    // A command that does not read its input has already exited.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("a code"), text(output.stdout), text(output.stderr))
}

const ID: &str = "00000000-0000-4000-8000-000000000001";
const CLIENT: [&str; 4] = ["--client-id", ID, "--key-file", "key"];

/// Every command that sends a secret, with its input.
fn commands() -> Vec<(Vec<&'static str>, &'static str)> {
    let mut commands: Vec<(Vec<&str>, &str)> = [
        &["group", "list"][..],
        &["resource", "list"],
        &["scope", "list"],
        &["member", "list"],
        &["credential", "list"],
        &["credential", "revoke", ID, "--name", "n"],
        &["credential", "export"],
        &["resource-server", "list"],
        &["personal-access-token", "list"],
        &["api-token", "list"],
        &["application-credential", "list"],
        &["signing-key", "list"],
        &["registry-key", "list"],
        &["registry-token", "list"],
        &["realm", "show"],
        &["audit", "list"],
    ]
    .iter()
    .map(|words| (words.to_vec(), ""))
    .collect();
    commands.push((vec!["login"], TOKEN));
    commands.push((vec!["login", "--client-id", ID], "clvk_x"));
    for words in [&["token", "get"][..], &["token", "introspect"], &["token", "revoke"]] {
        commands.push(([words, &CLIENT].concat(), "eyJ.x.y"));
    }
    commands.push(([&["run"][..], &CLIENT, &["--", "true"]].concat(), ""));
    commands.push((
        [&["git-credential"][..], &CLIENT, &["get"]].concat(),
        "protocol=https\nhost=git.example.org\n\n",
    ));
    commands.push(([&["docker-credential"][..], &CLIENT, &["get"]].concat(), "registry.example.org"));
    commands
}

/// Sets up the servers that the helpers answer for.
fn set_up(folder: &Path) {
    fs::write(folder.join("key"), "clvk_x").expect("a file");
    fs::create_dir_all(folder.join(".docker")).expect("a folder");
    let helpers = r#"{"credHelpers": {"registry.example.org": "claviger"}}"#;
    fs::write(folder.join(".docker/config.json"), helpers).expect("a file");
    let helper = "[credential \"https://git.example.org\"]\n\thelper = !claviger git-credential\n";
    fs::write(folder.join(".gitconfig"), helper).expect("a file");
}

#[test]
fn no_command_sends_a_secret_over_http_to_another_machine() {
    let folder = TempDir::new().expect("a folder");
    set_up(folder.path());
    let proxy = Listener::answering(REFUSED.to_owned());
    let say = |words: &[&str], input: &str, extra: &[(&str, &str)]| {
        say(folder.path(), words, input, |command| {
            let through = format!("http://{}", proxy.address);
            command.env("http_proxy", &through).env("HTTP_PROXY", &through).env("ALL_PROXY", &through);
            command.env("CLAVIGER_TOKEN", TOKEN).env("CLAVIGER_REALM", "acme");
            command.env("CLAVIGER_URL", "http://keys.example.org");
            command.envs(extra.iter().copied());
        })
    };
    for (words, input) in commands() {
        let before = proxy.requests();
        let (code, output, errors) = say(&words, input, &[]);
        assert!(matches!(code, 1 | 2), "{words:?}: {code} {errors}");
        let told = format!("{output}{errors}");
        assert!(told.contains("not encrypted") && told.contains("--insecure"), "{words:?}: {told}");
        assert_eq!(proxy.requests(), before, "{words:?}");
        // With `CLAVIGER_INSECURE` it is sent, and reaches the proxy.
        let (code, _, errors) = say(&words, input, &[("CLAVIGER_INSECURE", "1")]);
        assert!(code != 0 && !errors.contains("not encrypted"), "{words:?}: {errors}");
        assert_eq!(proxy.requests(), before + 1, "{words:?}: {errors}");
    }
    let before = proxy.requests();
    for off in ["0", "false", "no", ""] {
        assert_eq!(say(&["group", "list"], "", &[("CLAVIGER_INSECURE", off)]).0, 2, "{off}");
    }
    for url in [
        "http://127.0.0.1.example.org",
        "http://localhost.example.org",
        "http://0.0.0.0:1",
        "http://[fd00::1]",
    ] {
        assert_eq!(say(&["group", "list", "--url", url], "", &[]).0, 2, "{url}");
    }
    assert_eq!(proxy.requests(), before);
    // The flag has the same effect.
    assert_ne!(say(&["group", "list", "--insecure"], "", &[]).0, 2);
    assert_eq!(proxy.requests(), before + 1);
}

#[test]
fn no_secret_follows_a_redirect() {
    let folder = TempDir::new().expect("a folder");
    set_up(folder.path());
    let elsewhere = Listener::answering(REFUSED.to_owned());
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let head = format!("HTTP/1.1 {status}\r\nLocation: http://{}/\r\n", elsewhere.address);
        let server = Listener::answering(format!("{head}Content-Length: 0\r\nConnection: close\r\n\r\n"));
        for words in [&["group", "list"][..], &[&["token", "get"][..], &CLIENT].concat()] {
            let (code, _, errors) = say(folder.path(), words, "", |command| {
                command.env("CLAVIGER_TOKEN", TOKEN).env("CLAVIGER_REALM", "acme");
                command.env("CLAVIGER_URL", format!("http://{}", server.address));
            });
            assert!(code == 1 && errors.contains("redirects to"), "{words:?}: {code} {errors}");
        }
        assert_eq!(server.requests(), 2);
    }
    assert_eq!(elsewhere.requests(), 0);
}

/// An API token in the environment needs no server: a helper would give it away at once.
#[test]
fn helpers_give_tokens_only_to_configured_servers() {
    let folder = TempDir::new().expect("a folder");
    set_up(folder.path());
    let secret = "clva_0000000000000000000000000000000000000";
    let say = |words: &[&str], input: &str| {
        say(folder.path(), words, input, |command| {
            command.env("CLAVIGER_TOKEN", secret).env("CLAVIGER_REALM", "acme");
            command.env("CLAVIGER_URL", "https://keys.example.org:8443");
        })
    };
    let git = |input: &str| say(&["git-credential", "get"], input);
    for given in [
        "protocol=https\nhost=git.example.org\n\n",
        "protocol=https\nhost=git.example.org:443\npath=app.git\n\n",
        "protocol=https\nhost=keys.example.org:8443\n\n",
    ] {
        assert!(git(given).1.contains(secret), "{given}");
    }
    for refused in [
        "protocol=http\nhost=evil.example\n\n",
        "protocol=https\nhost=evil.example\n\n",
        "protocol=http\nhost=git.example.org\n\n",
        "protocol=https\nhost=git.example.org:8443\n\n",
        "protocol=https\nhost=git.example.org.evil.example\n\n",
        "protocol=https\nhost=git.example.org@evil.example\n\n",
        "protocol=https\nhost=keys.example.org\n\n",
        "protocol=http\nhost=keys.example.org:8443\n\n",
        "protocol=https\nhost=\n\n",
        "protocol=https\n\n",
        "host=git.example.org\n\n",
        "\n",
        "protocol=https\nhost=git.example.org\nhost=evil.example\n\n",
        "protocol=http\nprotocol=https\nhost=git.example.org\n\n",
    ] {
        let (_, output, errors) = git(refused);
        assert_eq!(output, "", "{refused}: {errors}");
    }
    assert!(git("protocol=https\nhost=evil.example\n\n").2.contains("setup-git https://evil.example"));
    let docker = |registry: &str| say(&["docker-credential", "get"], registry);
    for given in ["registry.example.org", "https://registry.example.org", "REGISTRY.example.org\n"] {
        assert!(docker(given).1.contains(secret), "{given}");
    }
    for refused in [
        "evil.example",
        "http://registry.example.org",
        "registry.example.org:5000",
        "registry.example.org.evil.example",
        "registry.example.org@evil.example",
        "https://evil.example/registry.example.org",
        "",
        "https://",
    ] {
        let (code, output, _) = docker(refused);
        assert!(code == 1 && !output.contains(secret), "{refused}: {output}");
        assert!(output.contains("credentials not found"), "{refused}: {output}");
    }
    // http to another machine is refused in the setup too, unless `--insecure` is given.
    assert_eq!(say(&["setup-git", "http://git.example.org"], "").0, 2);
    assert_eq!(say(&["setup-git", "--insecure", "http://git.example.org"], "").0, 0);
    let plain = "protocol=http\nhost=git.example.org\n\n";
    assert_eq!(git(plain).1, "");
    assert!(say(&["git-credential", "--insecure", "get"], plain).1.contains(secret));
    assert_eq!(say(&["setup-git", "http://127.0.0.1:8081"], "").0, 0);
    assert!(git("protocol=http\nhost=127.0.0.1:8081\n\n").1.contains(secret));
}
