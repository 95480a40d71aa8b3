//! `claviger git-credential`: git's credential helper protocol (gitcredentials(7)).

use std::io::{Read, stdin};

use clap::Args;

use super::failure::{Exit, Failure};
use super::fresh_token::{FreshToken, TokenOrder};
use super::output::Output;
use super::shared_flags::Place;

/// Answer git's questions for a user name and password with a fresh token
///
/// `claviger setup-git` tells git to call this. Nothing is stored: every question gets a token that was just made, or the
/// API token in CLAVIGER_TOKEN.
#[derive(Debug, Args)]
pub struct GitCredentialCommand {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    order: TokenOrder,

    /// get, store or erase, as git says; others are ignored, as git wants it
    operation: String,
}

/// Far more than git ever says.
const MOST_BYTES: u64 = 64 * 1024;

/// What git says before it asks.
#[derive(Debug, Default, PartialEq, Eq)]
struct Question {
    protocol: String,
    takes_authtype: bool,
}

impl GitCredentialCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let mut text = String::new();
        stdin().take(MOST_BYTES).read_to_string(&mut text).map_err(|error| {
            Failure::new(Exit::Failure, format!("git's question cannot be read: {error}"))
        })?;
        let question = Question::read(&text)?;
        if self.operation != "get" || !matches!(question.protocol.as_str(), "http" | "https") {
            return Ok(());
        }
        let fresh = self.order.fetch(&self.place, output)?;
        output.line(&question.answer(&fresh))
    }
}

impl Question {
    fn read(text: &str) -> Result<Self, Failure> {
        let mut question = Self::default();
        for line in text.lines().take_while(|line| !line.is_empty()) {
            let (name, value) = line.split_once('=').ok_or_else(|| {
                Failure::usage("standard input must hold lines of the form name=value, as git writes them")
            })?;
            match name {
                "protocol" => value.clone_into(&mut question.protocol),
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
        assert_eq!(Question::read("protocol\n").expect_err("no line").exit, Exit::Usage);
    }
}
