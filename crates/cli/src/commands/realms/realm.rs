//! `claviger realm`: the settings of a realm.

use clap::{Args, Subcommand};
use claviger_api::Edited;

use crate::commands::realms::sign_in::SignInCommand;
use crate::failure::Failure;
use crate::server::client::Client;
use crate::terminal::object::Object;
use crate::terminal::output::Output;
use crate::values::realm_settings::RealmSettings;
use crate::values::shared_flags::{SignedIn, WaitFlag};

/// Show and change the settings of the realm
#[derive(Debug, Args)]
pub struct RealmCommand {
    #[command(subcommand)]
    act: RealmAct,
}

const EDIT_EXAMPLE: &str = "\
Example:
  claviger realm edit --registry-service registry.example.org --registry-token-ttl 120s";

#[derive(Debug, Subcommand)]
pub enum RealmAct {
    /// Show the realm and its settings, as the server has them
    Show {
        #[command(flatten)]
        server: SignedIn,
    },

    /// Change settings of the realm; what is not named stays as it is
    #[command(after_help = EDIT_EXAMPLE)]
    Edit {
        #[command(flatten)]
        settings: RealmSettings,

        #[command(flatten)]
        wait: WaitFlag,

        #[command(flatten)]
        server: SignedIn,
    },

    SignIn(SignInCommand),
}

impl RealmCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        self.act.run(output)
    }
}

impl RealmAct {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Show { server } => {
                let client = Client::connect(server, "realm", output)?;
                output.answer::<Object>(&client.get(&[])?)
            }
            Self::Edit { settings, wait, server } => {
                let client = Client::connect(server, "realm", output)?;
                output.answer::<Edited<Object>>(&client.edit(&[], wait, &settings.body())?)
            }
            Self::SignIn(command) => command.run(output),
        }
    }
}
