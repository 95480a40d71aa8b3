//! From the arguments of the process to its exit code.

use std::process::ExitCode;

use crate::cli::arguments::{Command, parse};
use crate::cli::commands::operator::machine::Machine;
use crate::cli::terminal::output::Output;

/// Does what the arguments of this process say.
pub fn run(machine: &dyn Machine) -> ExitCode {
    let mut output = Output::standard();
    let command = match parse() {
        Ok(command) => command,
        Err(error) => return output.parsed(&error),
    };
    let outcome = match command {
        Command::Serve(flags) => flags.run(machine, &mut output),
        Command::Keys(command) => command.run(machine, &mut output),
        Command::Openapi(command) => command.run(machine, &mut output),
        Command::Login(command) => command.run(&mut output),
        Command::Logout(command) => command.run(&mut output),
        Command::Config(command) => command.run(&mut output),
        Command::Completion(command) => command.run(&mut output),
        Command::Realm(command) => command.run(machine, &mut output),
        Command::Member(command) => command.run(machine, &mut output),
        Command::Group(command) => command.run(&mut output),
        Command::Resource(command) => command.run(&mut output),
        Command::Scope(command) => command.run(&mut output),
        Command::Credential(command) => command.run(&mut output),
        Command::ResourceServer(command) => command.run(&mut output),
        Command::Token(command) => command.run(&mut output),
        Command::PersonalAccessToken(command) => command.run(&mut output),
        Command::ApiToken(command) => command.run(&mut output),
        Command::ApplicationCredential(command) => command.run(&mut output),
        Command::SigningKey(command) => command.run(&mut output),
        Command::RegistryCa(command) => command.run(&mut output),
        Command::RegistryKey(command) => command.run(&mut output),
        Command::RegistryToken(command) => command.run(&mut output),
        Command::Run(command) => command.run(&mut output),
        Command::SetupGit(command) => command.run(&mut output),
        Command::SetupDocker(command) => command.run(&mut output),
        Command::GitCredential(command) => command.run(&mut output),
        Command::DockerCredential(command) => command.run(&mut output),
        Command::GitHook(command) => command.run(&mut output),
        Command::Audit(command) => command.run(machine, &mut output),
        Command::Backup(command) => command.run(machine, &mut output),
        Command::Repair(command) => command.run(machine, &mut output),
        Command::Restore(command) => command.run(machine, &mut output),
        Command::Doctor(command) => command.run(machine, &mut output),
        Command::Migrate(command) => command.run(machine, &mut output),
    };
    output.done(outcome)
}
