//! `claviger config`: the settings of a server on this machine, and the source of each.

use clap::{Args, Subcommand};
use serde::Serialize;

use claviger_cli::failure::Failure;
use claviger_cli::terminal::cell::Cell;
use claviger_cli::terminal::output::Output;
use claviger_cli::terminal::page::{Page, Table};

use crate::commands::local_server::OnThisMachine;
use crate::config::{Explained, explain};

/// Show the settings of this machine
#[derive(Debug, Args)]
pub struct ConfigCommand {
    #[command(subcommand)]
    act: ConfigAct,
}

#[derive(Debug, Subcommand)]
enum ConfigAct {
    /// Show every setting with its value and source, without secrets
    Show {
        #[command(flatten)]
        place: OnThisMachine,
    },
}

#[derive(Serialize)]
struct Listed<'a> {
    settings: &'a [Explained],
}

impl ConfigCommand {
    /// An error is reported after the list, which may help to find its cause.
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let ConfigAct::Show { place } = self.act;
        place.choose_form(output);
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
