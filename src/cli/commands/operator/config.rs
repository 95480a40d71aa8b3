//! `claviger config`: what a server of this machine would be told, and by whom.

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::commands::operator::machine::OnThisMachine;
use crate::cli::failure::Failure;
use crate::cli::terminal::cell::Cell;
use crate::cli::terminal::output::Output;
use crate::cli::terminal::page::{Page, Table};
use crate::config::{Explained, explain};

/// Show the settings of this machine
#[derive(Debug, Args)]
pub struct ConfigCommand {
    #[command(subcommand)]
    act: ConfigAct,
}

#[derive(Debug, Subcommand)]
enum ConfigAct {
    /// Show every setting, its value, and where that came from; secrets are left out
    Show {
        #[command(flatten)]
        place: OnThisMachine,

        /// Print JSON instead of text for people
        #[arg(long)]
        json: bool,
    },
}

#[derive(Serialize)]
struct Listed<'a> {
    settings: &'a [Explained],
}

impl ConfigCommand {
    /// What is wrong is named behind the list, which may help to see why.
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let ConfigAct::Show { place, json } = self.act;
        output.prefer_json(json);
        let (settings, error) = explain(&place.flags()).map_err(|error| Failure::usage(error.to_string()))?;
        if output.wants_json() {
            output.json(&Listed { settings: &settings })?;
        } else {
            let mut table = Table::new(["SETTING", "VALUE", "FROM"]);
            for setting in settings {
                let value = Cell::or_dash(setting.value.filter(|value| !value.is_empty()));
                table.row([setting.name.into(), value, setting.origin.into()]);
            }
            let mut page = Page::default();
            page.table(&table, "There are no settings.");
            output.page(&page)?;
        }
        error.map_or(Ok(()), |error| Err(Failure::usage(error.to_string())))
    }
}
