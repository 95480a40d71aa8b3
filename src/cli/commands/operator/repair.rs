//! `claviger repair`: what an operator may do with data that cannot be read any more.

use clap::{Args, Subcommand};

use crate::cli::commands::operator::machine::{DamagedLogRow, Machine, OnThisMachine};
use crate::cli::failure::{Exit, Failure};
use crate::cli::terminal::output::Output;
use crate::cli::terminal::page::{Page, Table};
use crate::cli::terminal::progress::Progress;

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
    /// A server stops at such a row and answers 503, because it may take something away. A row of a newer version needs that
    /// version. Where nothing else helps, --skip steps over a damaged row: what the tables have of it stays, the row itself
    /// is kept and named in the log and in the audit trail, and every token from before is dead, of the realm that the row
    /// speaks of, or of all realms where that cannot be read. Look through that realm afterwards. Exits with 1 while there
    /// is damage.
    Log {
        /// The position of one damaged row
        #[arg(long, value_name = "POSITION", requires = "yes")]
        skip: Option<u64>,

        /// Yes, end every token that the row may have restricted
        #[arg(long, requires = "skip")]
        yes: bool,

        #[command(flatten)]
        place: OnThisMachine,
    },
}

impl RepairCommand {
    pub fn run(self, machine: &dyn Machine, output: &mut Output) -> Result<(), Failure> {
        let RepairAct::Log { skip, yes, place } = self.act;
        match skip.filter(|_| yes) {
            Some(position) => {
                let done = machine.skip_log_row(&place, position)?;
                output.line(&format!(
                    "Stepped over row {position}: every token from before position {} is dead in {}.",
                    done.position,
                    done.realms.join(", ")
                ))
            }
            None => show(&place, machine, output),
        }
    }
}

fn show(place: &OnThisMachine, machine: &dyn Machine, output: &mut Output) -> Result<(), Failure> {
    let rows = Progress::show("rows", |progress| machine.damaged_log_rows(place, progress))?;
    let mut table = Table::new(["POSITION", "REALM", "DAMAGE", "STEPPED OVER"]);
    for row in &rows {
        let realm = row.realm.clone().unwrap_or_else(|| "any".to_owned());
        let skipped = if row.skipped { "yes" } else { "no" };
        table.row([row.position.to_string().into(), realm.into(), row.what.as_str().into(), skipped.into()]);
    }
    let mut page = Page::default();
    page.table(&table, "Every row of the change log can be read.");
    output.page(&page)?;
    match rows.iter().find(|row| !row.skipped) {
        None => Ok(()),
        Some(DamagedLogRow { position, newer: true, .. }) => Err(Failure::new(
            Exit::Failure,
            format!("row {position} is of a newer claviger: install that version here"),
        )),
        Some(DamagedLogRow { position, .. }) => Err(Failure::new(
            Exit::Failure,
            format!(
                "row {position} cannot be read, and servers stop at it: restore a backup, or step over it with \
                 `claviger repair log --skip {position} --yes`"
            ),
        )),
    }
}
