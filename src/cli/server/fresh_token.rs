//! A token to present now: an API token as it is, or an access token that a client has just got.

use clap::Args;
use claviger_contract::{Timestamp, UnverifiedAccessToken};

use crate::cli::commands::tokens::token::Identity;
use crate::cli::commands::tokens::token_view::IssuedToken;
use crate::cli::failure::Failure;
use crate::cli::server::client::Answer;
use crate::cli::server::oauth_client::OAuthClient;
use crate::cli::terminal::output::Output;
use crate::cli::terminal::secret_input::PresentedSecret;
use crate::cli::values::shared_flags::Place;

/// Who asks, and for what.
#[derive(Debug, Args)]
pub struct TokenOrder {
    #[command(flatten)]
    identity: Identity,

    /// Ask for this scope and no more, instead of everything granted; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,

    /// The audience that the token is for, instead of the whole realm
    #[arg(long, value_name = "URI")]
    resource: Option<String>,

    /// An API token in the environment is used as it is; what else is there is for other commands.
    #[arg(long = "token", id = crate::cli::values::shared_flags::TOKEN_OF_THE_ENVIRONMENT, hide = true, env = "CLAVIGER_TOKEN", hide_env_values = true)]
    token: Option<PresentedSecret>,
}

pub struct FreshToken {
    /// Of an exchange.
    pub answer: Option<Answer>,
    pub token: PresentedSecret,
    /// Unknown of an API token.
    pub expires_at: Option<Timestamp>,
}

const API_TOKEN: &str = "clva_";

impl TokenOrder {
    /// Flags come first, then an API token in `CLAVIGER_TOKEN`, then the client that `claviger login` has kept.
    pub fn fetch(self, place: &Place, output: &mut Output) -> Result<FreshToken, Failure> {
        let api_token = self.token.filter(|token| token.expose().starts_with(API_TOKEN));
        if let Some(token) = api_token.filter(|_| !self.identity.is_given()) {
            if !self.scopes.is_empty() || self.resource.is_some() {
                return Err(Failure::usage(
                    "an API token has the scopes that it was made with: --scope and --resource are for clients",
                ));
            }
            return Ok(FreshToken { answer: None, token, expires_at: None });
        }
        let scope = (!self.scopes.is_empty()).then(|| self.scopes.join(" "));
        let client = OAuthClient::connect(place, self.identity, output)?;
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend(scope.as_deref().map(|scope| ("scope", scope)));
        form.extend(self.resource.as_deref().map(|resource| ("resource", resource)));
        let answer = client.post("token", &form)?;
        let IssuedToken { access_token, .. } = answer.decode()?;
        let claims = UnverifiedAccessToken::parse(&access_token).map(|token| token.claims);
        let expires_at = claims.ok().map(|claims| Timestamp::from_epoch_seconds(claims.exp));
        let token = access_token.parse().unwrap_or_else(|never| match never {});
        Ok(FreshToken { answer: Some(answer), token, expires_at })
    }
}
