//! The command line as a whole, and how it is taken apart.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::builder::styling::Styles;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::cli::commands::credentials::application_credential::ApplicationCredentialCommand;
use crate::cli::commands::credentials::credential::CredentialCommand;
use crate::cli::commands::integration::completion::CompletionCommand;
use crate::cli::commands::integration::docker_credential::DockerCredentialCommand;
use crate::cli::commands::integration::git_credential::GitCredentialCommand;
use crate::cli::commands::integration::git_hook::GitHookCommand;
use crate::cli::commands::integration::login::{LoginCommand, LogoutCommand};
use crate::cli::commands::integration::openapi::OpenapiCommand;
use crate::cli::commands::integration::setup::{SetupDockerCommand, SetupGitCommand};
use crate::cli::commands::operator::backup::BackupCommand;
use crate::cli::commands::operator::config::ConfigCommand;
use crate::cli::commands::operator::doctor::DoctorCommand;
use crate::cli::commands::operator::keys::KeysCommand;
use crate::cli::commands::operator::migrate::MigrateCommand;
use crate::cli::commands::operator::repair::RepairCommand;
use crate::cli::commands::operator::restore::RestoreCommand;
use crate::cli::commands::operator::serve::ServeFlags;
use crate::cli::commands::realms::audit::AuditCommand;
use crate::cli::commands::realms::group::GroupCommand;
use crate::cli::commands::realms::member::MemberCommand;
use crate::cli::commands::realms::realm::RealmCommand;
use crate::cli::commands::realms::resource::ResourceCommand;
use crate::cli::commands::realms::resource_server::ResourceServerCommand;
use crate::cli::commands::realms::scope::ScopeCommand;
use crate::cli::commands::realms::signing_key::SigningKeyCommand;
use crate::cli::commands::tokens::api_token::ApiTokenCommand;
use crate::cli::commands::tokens::personal_access_token::PersonalAccessTokenCommand;
use crate::cli::commands::tokens::registry::{RegistryCaCommand, RegistryKeyCommand, RegistryTokenCommand};
use crate::cli::commands::tokens::run_with_token::RunCommand;
use crate::cli::commands::tokens::token::TokenCommand;
use crate::cli::terminal::cell::{BAD, BOLD, GOOD};
use crate::cli::values::shared_flags::TOKEN_OF_THE_ENVIRONMENT;
use crate::config::arguments;

const EXAMPLES: &str = "\
Begin with a throw-away server and its demonstration realm:
  claviger serve --dev

Commands on nouns talk to a server; these say which, and who asks:
  export CLAVIGER_URL=http://127.0.0.1:8080 CLAVIGER_REALM=demo
  export CLAVIGER_TOKEN=\"$(claviger member token owner@demo.example --dev)\"
  claviger credential list

Exit codes: 0 done, 1 failed, 2 wrong command line, 3 not found, 4 not signed in, 5 forbidden,
6 conflict, 7 a value was refused, 9 the server cannot be reached";

#[derive(Debug, Parser)]
#[command(
    name = "claviger",
    version,
    about = "A self-hosted OAuth 2.0 authorization server for machines",
    after_help = EXAMPLES,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    max_term_width = 110,
    styles = Styles::styled().header(BOLD).usage(BOLD).literal(GOOD).error(BAD),
)]
pub struct CommandLine {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Serve(ServeFlags),
    Keys(KeysCommand),
    Realm(RealmCommand),
    Member(MemberCommand),
    Group(GroupCommand),
    Resource(ResourceCommand),
    Scope(ScopeCommand),
    Credential(CredentialCommand),
    ResourceServer(ResourceServerCommand),
    Token(TokenCommand),
    PersonalAccessToken(PersonalAccessTokenCommand),
    ApiToken(ApiTokenCommand),
    ApplicationCredential(ApplicationCredentialCommand),
    SigningKey(SigningKeyCommand),
    RegistryCa(RegistryCaCommand),
    RegistryKey(RegistryKeyCommand),
    RegistryToken(RegistryTokenCommand),
    Run(RunCommand),
    SetupGit(SetupGitCommand),
    SetupDocker(SetupDockerCommand),
    GitCredential(GitCredentialCommand),
    DockerCredential(DockerCredentialCommand),
    GitHook(GitHookCommand),
    Audit(AuditCommand),
    Openapi(OpenapiCommand),
    Login(LoginCommand),
    Logout(LogoutCommand),
    Config(ConfigCommand),
    Completion(CompletionCommand),
    Backup(BackupCommand),
    Restore(RestoreCommand),
    Repair(RepairCommand),
    Migrate(MigrateCommand),
    Doctor(DoctorCommand),
}

/// Takes the arguments of the process apart.
pub fn parse() -> Result<Command, clap::Error> {
    understand(&CommandLine::command().try_get_matches_from(as_called(arguments()))?)
}

/// Under the name of a helper this program is that helper.
fn as_called(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let called = arguments.first().map(PathBuf::from);
    let name = called.as_deref().and_then(Path::file_name).and_then(OsStr::to_str);
    let command = match name {
        Some("git-credential-claviger") => "git-credential",
        Some("docker-credential-claviger") => "docker-credential",
        _ => return arguments,
    };
    arguments[0] = "claviger".into();
    arguments.insert(1, command.into());
    arguments
}

fn understand(matches: &ArgMatches) -> Result<Command, clap::Error> {
    if has_token_argument(matches) {
        let message = "a token is never an argument, because every user of this machine can read those: \
            put it into CLAVIGER_TOKEN, or into a file and name that with --token-file\n";
        return Err(clap::Error::raw(ErrorKind::ArgumentConflict, message));
    }
    CommandLine::from_arg_matches(matches).map(|line| line.command)
}

fn has_token_argument(matches: &ArgMatches) -> bool {
    let given = matches!(matches.try_contains_id(TOKEN_OF_THE_ENVIRONMENT), Ok(true))
        && matches.value_source(TOKEN_OF_THE_ENVIRONMENT) == Some(ValueSource::CommandLine);
    given || matches.subcommand().is_some_and(|(_, below)| has_token_argument(below))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::terminal::secret_input::without_secrets;
    use crate::cli::values::shared_flags::{Place, SignedIn};

    fn parsed(line: &str) -> Result<Command, clap::Error> {
        let words = std::iter::once("claviger").chain(line.split_whitespace());
        understand(&CommandLine::command().try_get_matches_from(words)?)
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
                Ok(Command::Credential(CredentialCommand {
                    server: SignedIn { place: Place { json: true, .. }, .. },
                    ..
                }))
            ));
        }
        assert!(parsed("serve --realm demo").is_err());
    }
}
