//! `claviger login` and `claviger logout`: server, realm and credentials, saved for later commands.

use clap::Args;
use serde_json::json;

use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::oauth_client::OAuthClient;
use crate::server::profile::Profile;
use crate::terminal::output::Output;
use crate::terminal::secret_input::SecretSource;
use crate::values::profile_choice::ProfileFlag;
use crate::values::shared_flags::{JsonFlag, Place, Settled};

const EXAMPLES: &str = "\
Examples:
  claviger login --url https://keys.example.org --realm acme < token.txt
  claviger login --profile staging --url https://staging.example.org --realm acme < token.txt
  claviger login --url https://keys.example.org --realm acme --client-id 0198a1c0-… < client.key";

/// Save a server, a realm and a secret for later commands
///
/// Standard input holds a personal access token, or with --client-id a client key. It is tested first, and saved in a
/// file that only you can read: claviger/profile.json below XDG_CONFIG_HOME or ~/.config, and with --profile NAME
/// claviger/profiles/NAME.json. Flags and the environment take precedence. It is sent only to that server and realm.
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
pub struct LogoutCommand {
    #[command(flatten)]
    profile: ProfileFlag,

    #[command(flatten)]
    form: JsonFlag,
}

impl LoginCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        output.prefer_json(self.place.json);
        let settled = self.place.settle_for_login()?;
        settled.refuse_to_leak()?;
        let ca_file = settled.ca_file.as_deref().map(std::path::absolute).transpose().unwrap_or_default();
        let client_id = self.client_id.clone();
        let (token, client, who) = match self.client_id {
            None => {
                let token = SecretSource::StandardInput.read("personal access token", output)?;
                try_token(&settled, &token)?;
                (Some(token), None, "with a personal access token".to_owned())
            }
            Some(id) => {
                let key = SecretSource::StandardInput.read("client key", output)?;
                OAuthClient::of(&settled, &id, &key)?
                    .post("token", &[("grant_type", "client_credentials")])?;
                let who = format!("as the client {id}");
                (None, Some((id, key)), who)
            }
        };
        let file = Profile::update(self.place.profile.choice.as_ref(), |saved| {
            // What is already saved for the same server and realm is kept: a user may be a member and a client at once.
            let saved = saved.filter(|saved| saved.is_of(&settled.url, &settled.realm));
            let (saved_token, saved_client) =
                saved.map(|saved| (saved.personal_access_token, saved.client)).unwrap_or_default();
            let mut profile = Profile::new(&settled.url, settled.realm.clone(), ca_file);
            profile.personal_access_token = token.or(saved_token);
            profile.client = client.or(saved_client);
            profile
        })?;
        let shown = json!({
            "url": settled.url.to_string(), "realm": settled.realm, "client_id": client_id, "profile": file,
        });
        output.report(&format!("Signed in to {} at {} {who}.", settled.realm, settled.url), &shown)?;
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
        output.prefer_json(self.form.json);
        let removed = Profile::remove(self.profile.choice.as_ref())?;
        let sentence = match removed {
            true => {
                "Removed the stored sign-in. Its token is still valid: revoke it if it is no longer needed."
            }
            false => "Nothing was stored.",
        };
        output.report(sentence, &json!({ "removed": removed }))
    }
}
