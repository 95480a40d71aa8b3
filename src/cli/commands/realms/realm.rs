//! `claviger realm`: tenants, each with its own issuer, keys and members.

use clap::{Args, Subcommand};
use claviger_contract::RealmLabel;

use crate::administration::Preset;
use crate::cli::commands::operator::machine::{Machine, OnThisMachine};
use crate::cli::failure::Failure;
use crate::cli::server::client::Client;
use crate::cli::server::operator_token::show;
use crate::cli::terminal::output::Output;
use crate::cli::values::realm_settings::{Realm, RealmSettings};
use crate::cli::values::shared_flags::SignedIn;
use claviger_domain::EmailAddress;

/// Realms: create, suspend and resume them on this machine; show and change their settings at a server
#[derive(Debug, Args)]
pub struct RealmCommand {
    #[command(subcommand)]
    act: RealmAct,
}

const EXAMPLE: &str = "\
Example:
  export CLAVIGER_REALM=acme
  export CLAVIGER_TOKEN=\"$(claviger realm create acme --owner ada@example.org)\"
  claviger member list";

const EDIT_EXAMPLE: &str = "\
Example:
  claviger realm edit --registry-service registry.example.org --registry-token-ttl 120s";

#[derive(Debug, Subcommand)]
enum RealmAct {
    /// Create a realm and its owner, and print a personal access token of theirs
    ///
    /// Opens the database of this machine; a server may be running on it. The token is good for one hour, and stands
    /// alone on standard output.
    #[command(after_help = EXAMPLE)]
    Create(NewRealm),

    /// Issue and accept no tokens of a realm until it is resumed
    ///
    /// Tokens from before are dead for good. Opens the database of this machine; a server may be running on it. Returns
    /// when that server has applied it, or fails and says so.
    Suspend(KnownRealm),

    /// Resume a suspended realm; tokens issued before stay invalid
    Resume(KnownRealm),

    /// Show the realm and its settings, as the server has them
    Show {
        #[command(flatten)]
        server: SignedIn,
    },

    /// Change settings of the realm; what is not named stays as it is
    #[command(after_help = EDIT_EXAMPLE)]
    Edit {
        #[command(flatten)]
        server: SignedIn,

        #[command(flatten)]
        settings: RealmSettings,
    },
}

#[derive(Debug, Args)]
pub struct KnownRealm {
    /// The realm's name
    pub name: RealmLabel,

    #[command(flatten)]
    pub place: OnThisMachine,
}

#[derive(Debug, Args)]
pub struct NewRealm {
    /// The realm's name in URLs and tokens: a-z, 0-9 and -
    pub name: RealmLabel,

    /// The e-mail address of its first account holder
    #[arg(long, value_name = "EMAIL")]
    pub owner: EmailAddress,

    /// Scopes to begin with: foundries registers the fourteen of source, containers, ci, devices and targets
    #[arg(long, value_name = "PRESET")]
    pub preset: Option<Preset>,

    /// Print the token and its end as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    pub place: OnThisMachine,
}

impl RealmCommand {
    pub fn run(self, machine: &dyn Machine, output: &mut Output) -> Result<(), Failure> {
        let new = match self.act {
            RealmAct::Show { server } => {
                let shown = Client::connect(server, "realm", output)?.get(&[])?;
                return output.answer::<Realm>(&shown);
            }
            RealmAct::Edit { server, settings } => {
                let client = Client::connect(server, "realm", output)?;
                return output.answer::<Realm>(&client.edit(&[], &settings.body())?);
            }
            RealmAct::Create(new) => new,
            RealmAct::Suspend(realm) => {
                machine.suspend_realm(&realm, true)?;
                return output.line(&format!("The realm {} is suspended; its tokens are dead.", realm.name));
            }
            RealmAct::Resume(realm) => {
                machine.suspend_realm(&realm, false)?;
                return output
                    .line(&format!("The realm {} works again; tokens from before stay dead.", realm.name));
            }
        };
        output.prefer_json(new.json);
        let token = machine.create_realm(&new)?;
        let NewRealm { name, owner, .. } = &new;
        output.note(&format!("Created the realm {name}. A personal access token of its owner {owner}:"));
        show(token, name, owner, output)
    }
}
