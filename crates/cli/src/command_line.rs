//! The command line of `claviger-cli`.

use clap::builder::styling::Styles;
use clap::{CommandFactory, Parser, Subcommand};

use crate::client_command::ClientCommand;
use crate::commands::integration::about::HelpCommand;
use crate::commands::integration::completion::CompletionCommand;
use crate::commands::realms::audit::AuditCommand;
use crate::commands::realms::member::MemberCommand;
use crate::commands::realms::realm::RealmCommand;
use crate::failure::Failure;
use crate::run::Runnable;
use crate::terminal::cell::{BAD, BOLD, GOOD};
use crate::terminal::output::Output;
use crate::terminal::overview::grouped;
use crate::terminal::window::MAX_WIDTH;

const EXAMPLES: &str = "\
Sign in once, or say in the environment which server and realm, and who asks:
  claviger-cli login --url https://keys.example.org --realm acme
  export CLAVIGER_URL=https://keys.example.org CLAVIGER_REALM=acme CLAVIGER_TOKEN=…
  claviger-cli credential list";

/// Shown in the help of both command lines.
pub const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 wrong command line, 3 not found, 4 not signed in, 5 forbidden,
6 conflict, 7 a value was refused, 9 the server cannot be reached or asks to try again later;
of `run` also 126 the command cannot be started, 127 it is not found";

/// Colors of help texts.
pub const STYLES: Styles = Styles::styled().header(BOLD).usage(BOLD).literal(GOOD).error(BAD);

#[derive(Debug, Parser)]
#[command(
    name = "claviger-cli",
    version,
    about = "The command line of Claviger, an OAuth 2.0 authorization server for machines",
    after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"),
    disable_help_subcommand = true,
    arg_required_else_help = true,
    max_term_width = MAX_WIDTH,
    styles = STYLES,
)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Realm(RealmCommand),
    Member(MemberCommand),
    #[command(flatten)]
    Client(ClientCommand),
    Audit(AuditCommand),
    Completion(CompletionCommand),
    Help(HelpCommand),
}

impl Runnable for CommandLine {
    fn run(self, output: &mut Output) -> Result<(), Failure> {
        match self.command {
            Command::Realm(command) => command.run(output),
            Command::Member(command) => command.run(output),
            Command::Client(command) => command.run(output),
            Command::Audit(command) => command.run(output),
            Command::Completion(command) => command.run(Self::command(), output),
            Command::Help(command) => command.run(grouped(Self::command()), output),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::credentials::credential::CredentialCommand;
    use crate::run;
    use crate::terminal::redaction::without_secrets;
    use crate::values::shared_flags::{Place, SignedIn};

    fn parsed(line: &str) -> Result<Command, clap::Error> {
        let words = std::iter::once("claviger-cli").chain(line.split_whitespace());
        let matches = CommandLine::command().try_get_matches_from(words)?;
        run::parsed::<CommandLine>(&matches).map(|line| line.command)
    }

    #[test]
    fn every_command_is_put_together_without_contradiction() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn token_as_an_argument_is_refused_and_not_repeated() {
        for line in
            ["scope list --token clvp_secret", "scope --token=clvp_secret list", "scope list clvp_secret"]
        {
            let error = parsed(line).expect_err(line);
            assert_eq!(error.exit_code(), 2);
            let shown = without_secrets(&error.render().to_string());
            assert!(!shown.contains("clvp_secret"), "{shown}");
        }
    }

    #[test]
    fn credential_has_an_end_or_says_that_it_has_none() {
        for good in ["--days 30", "--never"] {
            assert!(parsed(&format!("credential create a --token-ttl 15m {good}")).is_ok(), "{good}");
        }
        for bad in ["", "--days 30 --never", "--days many", "--days"] {
            let line = format!("credential create a --token-ttl 15m {bad}");
            assert_eq!(parsed(&line).expect_err(bad).exit_code(), 2);
        }
    }

    #[test]
    fn nothing_but_groups_and_resources_of_a_credential_is_there_to_edit() {
        let id = "0198a1c0-0000-7000-8000-000000000000";
        let good = [
            "--group a --group b",
            "--no-groups",
            "--resource t/n:a,b --no-groups",
            "--no-groups --no-resources",
        ];
        for good in good {
            assert!(parsed(&format!("credential edit {id} {good}")).is_ok(), "{good}");
        }
        for bad in [
            "",
            "--name x",
            "--description x",
            "--days 30",
            "--never",
            "--token-ttl 1h",
            "--group a --no-groups",
        ] {
            assert_eq!(
                parsed(&format!("credential edit {id} {bad}")).expect_err(bad).exit_code(),
                2,
                "{bad}"
            );
        }
    }

    #[test]
    fn flags_about_the_server_may_stand_before_or_behind_the_verb() {
        for line in ["credential list --realm demo --json", "credential --realm demo --json list"] {
            assert!(matches!(
                parsed(line),
                Ok(Command::Client(ClientCommand::Credential(CredentialCommand {
                    server: SignedIn { place: Place { json: true, .. }, .. },
                    ..
                })))
            ));
        }
        assert!(parsed("completion bash --realm demo").is_err());
    }
}
