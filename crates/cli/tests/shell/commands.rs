//! Every command, with arguments with which it succeeds against the stub.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use clap::{Command, CommandFactory};
use claviger_cli::command_line::CommandLine;

use crate::scene::{ID, Scene};

/// What a command prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prints {
    /// A result. A reader that has seen enough of it is no error.
    Result,
    /// A secret that comes with a new object.
    SecretOfObject,
    /// A token that is issued again on request.
    Token,
    /// Nothing, or what another program prints.
    Nothing,
}

pub struct Sample {
    /// The words before the first flag or value.
    pub name: String,
    pub arguments: Vec<&'static str>,
    pub input: &'static str,
    pub prints: Prints,
}

const GIT: &str = "protocol=https\nhost=git.example.org\n\n";
const CLIENT: [&str; 4] = ["--client-id", ID, "--key-file", "key"];

/// Words of the command, `|`, its arguments. `ID` is an id, `CLIENT` names a client and its key.
const RESULTS: &[&str] = &[
    "expiration list | --json",
    "node list | --json",
    "group create | g --json",
    "group list | --json",
    "group show | g --json",
    "group edit | g --description d --json",
    "group delete | g --json",
    "resource create | t/n --action x --json",
    "resource list | --json",
    "resource show | t/n --json",
    "resource edit | t/n --action x --json",
    "resource delete | t/n --json",
    "scope create | s:read --json",
    "scope list | --json",
    "scope edit | s:read --description d --json",
    "scope delete | s:read --json",
    "credential list | --json",
    "credential list | --group g --created-by ID --json",
    "credential show | ID --json",
    "credential edit | ID --no-groups --json",
    "credential usage | ID --json",
    "credential export | --json",
    "credential import | in.jsonl --keys-out keys.jsonl --json",
    "credential revoke | ID --name n --json",
    "resource-server list | --json",
    "resource-server show | ID --json",
    "resource-server delete | ID --json",
    "token introspect | CLIENT --token-file token --json",
    "token revoke | CLIENT --token-file token --json",
    "personal-access-token list | --json",
    "personal-access-token revoke | ID --json",
    "api-token list | --json",
    "api-token revoke | ID --json",
    "application-credential list | --json",
    "application-credential show | ID --json",
    "application-credential edit | ID --description d --json",
    "application-credential revoke | ID --json",
    "signing-key list | --json",
    "signing-key create | --alg ES256 --json",
    "signing-key rotate | --alg ES256 --json",
    "signing-key withdraw | k --json",
    "registry-ca | --json",
    "registry-key list | --json",
    "registry-key rotate | --json",
    "registry-token list | --json",
    "registry-token revoke | ID --json",
    "setup-git | https://git.example.org --json",
    "setup-docker | registry.example.org --json",
    "login | --json",
    "logout | --json",
    "profile list | --json",
    "profile use | saved --json",
    "profile delete | saved --json",
    "version | --json",
    "whoami | --json",
    "realm show | --json",
    "realm edit | --display-name d --json",
    "realm sign-in show | --json",
    "realm sign-in set | --provider-name n --issuer https://a.example --client-id c --public-client true --json",
    "realm sign-in remove | --json",
    "realm sign-in test | --json",
    "member create | a@example.org --name a --json",
    "member list | --json",
    "member show | ID --json",
    "member edit | ID --no-groups --json",
    "member disable | ID --json",
    "member enable | ID --json",
    "member reset-second-factor | ID --json",
    "member identity link | ID --issuer https://a.example --subject s --json",
    "member identity approve | ID ID --json",
    "member identity remove | ID ID --json",
    "source-type list | --json",
    "source-type show | github --json",
    "source-credential create | a --type github --secret token=token --json",
    "source-credential list | --json",
    "source-credential show | ID --json",
    "source-credential edit | ID --name a --json",
    "source-credential validate | ID --json",
    "source-credential discover | ID groups --json",
    "source-credential delete | ID --json",
    "source create | a --credential ID --json",
    "source list | --json",
    "source show | ID --json",
    "source edit | ID --name a --json",
    "source pull | ID --json",
    "source delete | ID --json",
    "report | ID CLIENT --refused-version 1 --json",
    "webhook list | --json",
    "webhook show | ID --json",
    "webhook edit | ID --name a --json",
    "webhook delete | ID --json",
    "webhook test | ID --json",
    "webhook deliveries | ID --json",
    "webhook delivery | ID ID --json",
    "webhook resend | ID ID --json",
    "webhook listen | --listen 127.0.0.1:0 --secret-file webhook.secret --count 0 --json",
    "audit list | --json",
    "trace | --json",
    "completion | bash",
    "help |",
];

