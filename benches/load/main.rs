//! `make bench`: compares claviger with its goals and with minimal baseline servers.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a benchmark reads the real clock, waits for real time to pass, prints a table, and rounds its figures"
)]

mod cluster;
mod console;
mod credentials;
mod failure;
mod flood;
mod footprint;
mod growth;
mod growth_of_logins;
mod growth_of_realms;
mod half_open;
mod import;
mod latency;
mod lists;
mod million;
mod neighbor;
mod options;
mod servers;
mod statements;
mod statistics;
mod table;
mod throughput;
mod timing;
mod traffic;
mod vault;
mod verifier;

use std::path::Path;
use std::process::ExitCode;

use crate::failure::{Attempt, while_doing};
use crate::options::{Invocation, Options, Subject, USAGE};
use crate::servers::baseline;
use crate::servers::cores::{Cores, raise_the_limit_of_open_files};
use crate::servers::stage::Stage;
use crate::table::Row;

fn main() -> ExitCode {
    let invocation = Invocation::parse(std::env::args().skip(1), env!("CARGO_BIN_EXE_claviger"));
    let done = invocation.and_then(|invocation| match invocation {
        Invocation::Measure(options) => measure(&options),
        Invocation::Baseline { work, listen, shape } => baseline::serve(work, listen, &shape),
        Invocation::Verification { rounds, revocations } => verifier::measure(rounds, revocations),
        Invocation::Explain => {
            println!("{USAGE}");
            Ok(())
        }
        Invocation::Nothing => Ok(()),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn measure(options: &Options) -> Attempt<()> {
    if !options.server.exists() {
        return Err(format!("There is no server at {}: build it first.", options.server.display()));
    }
    raise_the_limit_of_open_files()?;
    let cores = Cores::take()?;
    if cores.are_shared() {
        eprintln!("Only one core may be used: server and load share it, and the numbers mean little.");
    }
    let folder = tempfile::Builder::new()
        .prefix("claviger-bench-")
        .tempdir()
        .map_err(while_doing("making a temporary folder"))?;

    let mut run = Run {
        options,
        cores,
        folder: folder.path(),
        stage: None,
        token_peak: None,
        introspection_peak: None,
    };
    let mut rows = Vec::new();
    for &subject in &options.subjects {
        eprintln!("measuring {} …", subject.name());
        match run.rows(subject) {
            Ok(measured) => rows.extend(measured),
            Err(failure) => rows.push(Row::not_measured(subject.name(), failure)),
        }
    }
    table::print(&rows);
    Ok(())
}

struct Run<'a> {
    options: &'a Options,
    cores: Cores,
    folder: &'a Path,
    /// Created by the first row that needs it, then reused; other rows measure their own servers.
    stage: Option<Stage>,
    token_peak: Option<f64>,
    introspection_peak: Option<f64>,
}

impl Run<'_> {
    fn rows(&mut self, subject: Subject) -> Attempt<Vec<Row>> {
        let (cores, pace, binary, folder) =
            (self.cores, self.options.pace, self.options.server.as_path(), self.folder);
        match subject {
            Subject::Empty => footprint::rows(cores, pace, binary, folder),
            Subject::Tokens => {
                let (row, peak) = throughput::tokens(self.stage()?)?;
                self.token_peak = Some(peak);
                Ok(vec![row])
            }
            Subject::Introspection => {
                let (row, peak) = throughput::introspection(self.stage()?)?;
                self.introspection_peak = Some(peak);
                Ok(vec![row])
            }
            Subject::First => Ok(vec![throughput::first(self.stage()?)?]),
            Subject::Repeated => Ok(vec![throughput::repeated(self.stage()?)?]),
            Subject::Latency => {
                let (token_peak, introspection_peak) = (self.token_peak, self.introspection_peak);
                let stage = self.stage()?;
                Ok(vec![
                    latency::of_tokens(stage, token_peak)?,
                    latency::of_introspections(stage, introspection_peak)?,
                ])
            }
            Subject::Sql => Ok(vec![statements::row(cores, pace, binary, folder)?]),
            Subject::Timing => Ok(vec![timing::row(cores, pace, binary, folder)?]),
            Subject::Flood => flood::rows(cores, pace, binary, folder),
            Subject::Import => Ok(vec![import::row(cores, pace, binary, folder)?]),
            Subject::HalfOpen => half_open::rows(cores, pace, binary, folder),
            Subject::Lists => lists::rows(cores, binary, folder),
            Subject::Console => console::rows(cores, pace, binary, folder),
            Subject::Vault => vault::rows(cores, pace, binary, folder),
            Subject::Million => million::rows(cores, pace, binary, folder),
            Subject::Cluster => cluster::rows(cores, pace, binary, folder),
            Subject::Growth => {
                let sizes = [1_000, 10_000, 100_000].into_iter().filter(|size| *size <= pace.credentials);
                growth::rows(cores, binary, folder, &sizes.collect::<Vec<_>>())
            }
            Subject::Logins => {
                let sizes = [1_000, 10_000, 100_000].into_iter().filter(|size| *size <= pace.expired);
                Ok(vec![growth_of_logins::row(cores, binary, folder, &sizes.collect::<Vec<_>>())?])
            }
            Subject::Realms => {
                let sizes = [1, 100, 1_000, 10_000].into_iter().filter(|size| *size <= pace.realms);
                growth_of_realms::rows(cores, binary, folder, &sizes.collect::<Vec<_>>())
            }
            Subject::Verification => verifier::verification(cores, pace),
            Subject::Attached => verifier::attached(cores, pace, binary, folder),
            Subject::LongGrowth => growth::rows(cores, binary, folder, &[1_000, 10_000, 100_000, 1_000_000]),
        }
    }

    fn stage(&mut self) -> Attempt<&Stage> {
        if self.stage.is_none() {
            self.stage = Some(Stage::set(self.cores, self.options.pace, &self.options.server, self.folder)?);
        }
        self.stage.as_ref().ok_or_else(|| "The servers could not be started.".to_owned())
    }
}
