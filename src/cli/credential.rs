//! `claviger credential`: service credentials, which belong to the realm.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::client::Client;
use super::credential_view::{CreatedCredential, Credential, EditedCredential, list_page};
use super::failure::Failure;
use super::grant::Grant;
use super::identifier::Identifier;
use super::lifetime::Lifetime;
use super::output::Output;
use super::receipt::Receipt;
use super::shared_flags::{SignedIn, Wait, replacement};

/// Service credentials: what pipelines trade for tokens
#[derive(Debug, Args)]
pub struct CredentialCommand {
    #[command(flatten)]
    pub server: SignedIn,

    #[command(subcommand)]
    act: CredentialAct,
}

const CREATE_EXAMPLE: &str = "\
Example:
  claviger credential create nightly-build --days 90 --token-ttl 1h \\
      --group builders --resource studio/studio-1:view";

const EDIT_EXAMPLE: &str = "\
Example: it keeps one resource, and leaves all groups
  claviger credential edit 0198a1c0-… --no-groups --resource studio/studio-1:view,edit";

const REVOKE_EXAMPLE: &str = "\
Example:
  claviger credential revoke 0198a1c0-… --name nightly-build";

#[derive(Debug, Subcommand)]
enum CredentialAct {
    /// Create a credential, and show its client key this once
    #[command(after_help = CREATE_EXAMPLE)]
    Create(NewCredential),

    /// List the realm's credentials
    List,

    /// Show one credential, with its effective scopes and where each comes from
    Show {
        /// As `claviger credential list` shows it
        #[arg(value_name = "ID")]
        id: Identifier,
    },

    /// Replace a credential's groups or resources; nothing else of it can be changed
    ///
    /// Each kind of flag replaces the whole list, and without a flag of its kind a list stays as it is. What is taken
    /// away is dead at once, in tokens that were issued before too; what is added comes with the next token.
    #[command(after_help = EDIT_EXAMPLE)]
    Edit {
        /// As `claviger credential list` shows it
        #[arg(value_name = "ID")]
        id: Identifier,

        #[command(flatten)]
        edit: CredentialEdit,
    },

    /// Revoke a credential and every token that it ever got; this is final
    ///
    /// Returns when nobody accepts its tokens any more, with the receipt that says who has confirmed. Create the next
    /// credential before you revoke the one in use.
    #[command(after_help = REVOKE_EXAMPLE)]
    Revoke {
        /// As `claviger credential list` shows it
        #[arg(value_name = "ID")]
        id: Identifier,

        /// The credential's name, exactly: it confirms that this is the one
        #[arg(long)]
        name: String,

        /// Whom to wait for [default: verifiers, where there are any]
        #[arg(long, value_name = "WHOM")]
        wait: Option<Wait>,
    },
}

#[derive(Debug, Args)]
struct NewCredential {
    /// A name that no live credential of the realm has
    name: String,

    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,

    #[command(flatten)]
    validity: Validity,

    /// How long each of its tokens lives: 15m, 1h, 2h, 8h, 24h, or whole minutes between
    #[arg(long, value_name = "TIME")]
    token_ttl: Lifetime,

    /// A group to inherit scopes from; may be repeated
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<String>,

    /// Actions on one resource; may be repeated
    #[arg(long = "resource", value_name = "TYPE/NAME:ACTION,…")]
    resources: Vec<Grant>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Validity {
    /// For how many days it is valid: 30, 90, 180, 365, or any number between
    #[arg(long, value_name = "N")]
    days: Option<u32>,

    /// Valid until it is revoked
    #[arg(long)]
    never: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct CredentialEdit {
    /// A group to inherit scopes from, instead of those before; may be repeated
    #[arg(long = "group", value_name = "NAME", conflicts_with = "no_groups")]
    groups: Vec<String>,

    /// Actions on one resource, instead of all grants before; may be repeated
    #[arg(long = "resource", value_name = "TYPE/NAME:ACTION,…", conflicts_with = "no_resources")]
    resources: Vec<Grant>,

    /// Leave every group
    #[arg(long)]
    no_groups: bool,

    /// Give up every resource
    #[arg(long)]
    no_resources: bool,
}

#[derive(Serialize)]
struct CreateBody<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    validity_days: Option<u32>,
    token_ttl_seconds: Lifetime,
    groups: &'a [String],
    resources: &'a [Grant],
}

#[derive(Serialize)]
struct EditBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resources: Option<Vec<Grant>>,
}

const ROUTE: &str = "service-credentials";

impl CredentialCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "credential", output)?;
        match self.act {
            CredentialAct::Create(new) => {
                output.answer::<CreatedCredential>(&client.create(&[ROUTE], &new.body())?)
            }
            CredentialAct::List => output.answer_with(&client.list(&[ROUTE], None)?, list_page),
            CredentialAct::Show { id } => output.answer::<Credential>(&client.get(&[ROUTE, id.as_str()])?),
            CredentialAct::Edit { id, edit } => {
                output.answer::<EditedCredential>(&client.edit(&[ROUTE, id.as_str()], &edit.body())?)
            }
            CredentialAct::Revoke { id, name, wait } => {
                let body = serde_json::json!({ "name": name });
                let answer = client.act(&[ROUTE, id.as_str(), "revoke"], wait, &body)?;
                output.answer_with(&answer, |page, receipt: Receipt| {
                    receipt.write_as(
                        page,
                        format_args!("Revoked the service credential \"{name}\" and all of its tokens."),
                    );
                })
            }
        }
    }
}

impl NewCredential {
    fn body(&self) -> CreateBody<'_> {
        CreateBody {
            name: &self.name,
            description: self.description.as_deref(),
            validity_days: self.validity.days,
            token_ttl_seconds: self.token_ttl,
            groups: &self.groups,
            resources: &self.resources,
        }
    }
}

impl CredentialEdit {
    fn body(self) -> EditBody {
        EditBody {
            groups: replacement(self.groups, self.no_groups),
            resources: replacement(self.resources, self.no_resources),
        }
    }
}