const SECRETS: &[&str] = &[
    "credential create | a --token-ttl 1h --never --json",
    "credential renew | ID --overlap 0s --json",
    "resource-server create | a --audience https://a.example --json",
    "resource-server renew | ID --overlap 0s --json",
    "application-credential renew | ID --overlap 0s --json",
    "personal-access-token create | --expires-at 2099-01-31 --scope admin:read --json",
    "api-token create | --expires-at 2099-01-31 --scope s:read --json",
    "application-credential create | a --scope s:read --json",
    "webhook create | a --to https://a.example --json",
    "webhook rotate-secret | ID --overlap 1h --json",
];

const TOKENS: &[&str] = &[
    "member invite | ID --json",
    "token get | CLIENT",
    "git-credential | CLIENT get",
    "docker-credential | CLIENT get",
    "resolve | ID CLIENT",
];

const NOTHING: &[&str] =
    &["run | CLIENT -- true", "git-hook pre-receive |", "git-hook update | refs/heads/x 0 0"];

pub fn samples() -> Vec<Sample> {
    let kinds = [
        (RESULTS, Prints::Result),
        (SECRETS, Prints::SecretOfObject),
        (TOKENS, Prints::Token),
        (NOTHING, Prints::Nothing),
    ];
    kinds.into_iter().flat_map(|(lines, prints)| lines.iter().map(move |line| sample(line, prints))).collect()
}

fn sample(line: &'static str, prints: Prints) -> Sample {
    let (name, rest) = line.split_once(" |").expect(line);
    let mut arguments: Vec<&str> = name.split(' ').collect();
    for word in rest.split_whitespace() {
        match word {
            "CLIENT" => arguments.extend(CLIENT),
            "ID" => arguments.push(ID),
            word => arguments.push(word),
        }
    }
    let input = match name {
        "login" => "clvp_token",
        "git-credential" => GIT,
        "docker-credential" => "registry.example.org",
        "trace" => "clvk_leaked",
        _ => "",
    };
    Sample { name: name.to_owned(), arguments, input, prints }
}

/// Files that some commands read.
pub fn prepare(scene: &Scene) {
    std::fs::write(scene.at("in.jsonl"), "{\"name\":\"n\"}\n").expect("a file");
    std::fs::write(scene.at("webhook.secret"), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a file");
    std::fs::create_dir_all(scene.at(".docker")).expect("a folder");
    let helpers = r#"{"credHelpers": {"registry.example.org": "claviger"}}"#;
    std::fs::write(scene.at(".docker/config.json"), helpers).expect("a file");
    // As `claviger login --profile saved` writes it.
    std::fs::create_dir_all(scene.at(".config/claviger/profiles")).expect("a folder");
    let profile = scene.at(".config/claviger/profiles/saved.json");
    std::fs::write(&profile, r#"{"url": "https://keys.example.org", "realm": "acme"}"#).expect("a file");
    std::fs::set_permissions(&profile, std::fs::Permissions::from_mode(0o600)).expect("a file");
    let helper = "[credential \"https://git.example.org\"]\n\thelper = !claviger git-credential\n";
    std::fs::write(scene.at(".gitconfig"), helper).expect("a file");
}

#[test]
fn every_command_has_a_sample() {
    let mut names = BTreeSet::new();
    collect(&CommandLine::command(), "", &mut names);
    // It asks services, which the stub is not: `tests/process/revocation_drill.rs` has some.
    assert!(names.remove("revocation drill"));
    let samples: BTreeSet<String> = samples().into_iter().map(|sample| sample.name).collect();
    assert_eq!(samples, names);
}

/// Their output is defined by others, or is a text.
const WITHOUT_JSON: [&str; 2] = ["completion", "help"];

#[test]
fn every_result_is_printed_as_json_on_request() {
    for sample in samples() {
        if matches!(sample.prints, Prints::Nothing | Prints::Token) || WITHOUT_JSON.contains(&&*sample.name) {
            continue;
        }
        let scene = Scene::start();
        prepare(&scene);
        let (code, output, errors) = scene.say(&sample.arguments, sample.input);
        assert_eq!(code, Some(0), "{}: {errors}", sample.name);
        assert!(sample.arguments.contains(&"--json"), "{}", sample.name);
        let json: Result<serde_json::Value, _> = serde_json::from_str(&output);
        assert!(json.is_ok_and(|json| json.is_object()), "{}: {output}", sample.name);
    }
}

fn collect(command: &Command, path: &str, names: &mut BTreeSet<String>) {
    for below in command.get_subcommands() {
        let path = format!("{path} {}", below.get_name());
        match below.has_subcommands() {
            true => collect(below, &path, names),
            false => drop(names.insert(path.trim().to_owned())),
        }
    }
}
