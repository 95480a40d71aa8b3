//! `claviger login` and `claviger logout`: server, realm and credentials, saved for later commands.

use clap::Args;

use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::oauth_client::OAuthClient;
use crate::server::profile::Profile;
use crate::terminal::output::Output;
use crate::terminal::secret_input::SecretSource;
use crate::values::shared_flags::{Place, Settled};

const EXAMPLES: &str = "\
Examples:
  claviger login --url https://keys.example.org --realm acme < token.txt
  claviger login --url https://keys.example.org --realm acme --client-id 0198a1c0-… < client.key";

/// Save a server, a realm and a secret for later commands
///
/// Standard input holds a personal access token, or with --client-id a client key. It is tested first, and saved in a
/// file that only you can read: CLAVIGER_PROFILE, else claviger/profile.json below XDG_CONFIG_HOME or ~/.config. Flags
/// and the environment take precedence. It is sent only to that server and realm.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct LoginCommand {
    #[command(flatten)]
    place: Place,

    /// Keep a client key for `token get` instead
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
}

/// Delete what `claviger login` saved
#[derive(Debug, Args)]
pub struct LogoutCommand {}

impl LoginCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let settled = self.place.settle()?;
        settled.refuse_to_leak()?;
        // What is already saved for the same server and realm is kept: a user may be a member and a client at once.
        let mut profile = match &settled.profile {
            Some(profile) => profile.clone(),
            None => Profile::new(&settled.url, settled.realm.clone(), None),
        };
        profile.ca_file = settled.ca_file.as_deref().map(std::path::absolute).transpose().unwrap_or_default();
        let who = match self.client_id {
            None => {
                let token = SecretSource::StandardInput.read("personal access token", output)?;
                try_token(&settled, &token)?;
                profile.personal_access_token = Some(token);
                "with a personal access token".to_owned()
            }
            Some(id) => {
                let key = SecretSource::StandardInput.read("client key", output)?;
                OAuthClient::of(&settled, &id, &key)?
                    .post("token", &[("grant_type", "client_credentials")])?;
                let who = format!("as the client {id}");
                profile.client = Some((id, key));
                who
            }
        };
        let file = profile.save()?;
        output.line(&format!("Signed in to {} at {} {who}.", settled.realm, settled.url))?;
        output.note(&format!("Stored in {}; `claviger logout` removes it.", file.display()));
        Ok(())
    }
}

/// Every member may list their own tokens, so this request tests the token.
fn try_token(
    settled: &Settled,
    token: &crate::terminal::secret_input::PresentedSecret,
) -> Result<(), Failure> {
    let client = Client::of(settled, token, "personal-access-token")?;
    client.list(&["personal-access-tokens"], Some(1), &Vec::new())?;
    Ok(())
}

impl LogoutCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let Self {} = self;
        match Profile::remove()? {
            true => output.line(
                "Removed the stored sign-in. Its token is still valid: revoke it if it is no longer needed.",
            ),
            false => output.line("Nothing was stored."),
        }
    }
}
