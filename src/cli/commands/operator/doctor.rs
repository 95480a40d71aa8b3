//! `claviger doctor`: what is wrong with this server, and what to type.

use std::collections::BTreeSet;

use clap::Args;
use serde::Serialize;

use crate::cli::commands::operator::machine::{Machine, OnThisMachine};
use crate::cli::failure::{Exit, Failure};
use crate::cli::terminal::cell::{BAD, Cell, GOOD};
use crate::cli::terminal::output::Output;
use crate::cli::terminal::page::{Facts, Page, Table};

/// Check settings, keys, database, clock, disk space and address
///
/// Changes nothing; watches servers that share a PostgreSQL for a second and a half at most. Exits with 0 if all is
/// well, else with 1.
#[derive(Debug, Args)]
pub struct DoctorCommand {
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    place: OnThisMachine,
}

/// What was looked at, how it was found, and what to do where that is wrong.
#[derive(Serialize)]
pub struct Finding {
    pub what: String,
    pub ok: bool,
    pub found: String,
    pub advice: Option<String>,
}

impl DoctorCommand {
    pub fn run(self, machine: &dyn Machine, output: &mut Output) -> Result<(), Failure> {
        output.prefer_json(self.json);
        let findings = machine.examine(&self.place)?;
        let wrong = findings.iter().filter(|finding| !finding.ok).count();
        if output.wants_json() {
            output.json(&findings)?;
        } else {
            output.page(&page(&findings))?;
        }
        match wrong {
            0 => Ok(()),
            1 => Err(Failure::new(Exit::Failure, "one thing is wrong")),
            more => Err(Failure::new(Exit::Failure, format!("{more} things are wrong"))),
        }
    }
}

/// Findings a line each, and then what to do: both are sentences, which side by side nobody reads.
fn page(findings: &[Finding]) -> Page {
    let mut page = Page::default();
    let mut table = Table::new(["", "WHAT", "FOUND"]);
    let (mut advice, mut told) = (Facts::default(), BTreeSet::new());
    for finding in findings {
        let mark = if finding.ok { Cell::painted(GOOD, "ok") } else { Cell::painted(BAD, "wrong") };
        table.row([mark, finding.what.as_str().into(), finding.found.as_str().into()]);
        // Of several nodes with one illness once.
        if let Some(todo) = finding.advice.as_deref().filter(|todo| told.insert((&finding.what, *todo))) {
            advice = advice.fact(&finding.what, todo);
        }
    }
    page.table(&table, "Nothing was looked at.");
    if findings.iter().any(|finding| finding.advice.is_some()) {
        page.blank();
        page.heading("To do");
        page.facts(&advice);
    }
    page
}
