//! `claviger completion`: scripts that let shells complete what is typed.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use crate::cli::arguments::CommandLine;
use crate::cli::failure::{Exit, Failure};
use crate::cli::terminal::output::Output;

const EXAMPLE: &str = "\
Example:
  claviger completion bash > ~/.local/share/bash-completion/completions/claviger";

/// Print the script that lets a shell complete commands and flags
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct CompletionCommand {
    /// For which shell
    shell: Shell,
}

impl CompletionCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let mut script = Vec::new();
        generate(self.shell, &mut CommandLine::command(), "claviger", &mut script);
        let script =
            String::from_utf8(script).map_err(|error| Failure::new(Exit::Failure, error.to_string()))?;
        output.line(without_the_flag_that_is_refused(&script).trim_end())
    }
}

/// `--token` is there to be read from the environment; as an argument it is refused, so no shell should offer it.
fn without_the_flag_that_is_refused(script: &str) -> String {
    let offers = |line: &&str| line.contains("'--token=[") || line.contains(" -l token ");
    let lines: Vec<&str> = script.lines().filter(|line| !offers(line)).collect();
    lines.join("\n").replace(" --token ", " ")
}
