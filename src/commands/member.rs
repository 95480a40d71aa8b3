//! `claviger member`: people who sign in, and a member's token for the operator of this machine.

use clap::{Args, Subcommand};
use claviger_cli::commands::realms::member::MemberAct;
use claviger_cli::failure::Failure;
use claviger_cli::terminal::output::Output;

use crate::commands::operator_token::{TokenOwner, show, show_link};
use crate::operator;

/// Members: people who sign in, and what they may administer
#[derive(Debug, Args)]
pub struct MemberCommand {
    #[command(subcommand)]
    act: Act,
}

const TOKEN_EXAMPLE: &str = "\
Example:
  export CLAVIGER_REALM=acme
  export CLAVIGER_TOKEN=\"$(claviger member token ada@example.org)\"";

#[derive(Debug, Subcommand)]
enum Act {
    /// Print a personal access token of a member, for the operator of this machine
    ///
    /// Opens the database of this machine; a server may be running on it. The token expires after one hour and has the
    /// scope admin:read-update. Only the token is printed to standard output. The audit trail records the operator.
    #[command(after_help = TOKEN_EXAMPLE)]
    Token(TokenOwner),

    /// Print a link with which a member sets the password of a local account, once
    ///
    /// Opens the database of this machine; a server may be running on it. A local account signs in to the console while
    /// the identity provider does not answer, or if there is none. The link works for three days and replaces the one
    /// before. Only the link is printed to standard output. The audit trail records the operator. A second factor stays,
    /// unless --reset-second-factor is given.
    Link(NewLink),

    #[command(flatten)]
    AtServer(MemberAct),
}

#[derive(Debug, Args)]
struct NewLink {
    #[command(flatten)]
    owner: TokenOwner,

    /// Reset the second factor too, for somebody who has lost the authenticator app and the recovery codes
    #[arg(long)]
    reset_second_factor: bool,
}

impl MemberCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        match self.act {
            Act::Token(TokenOwner { email, realm, place }) => {
                let token = operator::member_token(&place.settings(output)?, &realm, &email)?;
                show(token, &realm, &email, output)
            }
            Act::Link(NewLink { owner: TokenOwner { email, realm, place }, reset_second_factor }) => {
                let settings = place.settings(output)?;
                let link = operator::sign_in_link(&settings, &realm, &email, reset_second_factor)?;
                show_link(link, &realm, &email, output)
            }
            Act::AtServer(act) => act.run(output),
        }
    }
}
