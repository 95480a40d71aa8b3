//! `claviger docker-credential`: the protocol of docker's credential helpers.

use std::io::{Read, stdin};

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::commands::integration::docker_config::DockerConfig;
use crate::failure::{Exit, Failure};
use crate::server::fresh_token::TokenOrder;
use crate::server::helped_server::HelpedServer;
use crate::terminal::output::Output;
use crate::values::shared_flags::Place;

/// Provide docker with a user name and a fresh token as password
///
/// Called by docker after `claviger setup-docker`. Nothing is stored: each request gets a newly issued token, or the
/// API token in CLAVIGER_TOKEN. Only configured registries get one.
#[derive(Debug, Args)]
pub struct DockerCredentialCommand {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    order: TokenOrder,

    #[arg(value_enum)]
    verb: Verb,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Verb {
    /// The registry's name comes on standard input
    Get,
    /// Keeps nothing
    Store,
    /// There is nothing to erase
    Erase,
    /// The registries that docker asks us about
    List,
    /// The program's name and version
    Version,
}

/// More than any registry name.
const MAX_BYTES: u64 = 64 * 1024;

/// The message that makes docker ask the user (docker-credential-helpers,
/// `credentials.IsErrCredentialsNotFoundMessage`).
const NOT_FOUND: &str = "credentials not found in native keychain";

impl DockerCredentialCommand {
    /// If a helper fails, docker shows the helper's standard output.
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        match self.verb {
            Verb::Version => {
                output.line(concat!("docker-credential-claviger (claviger) v", env!("CARGO_PKG_VERSION")))
            }
            Verb::List => output.json(&DockerConfig::load()?.helped_registries()),
            Verb::Store | Verb::Erase => read().map(drop),
            Verb::Get => {
                let registry = read()?;
                if let Some(why) = self.objection(&registry)? {
                    output.line(NOT_FOUND)?;
                    return Err(Failure::new(Exit::Failure, why));
                }
                let fresh = match self.order.fetch(&self.place, output) {
                    Ok(fresh) => fresh,
                    Err(failure) if failure.exit == Exit::NotSignedIn => {
                        output.line(NOT_FOUND)?;
                        return Err(Failure::new(Exit::Failure, failure.message));
                    }
                    Err(failure) => {
                        output.line(&failure.message)?;
                        return Err(Failure::new(Exit::Failure, failure.message));
                    }
                };
                let token = fresh.token.expose();
                let answer = json!({"ServerURL": registry, "Username": "claviger", "Secret": token});
                output.secret(&answer.to_string(), fresh.lost())
            }
        }
    }
}

impl DockerCredentialCommand {
    /// The reason why this registry gets no token; `None` if it gets one.
    fn objection(&self, registry: &str) -> Result<Option<String>, Failure> {
        let Some(server) = HelpedServer::of_docker(registry) else {
            return Ok(Some("docker named no registry, so no token is provided".to_owned()));
        };
        let own = self.place.server()?.is_some_and(|own| server.is_at(&own.to_string()));
        let is_same = |known: &String| HelpedServer::of_docker(known).as_ref() == Some(&server);
        let is_set_up = own || DockerConfig::set_up_anywhere().iter().any(is_same);
        if !is_set_up {
            return Ok(Some(format!(
                "{registry} gets no token: it was not set up with `claviger setup-docker {registry}`"
            )));
        }
        let is_safe = server.is_private() || self.place.insecure;
        let unsafe_words = format!("{registry} gets no token over unencrypted http: use https");
        Ok((!is_safe).then_some(unsafe_words))
    }
}

fn read() -> Result<String, Failure> {
    let mut text = String::new();
    let read = stdin().take(MAX_BYTES).read_to_string(&mut text);
    read.map_err(|error| Failure::new(Exit::Failure, format!("docker's request cannot be read: {error}")))?;
    Ok(text.trim().to_owned())
}
