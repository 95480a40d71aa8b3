//! `claviger whoami`: the member or client as whom commands act.

use clap::Args;
use claviger_api::CallerView;

use crate::commands::tokens::token_view::IssuedToken;
use crate::failure::{Exit, Failure};
use crate::server::client::{Client, SIGN_IN};
use crate::server::fresh_token::API_TOKEN;
use crate::server::oauth_client::OAuthClient;
use crate::terminal::object::Object;
use crate::terminal::output::{Output, Readable};
use crate::terminal::page::{Facts, Page};
use crate::terminal::secret_input::PresentedSecret;
use crate::values::shared_flags::{Settled, SignedIn};

/// Show as whom commands act: the server, the realm, and the member or client
///
/// Asks the server, so it also shows that the token is valid. Without a personal access token it shows the client that
/// `claviger login --client-id` saved.
#[derive(Debug, Args)]
pub struct WhoamiCommand {
    #[command(flatten)]
    server: SignedIn,
}

impl WhoamiCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        output.prefer_json(self.server.place.json);
        let settled = self.server.place.settle()?;
        settled.refuse_to_leak()?;
        let url = settled.url.to_string();
        match self.server.token(&settled, output)? {
            Some(token) if !token.expose().starts_with(API_TOKEN) => {
                let answer = Client::of(&settled, &token, "whoami")?.get(&["whoami"])?;
                output.answer_with(&answer, |page, caller: CallerView| write_caller(page, &url, &caller))
            }
            Some(token) => bearer(&settled, &token, output),
            None => bearer(&settled, &of_the_client(&settled)?, output),
        }
    }
}

/// A token of the client that the profile holds.
fn of_the_client(settled: &Settled) -> Result<PresentedSecret, Failure> {
    let kept = settled.profile.as_ref().and_then(|profile| profile.client.as_ref());
    let (id, key) =
        kept.ok_or_else(|| Failure::new(Exit::NotSignedIn, format!("not signed in. {SIGN_IN}")))?;
    let answer = OAuthClient::of(settled, id, key)?.post("token", &[("grant_type", "client_credentials")])?;
    let IssuedToken { access_token } = answer.decode()?;
    Ok(access_token.parse().unwrap_or_else(|never| match never {}))
}

fn bearer(settled: &Settled, token: &PresentedSecret, output: &mut Output) -> Result<(), Failure> {
    let answer = Client::of(settled, token, "whoami")?.bearer()?;
    output.answer_with(&answer, |page, shown: Object| {
        page.facts(&Facts::default().fact("Server", settled.url.to_string()));
        shown.write(page);
    })
}

fn write_caller(page: &mut Page, url: &str, caller: &CallerView) {
    let CallerView { realm, member, token } = caller;
    page.facts(
        &Facts::default()
            .fact("Server", url)
            .fact("Realm", realm)
            .fact("Member", &member.email)
            .fact("Name", &member.name)
            .list("Roles", &member.roles)
            .list("Groups", &member.groups)
            .fact("Token", token.id)
            .list("Scopes", &token.scopes)
            .fact("Expires", token.expires_at),
    );
}
