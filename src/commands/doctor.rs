//! `claviger doctor`: diagnoses this server, and says what to type.

use std::collections::BTreeSet;

use clap::Args;
use serde::Serialize;

use claviger_cli::failure::{Exit, Failure};
use claviger_cli::terminal::cell::{BAD, Cell, GOOD};
use claviger_cli::terminal::output::Output;
use claviger_cli::terminal::page::{Facts, Page, Table};

use crate::commands::local_server::OnThisMachine;
use crate::operator::{self, Finding};

/// Check settings, keys, database, clock, disk space and address
///
/// Changes nothing; watches servers that share a PostgreSQL for a second and a half at most. Exits with 0 if all is
/// well, else with 1.
#[derive(Debug, Args)]
pub struct DoctorCommand {
    #[command(flatten)]
    place: OnThisMachine,
}

/// A finding as JSON.
#[derive(Serialize)]
struct Shown<'a> {
    what: &'a str,
    ok: bool,
    found: &'a str,
    advice: Option<&'a str>,
}

impl DoctorCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let findings = operator::examine(&self.place.settings(output)?).0;
        let wrong = findings.iter().filter(|finding| !finding.is_fine()).count();
        if output.wants_json() {
            output.json(&findings.iter().map(shown).collect::<Vec<_>>())?;
        } else {
            output.page(&page(&findings))?;
        }
        match wrong {
            0 => Ok(()),
            1 => Err(Failure::new(Exit::Failure, "1 check failed")),
            more => Err(Failure::new(Exit::Failure, format!("{more} checks failed"))),
        }
    }
}

fn shown(finding: &Finding) -> Shown<'_> {
    let Finding { what, found, advice } = finding;
    Shown { what, ok: finding.is_fine(), found, advice: advice.as_deref() }
}

/// One finding per line, then the advice. Both are sentences, which are hard to read side by side.
fn page(findings: &[Finding]) -> Page {
    let mut page = Page::default();
    let mut table = Table::new(["", "WHAT", "FOUND"]);
    let (mut advice, mut told) = (Facts::default(), BTreeSet::new());
    for finding in findings {
        let mark = if finding.is_fine() { Cell::painted(GOOD, "ok") } else { Cell::painted(BAD, "failed") };
        table.row([mark, finding.what.into(), finding.found.as_str().into()]);
        // The same advice for several nodes is shown once.
        if let Some(todo) = finding.advice.as_deref().filter(|todo| told.insert((finding.what, *todo))) {
            advice = advice.fact(finding.what, todo);
        }
    }
    page.table(&table, "Nothing was checked.");
    if findings.iter().any(|finding| finding.advice.is_some()) {
        page.blank();
        page.heading("To do");
        page.facts(&advice);
    }
    page
}
