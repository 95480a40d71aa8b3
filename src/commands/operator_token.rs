//! Personal access tokens for the operator of the machine, printed alone on standard output.

use clap::Args;
use claviger_cli::failure::Failure;
use claviger_cli::terminal::output::Output;
use claviger_contract::RealmLabel;
use claviger_domain::EmailAddress;
use serde::Serialize;

use crate::commands::local_server::OnThisMachine;
use crate::operator::OperatorToken;

#[derive(Debug, Args)]
pub struct TokenOwner {
    /// The member's e-mail address
    pub email: EmailAddress,

    /// The realm of the member
    #[arg(long, env = "CLAVIGER_REALM", hide_env_values = true, value_name = "NAME")]
    pub realm: RealmLabel,

    /// Print the token and its end as JSON
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub place: OnThisMachine,
}

#[derive(Serialize)]
struct Shown<'a> {
    realm: &'a RealmLabel,
    email: &'a EmailAddress,
    token: &'a str,
    expires_at: String,
}

/// Prints only the token on standard output, so that `$(…)` captures it unchanged. A token that may not be in effect
/// yet is printed, because it cannot be shown again, and the command fails.
pub fn show(
    token: OperatorToken,
    realm: &RealmLabel,
    email: &EmailAddress,
    output: &mut Output,
) -> Result<(), Failure> {
    let expires_at = token.expires_at.to_string();
    if output.wants_json() {
        output.json(&Shown { realm, email, token: token.token.expose(), expires_at })?;
    } else {
        output.line(token.token.expose())?;
        output.note(&format!(
            "It expires at {expires_at}. Put it into CLAVIGER_TOKEN, and {realm} into CLAVIGER_REALM."
        ));
    }
    token.unapplied.map_or(Ok(()), |error| Err(error.into()))
}
