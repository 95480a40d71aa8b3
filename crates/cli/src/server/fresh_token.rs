//! A token to present now: an API token, or a newly issued access token of a client.

use clap::Args;
use claviger_contract::{Timestamp, UnverifiedAccessToken};

use crate::commands::tokens::token_view::IssuedToken;
use crate::failure::Failure;
use crate::server::answer::Answer;
use crate::server::identity::Identity;
use crate::server::oauth_client::OAuthClient;
use crate::terminal::output::Output;
use crate::terminal::secret_input::PresentedSecret;
use crate::values::shared_flags::Place;

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
    #[arg(long = "token", id = crate::values::shared_flags::TOKEN_OF_THE_ENVIRONMENT, hide = true, env = "CLAVIGER_TOKEN", hide_env_values = true)]
    token: Option<PresentedSecret>,
}

pub struct FreshToken {
    /// Response of the token endpoint; `None` for an API token.
    pub answer: Option<Answer>,
    pub token: PresentedSecret,
    /// Unknown for an API token.
    pub expires_at: Option<Timestamp>,
}

impl FreshToken {
    /// What to say if the token cannot be printed.
    pub fn lost(&self) -> &'static str {
        match self.answer {
            Some(_) => "A token was issued, but nobody has it: run the command again for another",
            None => "The token of the environment was not passed on",
        }
    }
}

/// How API tokens begin.
pub const API_TOKEN: &str = "clva_";

impl TokenOrder {
    /// Order of precedence: flags, an API token in `CLAVIGER_TOKEN`, the client saved by `claviger login`.
    pub fn fetch(self, place: &Place, output: &mut Output) -> Result<FreshToken, Failure> {
        let api_token = self.token.filter(|token| token.expose().starts_with(API_TOKEN));
        if let Some(token) = api_token.filter(|_| !self.identity.is_given()) {
            if !self.scopes.is_empty() || self.resource.is_some() {
                return Err(Failure::usage(
                    "the scopes of an API token are fixed: --scope and --resource are for clients",
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
