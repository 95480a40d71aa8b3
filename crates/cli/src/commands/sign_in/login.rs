//! `claviger login`: server, realm and credentials, saved for later commands.

use std::io::{IsTerminal, stdin};
use std::path::PathBuf;

use clap::Args;
use claviger_api::CallerView;
use serde_json::json;

use crate::commands::sign_in::approval::{Made, Way, approved};
use crate::commands::sign_in::made_token::revoke;
use crate::environment::is_over_ssh;
use crate::failure::{Exit, Failure};
use crate::server::client::Client;
use crate::server::oauth_client::OAuthClient;
use crate::server::profile::{MadeToken, Profile};
use crate::terminal::output::Output;
use crate::terminal::secret_input::{PresentedSecret, SecretSource};
use crate::values::shared_flags::{Place, Settled};

const EXAMPLES: &str = "\
Examples:
  claviger login --url https://keys.example.org --realm acme
  claviger login --url https://keys.example.org --realm acme --no-browser
  claviger login --profile staging --url https://staging.example.org --realm acme < token.txt
  claviger login --url https://keys.example.org --realm acme --client-id 0198a1c0-… < client.key";

/// Sign in, and save the server, the realm and a secret for later commands
///
/// At a terminal it opens the console in the browser, where you sign in and approve it. The server then makes a
/// personal access token for 90 days, named after this machine, which you can revoke in the console. Otherwise standard
/// input holds a personal access token, or with --client-id a client key, which is tested first. The secret is saved in
/// a file that only you can read: claviger/profile.json below XDG_CONFIG_HOME or ~/.config, and with --profile NAME
/// claviger/profiles/NAME.json. Flags and the environment take precedence. It is sent only to that server and realm.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct LoginCommand {
    #[command(flatten)]
    place: Place,

    /// Show the address, and ask for the code of its page [default: over SSH]
    #[arg(long, conflicts_with_all = ["with_token", "client_id"])]
    no_browser: bool,

    /// Read a personal access token from standard input [default: without a terminal]
    #[arg(long, conflicts_with = "client_id")]
    with_token: bool,

    /// Keep a client key for `token get` instead
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
}

/// What a sign-in has given.
enum Gained {
    /// Made for this sign-in.
    Made(Made),
    Token(PresentedSecret),
    Client(String, PresentedSecret),
}

impl LoginCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        output.prefer_json(self.place.json);
        let settled = self.place.settle_for_login()?;
        settled.refuse_to_leak()?;
        let gained = self.gained(&settled, output)?;
        let (file, replaced) = self.saved(&settled, &gained)?;
        if let Some(Err(failure)) = replaced.map(|replaced| revoke(&replaced, &settled)) {
            output.note(&format!("The token of the sign-in before was not revoked: {}", failure.message));
        }
        let (who, made) = match &gained {
            Gained::Made(made) => (member(&settled, made), Some(made)),
            Gained::Token(_) => ("with a personal access token".to_owned(), None),
            Gained::Client(id, _) => (format!("as the client {id}"), None),
        };
        let shown = json!({
            "url": settled.url.to_string(), "realm": settled.realm, "client_id": self.client_id, "profile": file,
            "personal_access_token_id": made.map(|(made, _)| made.id),
            "expires_at": made.map(|(_, expires_at)| expires_at),
        });
        output.report(&format!("Signed in to {} at {} {who}.", settled.realm, settled.url), &shown)?;
        let ends = if made.is_some() { "revokes the token and removes it" } else { "removes it" };
        output.note(&format!("Stored in {}; `claviger logout` {ends}.", file.display()));
        Ok(())
    }

    fn gained(&self, settled: &Settled, output: &mut Output) -> Result<Gained, Failure> {
        if let Some(id) = &self.client_id {
            let key = SecretSource::StandardInput.read("client key", output)?;
            OAuthClient::of(settled, id, &key)?.post("token", &[("grant_type", "client_credentials")])?;
            return Ok(Gained::Client(id.clone(), key));
        }
        let way = match (self.no_browser, self.with_token, stdin().is_terminal()) {
            (true, ..) => Some(Way::Code),
            (false, false, true) if is_over_ssh() => Some(Way::Code),
            (false, false, true) => Some(Way::Loopback),
            (false, ..) => None,
        };
        if let Some(way) = way {
            return approved(settled, way, output).map(Gained::Made);
        }
        let hint = "At a terminal, `claviger login` opens the browser; without one, `claviger login --no-browser` reads the \
                    code of its page";
        let token = SecretSource::StandardInput.read("personal access token", output);
        let token = token.map_err(|failure| failure.with_hint(Exit::Usage, hint))?;
        try_token(settled, &token)?;
        Ok(Gained::Token(token))
    }

    /// The file, and the token that the sign-in before had made, which is not in it any more. A token that cannot be
    /// saved is revoked.
    fn saved(&self, settled: &Settled, gained: &Gained) -> Result<(PathBuf, Option<MadeToken>), Failure> {
        let ca_file = settled.ca_file.as_deref().map(std::path::absolute).transpose().unwrap_or_default();
        let mut replaced = None;
        let file = Profile::update(self.place.profile.choice.as_ref(), |saved| {
            // What is already saved for the same server and realm is kept: a user may be a member and a client at once.
            let saved = saved.filter(|saved| saved.is_of(&settled.url, &settled.realm));
            let new = || Profile::new(&settled.url, settled.realm.clone(), None);
            let mut profile = saved.unwrap_or_else(new);
            profile.ca_file = ca_file;
            match gained {
                Gained::Made(made) => replaced = profile.keep_made(made.0.clone()),
                Gained::Token(token) => replaced = profile.keep_token(token.clone()),
                Gained::Client(id, key) => profile.client = Some((id.clone(), key.clone())),
            }
            profile
        });
        match (file, gained) {
            (Ok(file), _) => Ok((file, replaced)),
            (Err(failure), Gained::Made((made, _))) => Err(match revoke(made, settled) {
                Ok(()) => failure.and("The token that was made is revoked"),
                Err(_) => {
                    failure.and(&format!("Revoke the personal access token {} in the console", made.id))
                }
            }),
            (Err(failure), _) => Err(failure),
        }
    }
}

/// As whom, as far as the server says it now. The token is saved in any case.
fn member(settled: &Settled, (made, expires_at): &Made) -> String {
    let caller = Client::of(settled, &made.secret, "whoami").and_then(|client| client.get(&["whoami"]));
    let caller = caller.and_then(|answer| answer.decode::<CallerView>());
    let who = caller.map_or_else(|_| String::new(), |caller| format!("as {} ", caller.member.email));
    let (year, month, day) = expires_at.date();
    format!("{who}until {year}-{month:02}-{day:02}")
}

/// Every member may list their own tokens, so this request tests the token.
fn try_token(settled: &Settled, token: &PresentedSecret) -> Result<(), Failure> {
    let client = Client::of(settled, token, "personal-access-token")?;
    client.list(&["personal-access-tokens"], Some(1), &Vec::new())?;
    Ok(())
}
