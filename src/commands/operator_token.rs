//! Personal access tokens and sign-in links from the operator of the machine, printed alone on standard output.

use clap::Args;
use claviger_cli::failure::Failure;
use claviger_cli::terminal::output::Output;
use claviger_contract::RealmLabel;
use claviger_domain::EmailAddress;
use serde::Serialize;

use crate::commands::local_server::OnThisMachine;
use crate::operator::{OperatorLink, OperatorToken};

#[derive(Debug, Args)]
pub struct TokenOwner {
    /// The member's e-mail address
    pub email: EmailAddress,

    /// The realm of the member
    #[arg(long, env = "CLAVIGER_REALM", hide_env_values = true, value_name = "NAME")]
    pub realm: RealmLabel,

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
    let lost = format!(
        "The personal access token {} of {email} exists until {expires_at}, but its text is lost: get another with \
         `claviger member token {email} --realm {realm}`, and revoke this one with `claviger personal-access-token \
         revoke {}`",
        token.id, token.id
    );
    if output.wants_json() {
        let shown = Shown { realm, email, token: token.token.expose(), expires_at };
        let shown = serde_json::to_string(&shown).map_err(|error| Failure::usage(error.to_string()))?;
        output.secret(&shown, &lost)?;
    } else {
        output.secret(token.token.expose(), &lost)?;
        output.note(&format!(
            "It expires at {expires_at}. Put it into CLAVIGER_TOKEN, and {realm} into CLAVIGER_REALM."
        ));
    }
    token.unapplied.map_or(Ok(()), |error| Err(error.into()))
}

#[derive(Serialize)]
struct ShownLink<'a> {
    realm: &'a RealmLabel,
    email: &'a EmailAddress,
    link: &'a str,
    expires_at: String,
}

/// As [`show`], for a link.
pub fn show_link(
    made: OperatorLink,
    realm: &RealmLabel,
    email: &EmailAddress,
    output: &mut Output,
) -> Result<(), Failure> {
    let (link, expires_at) = (made.link.link.expose(), made.link.expires_at.to_string());
    let lost =
        format!("The link of {email} exists, but its text is lost: make another one, which replaces it");
    if output.wants_json() {
        let shown = ShownLink { realm, email, link, expires_at };
        let shown = serde_json::to_string(&shown).map_err(|error| Failure::usage(error.to_string()))?;
        output.secret(&shown, &lost)?;
    } else {
        output.secret(link, &lost)?;
        output.note(&format!("It works once, until {expires_at}. Send it to {email} alone."));
    }
    made.unapplied.map_or(Ok(()), |error| Err(error.into()))
}
