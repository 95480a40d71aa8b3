//! `claviger setup-git`, `claviger setup-docker`: configure git and docker to get passwords from this program.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use clap::builder::FalseyValueParser;
use serde_json::json;
use url::Url;

use crate::commands::integration::docker_config::DockerConfig;
use crate::environment::{git_config_file, is_on_path, own_programs, this_program};
use crate::failure::{Exit, Failure};
use crate::server::helped_server::is_this_machine;
use crate::terminal::output::Output;
use crate::user_file::UserFile;
use crate::values::shared_flags::JsonFlag;

const GIT_EXAMPLE: &str = "\
Example:
  claviger login --url https://keys.example.org --realm acme --client-id 0198a1c0-… < client.key
  claviger setup-git https://git.example.org
  git clone https://git.example.org/app.git";

const DOCKER_EXAMPLE: &str = "\
Example:
  claviger login --url https://keys.example.org --realm acme --client-id 0198a1c0-… < client.key
  claviger setup-docker registry.example.org
  docker pull registry.example.org/acme/app";

/// Tell git to ask this program for passwords of these servers
///
/// It writes to your own git configuration, and leaves the helpers of others there. No secret is written.
#[derive(Debug, Args)]
#[command(after_help = GIT_EXAMPLE)]
pub struct SetupGitCommand {
    /// Addresses that the repositories' begin with
    #[arg(required = true, value_name = "URL")]
    urls: Vec<String>,

    /// Allow unencrypted http to other machines; the token can be read in transit
    #[arg(long, env = "CLAVIGER_INSECURE", hide_env_values = true, value_parser = FalseyValueParser::new())]
    insecure: bool,

    /// Show what would be done and change nothing
    #[arg(long)]
    print: bool,

    #[command(flatten)]
    form: JsonFlag,
}

/// Tell docker to ask this program for passwords of these registries
///
/// It links docker-credential-claviger to this program, and names it in docker's config.json. No secret is written.
#[derive(Debug, Args)]
#[command(after_help = DOCKER_EXAMPLE)]
pub struct SetupDockerCommand {
    /// Registries, as image names begin: registry.example.org or 127.0.0.1:5000
    #[arg(required = true, value_name = "HOST")]
    hosts: Vec<String>,

    /// Where to put the link [default: ~/.local/bin]
    #[arg(long, value_name = "DIR")]
    bin_dir: Option<PathBuf>,

    /// Show what would be done and change nothing
    #[arg(long)]
    print: bool,

    #[command(flatten)]
    form: JsonFlag,
}

/// Matches existing values of this program, whatever its path was then.
const OURS: &str = "claviger(-cli)?'? git-credential( --insecure)?$";

const LINK: &str = "docker-credential-claviger";

impl SetupGitCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        output.prefer_json(self.form.json);
        let keys = self.urls.iter().map(|url| key_of(url, self.insecure)).collect::<Result<Vec<_>, _>>()?;
        let insecure = if self.insecure { " --insecure" } else { "" };
        let helper = format!("!{} git-credential{insecure}", quoted(&program()?)?);
        let shown = json!({"settings": keys, "helper": helper, "changed": !self.print});
        for key in keys {
            let arguments = ["config", "--global", "--replace-all", &key, &helper, OURS];
            let sentence = match self.print {
                true => {
                    let words: Vec<String> = arguments.iter().map(|word| shell_word(word)).collect();
                    format!("git {}", words.join(" "))
                }
                false => {
                    set_in_git(&arguments)?;
                    format!("git now uses this program as a credential helper: {key}")
                }
            };
            if !output.wants_json() {
                output.line(&sentence)?;
            }
        }
        if output.wants_json() { output.json(&shown) } else { Ok(()) }
    }
}

/// git's own lock makes concurrent changes fail, so this program's changes wait for one another.
fn set_in_git(arguments: &[&str]) -> Result<(), Failure> {
    let _locked = git_config_file().map(|file| UserFile::lock(&file)).transpose()?;
    let ran = Command::new("git").args(arguments).output();
    let ran = ran.map_err(|error| Failure::new(Exit::Failure, format!("git cannot be run: {error}")))?;
    if ran.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ran.stderr);
    Err(Failure::new(Exit::Failure, format!("git refused the setting: {}", said.trim())))
}

impl SetupDockerCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        output.prefer_json(self.form.json);
        for host in &self.hosts {
            check_host(host)?;
        }
        let folder = self
            .bin_dir
            .or_else(own_programs)
            .ok_or_else(|| Failure::usage("no folder for the link: add --bin-dir DIR"))?;
        let (link, program) = (folder.join(LINK), program()?);
        let mut config = DockerConfig::load()?;
        config.help(&self.hosts)?;
        let shown = json!({
            "registries": self.hosts, "link": link, "config_file": config.file, "changed": !self.print,
        });
        if self.print {
            if output.wants_json() {
                return output.json(&shown);
            }
            output.line(&format!("ln -sfn {} {}", quoted(&program)?, quoted(&link)?))?;
            return output.line(&format!("{} would contain:\n{}", config.file.display(), config.as_text()));
        }
        UserFile::link(&link, &program)?;
        DockerConfig::update(&self.hosts)?;
        let registries = self.hosts.join(", ");
        output.report(
            &format!("docker now uses this program as a credential helper for {registries}."),
            &shown,
        )?;
        if !is_on_path(&folder) {
            output.note(&format!(
                "{} is not on your PATH, where docker looks for {LINK}: add it.",
                folder.display()
            ));
        }
        Ok(())
    }
}

fn key_of(url: &str, insecure: bool) -> Result<String, Failure> {
    let wrong = |why: &str| Failure::usage(format!("{url} {why}: give a server as https://git.example.org"));
    let parsed = Url::parse(url).map_err(|_| wrong("is not a URL"))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(wrong("is not an http or https URL"));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(wrong("contains a user name or password"));
    }
    if parsed.scheme() == "http" && !is_this_machine(&parsed) && !insecure {
        return Err(wrong("is not encrypted, so its token could be read in transit (--insecure allows it)"));
    }
    Ok(format!("credential.{}.helper", url.trim_end_matches('/')))
}

fn check_host(host: &str) -> Result<(), Failure> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    if host.is_empty() || !host.bytes().all(plain) {
        let message = format!(
            "\"{host}\" is not a registry host: give it as in image names, such as registry.example.org"
        );
        return Err(Failure::usage(message));
    }
    Ok(())
}

fn program() -> Result<PathBuf, Failure> {
    this_program().map_err(|error| {
        Failure::new(Exit::Failure, format!("the path of this program cannot be determined: {error}"))
    })
}

/// Quoted for a POSIX shell, to which git passes the helper.
fn quoted(path: &Path) -> Result<String, Failure> {
    match path.to_str() {
        Some(text) if !text.contains('\'') => Ok(format!("'{text}'")),
        _ => Err(Failure::usage(format!(
            "{}: the path of the program must be UTF-8 without quotes",
            path.display()
        ))),
    }
}

fn shell_word(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
    if word.bytes().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
