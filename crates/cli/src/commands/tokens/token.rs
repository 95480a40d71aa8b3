//! `claviger token`: operations of a client or a resource server on access tokens.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use zeroize::Zeroizing;

use crate::commands::tokens::exec_credential::ExecCredentialVersion;
use crate::commands::tokens::token_view::{show_introspection, show_revocation};
use crate::failure::Failure;
use crate::server::fresh_token::{FreshToken, TokenOrder};
use crate::server::identity::Identity;
use crate::server::oauth_client::OAuthClient;
use crate::terminal::output::Output;
use crate::terminal::secret_input::SecretSource;
use crate::values::shared_flags::{Place, WaitFlag};

/// Access tokens: get one, ask about one, revoke one
#[derive(Debug, Args)]
pub struct TokenCommand {
    #[command(flatten)]
    place: Place,

    #[command(subcommand)]
    act: TokenAct,
}

const GET_EXAMPLE: &str = "\
Examples:
  claviger token get --client-id 0198a1c0-… --key-file nightly.key
  claviger token get --client-id 0198a1c0-… --key-file nightly.key --format header |
      curl -H @- https://api.example.org/

Without flags, an API token in CLAVIGER_TOKEN is the token; else the client of `claviger login` gets one.";

const INTROSPECT_EXAMPLE: &str = "\
Example:
  claviger token get --client-id 0198a1c0-… --key-file nightly.key |
      claviger token introspect --client-id 0198a1c1-… --key-file studio-api.key";

#[derive(Debug, Subcommand)]
enum TokenAct {
    /// Get an access token with a client key
    #[command(after_help = GET_EXAMPLE)]
    Get {
        #[command(flatten)]
        order: TokenOrder,

        /// What to print
        #[arg(long, value_enum, default_value_t = Format::Raw, conflicts_with = "json")]
        format: Format,
    },

    /// Introspect a token as a resource server
    #[command(after_help = INTROSPECT_EXAMPLE)]
    Introspect {
        #[command(flatten)]
        identity: Identity,

        #[command(flatten)]
        token: TokenInput,
    },

    /// Revoke one token, as the client that got it
    Revoke {
        #[command(flatten)]
        identity: Identity,

        #[command(flatten)]
        token: TokenInput,

        #[command(flatten)]
        wait: WaitFlag,
    },
}

#[derive(Debug, Args)]
struct TokenInput {
    /// File that holds the token; - is standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    token_file: SecretSource,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The token alone
    Raw,
    /// The answer of the token endpoint
    Json,
    /// An Authorization header
    Header,
    /// A line for a shell or an env file: CLAVIGER_TOKEN=…
    Env,
    /// What kubectl reads of a credential plugin, in the version that KUBERNETES_EXEC_INFO asks for
    ExecCredential,
}

/// What to print of a token. It is settled before a token is requested.
enum Form {
    Raw,
    Header,
    Env,
    ExecCredential(ExecCredentialVersion),
}

impl Format {
    fn settle(self) -> Result<Form, Failure> {
        Ok(match self {
            Self::Raw | Self::Json => Form::Raw,
            Self::Header => Form::Header,
            Self::Env => Form::Env,
            Self::ExecCredential => Form::ExecCredential(ExecCredentialVersion::requested()?),
        })
    }
}

impl Form {
    fn write(&self, fresh: &FreshToken) -> Zeroizing<String> {
        let token = fresh.token.expose();
        Zeroizing::new(match self {
            Self::Raw => token.to_owned(),
            Self::Header => format!("Authorization: Bearer {token}"),
            Self::Env => format!("CLAVIGER_TOKEN={token}"),
            Self::ExecCredential(version) => version.write(fresh),
        })
    }
}

/// An API token is not a response of the token endpoint. It is shown with the same members.
fn show_answer(fresh: &FreshToken, output: &mut Output) -> Result<(), Failure> {
    match &fresh.answer {
        Some(answer) => output.secret(answer.as_str(), fresh.lost()),
        None => {
            let shown = json!({"access_token": fresh.token.expose(), "token_type": "Bearer"});
            output.secret(&shown.to_string(), fresh.lost())
        }
    }
}

impl TokenCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let place = self.place;
        output.prefer_json(place.json);
        match self.act {
            TokenAct::Get { order, format } => {
                output.prefer_json(place.json || format == Format::Json);
                let form = format.settle()?;
                let fresh = order.fetch(&place, output)?;
                if output.wants_json() {
                    return show_answer(&fresh, output);
                }
                output.secret(&form.write(&fresh), fresh.lost())
            }
            TokenAct::Introspect { identity, token } => {
                let token = token.apart_from(&identity)?.read("token", output)?;
                let client = OAuthClient::connect(&place, identity, output)?;
                show_introspection(&client.post("introspect", &[("token", token.expose())])?, output)
            }
            TokenAct::Revoke { identity, token, wait } => {
                let token = token.apart_from(&identity)?.read("token", output)?;
                let client = OAuthClient::connect(&place, identity, output)?;
                let mut form = vec![("token", token.expose())];
                form.extend(wait.parameter());
                show_revocation(&client.post("revoke", &form)?, output)
            }
        }
    }
}

impl TokenInput {
    /// Standard input cannot provide both.
    fn apart_from(self, identity: &Identity) -> Result<SecretSource, Failure> {
        let both = [Some(&self.token_file), identity.key_file.as_ref()];
        if both.iter().all(|source| *source == Some(&SecretSource::StandardInput)) {
            return Err(Failure::usage(
                "the token and the client key cannot both come from standard input: name a file for one of them",
            ));
        }
        Ok(self.token_file)
    }
}
