//! The command line of the server's binary: commands on this machine, and the commands of any client.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use claviger_cli::client_command::ClientCommand;
use claviger_cli::command_line::{EXIT_CODES, STYLES};
use claviger_cli::commands::integration::about::HelpCommand;
use claviger_cli::commands::integration::completion::CompletionCommand;
use claviger_cli::failure::Failure;
use claviger_cli::run::Runnable;
use claviger_cli::terminal::output::Output;
use claviger_cli::terminal::overview::grouped;
use claviger_cli::terminal::window::MAX_WIDTH;

use crate::commands::audit::AuditCommand;
use crate::commands::backup::BackupCommand;
use crate::commands::config::ConfigCommand;
use crate::commands::doctor::DoctorCommand;
use crate::commands::keys::KeysCommand;
use crate::commands::manual::ManualCommand;
use crate::commands::member::MemberCommand;
use crate::commands::migrate::MigrateCommand;
use crate::commands::openapi::OpenapiCommand;
use crate::commands::realm::RealmCommand;
use crate::commands::repair::RepairCommand;
use crate::commands::restore::RestoreCommand;
use crate::commands::serve::ServeFlags;
use crate::commands::sidecar::SidecarFlags;

const EXAMPLES: &str = "\
Begin with a temporary server and its demonstration realm:
  claviger serve --dev

Commands on nouns talk to a server; these say which, and who asks:
  export CLAVIGER_URL=http://127.0.0.1:8080 CLAVIGER_REALM=demo
  export CLAVIGER_TOKEN=\"$(claviger member token owner@demo.example --dev)\"
  claviger credential list";

#[derive(Debug, Parser)]
#[command(
    name = "claviger",
    version,
    about = "A self-hosted OAuth 2.0 authorization server for machines",
    after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"),
    disable_help_subcommand = true,
    arg_required_else_help = true,
    max_term_width = MAX_WIDTH,
    styles = STYLES,
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(ServeFlags),
    Sidecar(SidecarFlags),
    Keys(KeysCommand),
    Realm(RealmCommand),
    Member(MemberCommand),
    #[command(flatten)]
    Client(ClientCommand),
    Audit(AuditCommand),
    Openapi(OpenapiCommand),
    Config(ConfigCommand),
    Completion(CompletionCommand),
    Manual(ManualCommand),
    Backup(BackupCommand),
    Restore(RestoreCommand),
    Repair(RepairCommand),
    Migrate(MigrateCommand),
    Doctor(DoctorCommand),
    Help(HelpCommand),
}

/// Parses the arguments of this process and runs the command.
pub fn run() -> ExitCode {
    claviger_cli::run::run::<CommandLine>()
}

impl Runnable for CommandLine {
    fn run(self, output: &mut Output) -> Result<(), Failure> {
        match self.command {
            Command::Serve(flags) => flags.run(output),
            Command::Sidecar(flags) => flags.run(output),
            Command::Keys(command) => command.run(output),
            Command::Realm(command) => command.run(output),
            Command::Member(command) => command.run(output),
            Command::Client(command) => command.run(output),
            Command::Audit(command) => command.run(output),
            Command::Openapi(command) => command.run(output),
            Command::Config(command) => command.run(output),
            Command::Completion(command) => command.run(Self::command(), output),
            Command::Manual(command) => command.run(Self::command()),
            Command::Backup(command) => command.run(output),
            Command::Restore(command) => command.run(output),
            Command::Repair(command) => command.run(output),
            Command::Migrate(command) => command.run(output),
            Command::Doctor(command) => command.run(output),
            Command::Help(command) => command.run(grouped(Self::command()), output),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_defined_without_contradiction() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn commands_on_this_machine_take_no_realm() {
        let words = ["claviger", "serve", "--realm", "demo"];
        assert!(CommandLine::command().try_get_matches_from(words).is_err());
    }

    /// Their output is a text, or defined by others.
    const WITHOUT_JSON: [&str; 8] = [
        "serve",
        "sidecar",
        "openapi",
        "completion",
        "manual",
        "help",
        "git-hook pre-receive",
        "git-hook update",
    ];

    #[test]
    fn every_command_that_prints_a_result_can_print_json() {
        let mut line = CommandLine::command();
        line.build();
        let mut open: Vec<(String, &clap::Command)> = vec![(String::new(), &line)];
        while let Some((path, command)) = open.pop() {
            let name = |below: &clap::Command| format!("{path} {}", below.get_name()).trim().to_owned();
            open.extend(command.get_subcommands().map(|below| (name(below), below)));
            if !command.has_subcommands() {
                let has_json = command.get_arguments().any(|flag| flag.get_id() == "json");
                assert_eq!(has_json, !WITHOUT_JSON.contains(&path.as_str()), "{path}");
            }
        }
    }
}
