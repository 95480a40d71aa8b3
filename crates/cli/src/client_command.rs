//! Commands that both binaries have.

use clap::Subcommand;

use crate::commands::credentials::application_credential::ApplicationCredentialCommand;
use crate::commands::credentials::credential::CredentialCommand;
use crate::commands::integration::about::VersionCommand;
use crate::commands::integration::docker_credential::DockerCredentialCommand;
use crate::commands::integration::git_credential::GitCredentialCommand;
use crate::commands::integration::git_hook::GitHookCommand;
use crate::commands::integration::profile::ProfileCommand;
use crate::commands::integration::setup::{SetupDockerCommand, SetupGitCommand};
use crate::commands::integration::trace::TraceCommand;
use crate::commands::integration::whoami::WhoamiCommand;
use crate::commands::realms::expiration::ExpirationCommand;
use crate::commands::realms::group::GroupCommand;
use crate::commands::realms::node::NodeCommand;
use crate::commands::realms::resource::ResourceCommand;
use crate::commands::realms::resource_server::ResourceServerCommand;
use crate::commands::realms::scope::ScopeCommand;
use crate::commands::realms::signing_key::SigningKeyCommand;
use crate::commands::revocation::revocation_command::RevocationCommand;
use crate::commands::sign_in::login::LoginCommand;
use crate::commands::sign_in::logout::LogoutCommand;
use crate::commands::tokens::api_token::ApiTokenCommand;
use crate::commands::tokens::personal_access_token::PersonalAccessTokenCommand;
use crate::commands::tokens::registry::{RegistryCaCommand, RegistryKeyCommand, RegistryTokenCommand};
use crate::commands::tokens::run_with_token::RunCommand;
use crate::commands::tokens::token::TokenCommand;
use crate::commands::vault::report::ReportCommand;
use crate::commands::vault::resolve::ResolveCommand;
use crate::commands::vault::source::SourceCommand;
use crate::commands::vault::source_credential::SourceCredentialCommand;
use crate::commands::vault::source_type::SourceTypeCommand;
use crate::commands::webhooks::webhook::WebhookCommand;
use crate::failure::Failure;
use crate::terminal::output::Output;

/// Defines the commands: each has a name and the type that reads and runs it.
macro_rules! commands {
    ($($name:ident($command:ty),)*) => {
        #[derive(Debug, Subcommand)]
        pub enum ClientCommand {
            $($name($command),)*
        }

        impl ClientCommand {
            pub fn run(self, output: &mut Output) -> Result<(), Failure> {
                match self {
                    $(Self::$name(command) => command.run(output),)*
                }
            }
        }
    };
}

commands! {
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
    Expiration(ExpirationCommand),
    Node(NodeCommand),
    Revocation(RevocationCommand),
    Trace(TraceCommand),
    RegistryCa(RegistryCaCommand),
    RegistryKey(RegistryKeyCommand),
    RegistryToken(RegistryTokenCommand),
    SourceType(SourceTypeCommand),
    SourceCredential(SourceCredentialCommand),
    Source(SourceCommand),
    Resolve(ResolveCommand),
    Report(ReportCommand),
    Webhook(WebhookCommand),
    Run(RunCommand),
    SetupGit(SetupGitCommand),
    SetupDocker(SetupDockerCommand),
    GitCredential(GitCredentialCommand),
    DockerCredential(DockerCredentialCommand),
    GitHook(GitHookCommand),
    Login(LoginCommand),
    Logout(LogoutCommand),
    Profile(ProfileCommand),
    Whoami(WhoamiCommand),
    Version(VersionCommand),
}
