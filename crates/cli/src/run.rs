//! Parses the arguments of the process, runs the command and returns the exit code.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory, FromArgMatches};

use crate::environment::{arguments, is_empty};
use crate::failure::Failure;
use crate::terminal::output::{Output, PROGRAM};
use crate::terminal::overview::grouped;
use crate::values::shared_flags::TOKEN_OF_THE_ENVIRONMENT;

/// A complete command line: the arguments that it accepts, and their execution.
pub trait Runnable: CommandFactory + FromArgMatches {
    fn run(self, output: &mut Output) -> Result<(), Failure>;
}

/// Parses the arguments of this process and runs the command.
pub fn run<L: Runnable>() -> ExitCode {
    let arguments = arguments();
    let mut output = Output::standard(program_name(&arguments));
    let matches = without_empty_variables(grouped(L::command())).try_get_matches_from(as_called(arguments));
    match matches.and_then(|matches| parsed::<L>(&matches)) {
        Ok(line) => {
            let outcome = line.run(&mut output);
            output.done(outcome)
        }
        Err(error) => output.parsed(&error),
    }
}

/// An empty variable counts as unset, for every flag that has one.
fn without_empty_variables(line: Command) -> Command {
    let line = line.mut_args(|flag| match flag.get_env() {
        Some(variable) if is_empty(variable) => flag.env(None),
        _ => flag,
    });
    line.mut_subcommands(without_empty_variables)
}

/// The name that this program was called by, for commands that people are told to type.
fn program_name(arguments: &[OsString]) -> String {
    let called = arguments.first().map(Path::new);
    let name = called.and_then(Path::file_name).and_then(OsStr::to_str);
    name.filter(|name| HELPERS.iter().all(|(helper, _)| helper != name)).unwrap_or(PROGRAM).to_owned()
}

/// Names of links to this program, and the command that it then is.
const HELPERS: [(&str, &str); 2] =
    [("git-credential-claviger", "git-credential"), ("docker-credential-claviger", "docker-credential")];

/// Called under the name of a helper, this program acts as that helper.
fn as_called(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let called = arguments.first().map(PathBuf::from);
    let name = called.as_deref().and_then(Path::file_name).and_then(OsStr::to_str);
    if let Some((_, command)) = HELPERS.iter().find(|(helper, _)| Some(*helper) == name) {
        arguments[0] = PROGRAM.into();
        arguments.insert(1, (*command).into());
    }
    arguments
}

/// Refuses a token that was given as an argument.
pub fn parsed<L: FromArgMatches>(matches: &ArgMatches) -> Result<L, clap::Error> {
    if has_token_argument(matches) {
        let message = "a token must not be an argument, because every user of this machine can read arguments: put it \
                       into CLAVIGER_TOKEN, or into a file given with --token-file\n";
        return Err(clap::Error::raw(ErrorKind::ArgumentConflict, message));
    }
    L::from_arg_matches(matches)
}

fn has_token_argument(matches: &ArgMatches) -> bool {
    let given = matches!(matches.try_contains_id(TOKEN_OF_THE_ENVIRONMENT), Ok(true))
        && matches.value_source(TOKEN_OF_THE_ENVIRONMENT) == Some(ValueSource::CommandLine);
    given || matches.subcommand().is_some_and(|(_, below)| has_token_argument(below))
}
