//! `claviger realm sign-in`: the provider at which people of the realm sign in.

use std::str::FromStr;

use clap::{ArgAction, Args, Subcommand};
use claviger_api::Edited;
use claviger_domain::{Admission, RoleRule};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::commands::realms::receipt::write_receipt;
use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::confirmation::{Question, RemovalFlags};
use crate::terminal::object::Object;
use crate::terminal::output::Output;
use crate::terminal::secret_input::SecretSource;
use crate::values::shared_flags::{SignedIn, WaitFlag};

const ROUTE: &str = "sign-in";

/// Show and change where people sign in
#[derive(Debug, Args)]
pub struct SignInCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: SignInAct,
}

const SET_EXAMPLE: &str = "\
Example:
  claviger realm sign-in set --provider-name \"Acme SSO\" --issuer https://login.acme.example --client-id claviger \\
      --client-secret-file secret --admission by_rule --rule group=/it/platform:sys_admin --rule domain=acme.example:member";

#[derive(Debug, Subcommand)]
enum SignInAct {
    /// Show the provider, and the redirect URI to register there
    Show,

    /// Set the provider and its rules; what is not named gets its default
    ///
    /// The provider is asked first, and nothing is stored if it does not answer as it must. The present client secret
    /// stays if none is given, and issuer and client id remain. Only account holders may.
    #[command(after_help = SET_EXAMPLE)]
    Set {
        #[command(flatten)]
        flags: Box<SignInFlags>,

        #[command(flatten)]
        wait: WaitFlag,
    },

    /// Remove the provider: nobody signs in there any more
    Remove {
        #[command(flatten)]
        wait: WaitFlag,

        #[command(flatten)]
        how: RemovalFlags,
    },

    /// Ask the provider now whether it answers and accepts this server
    Test,
}

#[derive(Debug, Args, Serialize)]
pub struct SignInFlags {
    /// The name on the button of the sign-in page
    #[arg(long, value_name = "NAME")]
    provider_name: String,

    /// The issuer of the OpenID Connect provider, exactly as it writes it
    #[arg(long, value_name = "URL")]
    issuer: String,

    /// The id under which this server is registered there
    #[arg(long, value_name = "ID")]
    client_id: String,

    /// The secret of that registration, read from a file; - is standard input
    #[arg(long, value_name = "FILE")]
    #[serde(
        rename = "client_secret",
        skip_serializing_if = "Option::is_none",
        serialize_with = "not_read_yet"
    )]
    client_secret_file: Option<SecretSource>,

    /// Whether the provider gave no secret [default: false]
    #[arg(long, value_name = "BOOL", action = ArgAction::Set)]
    #[serde(skip_serializing_if = "Option::is_none")]
    public_client: Option<bool>,

    /// The claim that lists groups [default: groups]
    #[arg(long, value_name = "CLAIM")]
    #[serde(skip_serializing_if = "Option::is_none")]
    groups_claim: Option<String>,

    /// A domain whose people may sign in; may be repeated [default: any]
    #[arg(long = "allowed-domain", value_name = "DOMAIN")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allowed_domains: Vec<String>,

    /// Who becomes a member: invited or by_rule [default: invited]
    #[arg(long, value_name = "WHO")]
    #[serde(skip_serializing_if = "Option::is_none")]
    admission: Option<Admission>,

    /// The role of people with a group, email, domain or tenant; the first that fits decides; may be repeated
    #[arg(long = "rule", value_name = "CLAIM=VALUE:ROLE")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<RuleFlag>,

    /// Ask the provider first; false stores the settings as they are [default: true]
    #[arg(long, value_name = "BOOL", action = ArgAction::Set)]
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<bool>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
struct RuleFlag(RoleRule);

impl FromStr for RuleFlag {
    type Err = String;

    /// The value of a claim may contain both separators.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=').and_then(|(claim, rest)| Some((claim, rest.rsplit_once(':')?)));
        let (claim, (value, role)) = parts.ok_or_else(|| format!("\"{text}\" is not CLAIM=VALUE:ROLE"))?;
        let rule = json!({"claim": claim, "value": value, "role": role});
        serde_json::from_value(rule).map(Self).map_err(|error| format!("\"{text}\": {error}"))
    }
}

/// [`SignInFlags::body`] puts what the file contains in its place.
fn not_read_yet<S: Serializer>(_: &Option<SecretSource>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("-")
}

impl SignInFlags {
    fn body(self, output: &mut Output) -> Result<Value, Failure> {
        let mut body =
            serde_json::to_value(&self).map_err(|_| Failure::usage("the flags do not form a body"))?;
        if let Some(source) = self.client_secret_file {
            body["client_secret"] = source.read_document("client secret", output)?.trim().into();
        }
        Ok(body)
    }
}

impl SignInCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "sign-in provider", output)?;
        match self.act {
            SignInAct::Show => output.answer::<Object>(&client.get(&[ROUTE])?),
            SignInAct::Set { flags, wait } => {
                let body = flags.body(output)?;
                output.answer::<Edited<Object>>(&client.replace(&[ROUTE], wait, &body)?)
            }
            SignInAct::Remove { wait, how } => {
                let question = Question {
                    act: "Remove the sign-in provider".to_owned(),
                    effect: "Nobody can sign in there any more.",
                };
                let change = client.deletion(&[ROUTE], wait);
                let confirmed = how.confirm(&question, &client, Some(&[ROUTE]), change, output)?;
                output.answer_with(&client.carry_out(confirmed)?, |page, receipt| {
                    write_receipt(page, format_args!("Removed the sign-in provider."), &receipt);
                })
            }
            SignInAct::Test => output.answer::<Object>(&client.post(&[ROUTE, "test"])?),
        }
    }
}
