//! `claviger completion`: shell completion scripts.

use clap::Args;
use clap_complete::{Shell, generate};

use crate::failure::{Exit, Failure};
use crate::terminal::output::Output;

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
    /// `line` is the complete command line that the scripts are for.
    pub fn run(self, mut line: clap::Command, output: &mut Output) -> Result<(), Failure> {
        let mut script = Vec::new();
        let name = output.program().to_owned();
        generate(self.shell, &mut line, name, &mut script);
        let script =
            String::from_utf8(script).map_err(|error| Failure::new(Exit::Failure, error.to_string()))?;
        output.line(without_the_flag_that_is_refused(&script).trim_end())
    }
}

/// `--token` exists only to be read from the environment. As an argument it is refused, so no shell should offer it.
fn without_the_flag_that_is_refused(script: &str) -> String {
    let offers = |line: &&str| line.contains("'--token=[") || line.contains(" -l token ");
    let lines: Vec<&str> = script.lines().filter(|line| !offers(line)).collect();
    lines.join("\n").replace(" --token ", " ")
}
