//! `claviger repair`: what an operator can do with data that can no longer be read.

use clap::{Args, Subcommand};
use serde_json::json;

use claviger_cli::failure::{Exit, Failure};
use claviger_cli::terminal::output::Output;
use claviger_cli::terminal::page::{Page, Table};
use claviger_cli::terminal::progress::Progress;

use crate::commands::local_server::OnThisMachine;
use crate::operator;

/// List unreadable rows of the database, or skip one
#[derive(Debug, Args)]
pub struct RepairCommand {
    #[command(subcommand)]
    act: RepairAct,
}

#[derive(Debug, Subcommand)]
enum RepairAct {
    /// List unreadable rows of the change log, or skip one
    ///
    /// A server stops at such a row and answers 503, because the row may revoke access. A row of a newer version
    /// requires that version. As a last resort, --skip skips a damaged row: its effects in the tables stay, the row is
    /// kept and recorded in the log and in the audit trail, and all earlier tokens of the row's realm become invalid,
    /// or those of all realms if the realm cannot be read. Check that realm afterwards. Exits with 1 while there is
    /// damage.
    Log {
        /// The position of one damaged row
        #[arg(long, value_name = "POSITION", requires = "yes")]
        skip: Option<u64>,

        /// Confirm that every token the row may have restricted becomes invalid
        #[arg(long, requires = "skip")]
        yes: bool,

        #[command(flatten)]
        place: OnThisMachine,
    },
}

impl RepairCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let RepairAct::Log { skip, yes, place } = self.act;
        match skip.filter(|_| yes) {
            Some(position) => {
                let done = operator::skip_row(&place.settings(output)?, position)?;
                let realms: Vec<String> = done.realms.iter().map(ToString::to_string).collect();
                let sentence = format!(
                    "Skipped row {position}: every token issued before position {} is invalid in {}.",
                    done.position,
                    realms.join(", ")
                );
                output.report(
                    &sentence,
                    &json!({ "skipped": position, "position": done.position, "realms": realms }),
                )
            }
            None => show(&place, output),
        }
    }
}

fn show(place: &OnThisMachine, output: &mut Output) -> Result<(), Failure> {
    let settings = place.settings(output)?;
    let rows = Progress::show("rows", |progress| operator::damaged_rows(&settings, progress))?;
    let mut table = Table::new(["POSITION", "REALM", "DAMAGE", "SKIPPED"]);
    let mut listed = Vec::new();
    for row in &rows {
        let realm = row.realm.as_ref().map_or_else(|| "any".to_owned(), ToString::to_string);
        listed.push(json!({
            "position": row.position, "realm": row.realm, "damage": row.what, "skipped": row.skipped,
        }));
        let skipped = if row.skipped { "yes" } else { "no" };
        table.row([row.position.to_string().into(), realm.into(), row.what.as_str().into(), skipped.into()]);
    }
    if output.wants_json() {
        output.json(&json!({ "items": listed }))?;
    } else {
        let mut page = Page::default();
        page.table(&table, "Every row of the change log can be read.");
        output.page(&page)?;
    }
    match rows.iter().find(|row| !row.skipped) {
        None => Ok(()),
        Some(row) if row.newer => Err(Failure::new(
            Exit::Failure,
            format!("row {} was written by a newer claviger: install that version here", row.position),
        )),
        Some(row) => Err(Failure::new(
            Exit::Failure,
            format!(
                "row {0} cannot be read, and servers stop at it: restore a backup, or skip the row with \
                 `claviger repair log --skip {0} --yes`",
                row.position
            ),
        )),
    }
}
