//! `claviger git-credential`: git's credential helper protocol (gitcredentials(7)).

use std::collections::HashSet;
use std::io::{Read, stdin};

use clap::Args;

use crate::failure::{Exit, Failure};
use crate::server::fresh_token::{FreshToken, TokenOrder};
use crate::server::helped_server::HelpedServer;
use crate::terminal::output::Output;
use crate::values::shared_flags::Place;

/// Provide git with a user name and a fresh token as password
///
/// Called by git after `claviger setup-git`. Nothing is stored: each request gets a newly issued token, or the API
/// token in CLAVIGER_TOKEN. Only configured servers get one, over https or on this machine.
#[derive(Debug, Args)]
pub struct GitCredentialCommand {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    order: TokenOrder,

    /// get, store or erase, as git says; others are ignored, as git wants it
    operation: String,
}

/// Far more than git ever sends.
const MAX_BYTES: u64 = 64 * 1024;

/// The attributes that git sends with its request.
#[derive(Debug, Default, PartialEq, Eq)]
struct Question {
    protocol: String,
    host: String,
    /// git sends it only if `credential.useHttpPath` is set.
    path: Option<String>,
    takes_authtype: bool,
}

impl GitCredentialCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let mut text = String::new();
        stdin()
            .take(MAX_BYTES)
            .read_to_string(&mut text)
            .map_err(|error| Failure::new(Exit::Failure, format!("git's request cannot be read: {error}")))?;
        let question = Question::read(&text)?;
        if self.operation != "get" || !matches!(question.protocol.as_str(), "http" | "https") {
            return Ok(());
        }
        if let Some(why) = self.objection(&question)? {
            // Standard output stays empty: git then asks the next helper, or the user.
            output.note(&why);
            return Ok(());
        }
        let fresh = self.order.fetch(&self.place, output)?;
        output.secret(&question.answer(&fresh), fresh.lost())
    }
}

impl GitCredentialCommand {
    /// The reason why this server gets no token; `None` if it gets one.
    fn objection(&self, question: &Question) -> Result<Option<String>, Failure> {
        let Some(server) = HelpedServer::of_git(&question.protocol, &question.host) else {
            return Ok(Some("git named no server, so no token is provided".to_owned()));
        };
        let address = format!("{}://{}", question.protocol, question.host);
        let own = self.place.server()?.is_some_and(|own| server.is_at(&own.to_string()));
        if !own && !server.is_set_up_in_git(question.path.as_deref()) {
            return Ok(Some(format!(
                "{address} gets no token: it was not set up with `claviger setup-git {address}`"
            )));
        }
        let is_safe = server.is_private() || self.place.insecure;
        let unsafe_words = format!("{address} gets no token over unencrypted http: use https");
        Ok((!is_safe).then_some(unsafe_words))
    }
}

impl Question {
    fn read(text: &str) -> Result<Self, Failure> {
        let mut question = Self::default();
        let mut said = HashSet::new();
        for line in text.lines().take_while(|line| !line.is_empty()) {
            let (name, value) = line.split_once('=').ok_or_else(|| {
                Failure::usage("standard input must contain lines of the form name=value, as git writes them")
            })?;
            match name {
                // A repeated attribute names no single server.
                "protocol" | "host" | "path" if !said.insert(name) => {
                    return Err(Failure::usage(format!("{name}= is given twice")));
                }
                "protocol" => value.clone_into(&mut question.protocol),
                "host" => value.clone_into(&mut question.host),
                "path" => question.path = Some(value.to_owned()),
                "capability[]" if value == "authtype" => question.takes_authtype = true,
                _ => {}
            }
        }
        Ok(question)
    }

    fn answer(&self, fresh: &FreshToken) -> String {
        let token = fresh.token.expose();
        let mut lines = if self.takes_authtype {
            format!("capability[]=authtype\nauthtype=Bearer\ncredential={token}\nephemeral=1\n")
        } else {
            format!("username=claviger\npassword={token}\n")
        };
        if let Some(at) = fresh.expires_at {
            lines.push_str(&format!("password_expiry_utc={}\n", at.epoch_seconds()));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_contract::Timestamp;

    fn fresh(expires_at: Option<i64>) -> FreshToken {
        let token = "clva_x".parse().unwrap_or_else(|never| match never {});
        FreshToken { answer: None, token, expires_at: expires_at.map(Timestamp::from_epoch_seconds) }
    }

    #[test]
    fn newer_git_gets_a_bearer_token_and_older_git_a_password() {
        let newer = "capability[]=authtype\ncapability[]=state\nprotocol=https\nhost=git.example\nwwwauth[]=Basic\n\n";
        let question = Question::read(newer).expect("a question");
        assert_eq!(
            question.answer(&fresh(Some(7))),
            "capability[]=authtype\nauthtype=Bearer\ncredential=clva_x\nephemeral=1\npassword_expiry_utc=7\n"
        );
        let older = Question::read("protocol=http\nhost=git.example\nusername=a=b\n").expect("a question");
        assert_eq!(older.answer(&fresh(None)), "username=claviger\npassword=clva_x\n");
        for twice in ["host=a\nhost=b\n", "protocol=https\nhost=a\nprotocol=http\n"] {
            assert_eq!(Question::read(twice).expect_err("twice").exit, Exit::Usage);
        }
        assert_eq!(Question::read("protocol\n").expect_err("no line").exit, Exit::Usage);
    }
}
