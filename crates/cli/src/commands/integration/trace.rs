//! `claviger trace`: what a leaked secret is.

use clap::Args;
use claviger_api::{LeakedText, Trace, TraceView, TracedSecret};
use claviger_domain::TracedKind;

use crate::failure::Failure;
use crate::server::client::Client;
use crate::terminal::cell::Cell;
use crate::terminal::output::Output;
use crate::terminal::page::{Facts, Page};
use crate::terminal::secret_input::SecretSource;
use crate::values::shared_flags::SignedIn;

const EXAMPLES: &str = "\
Examples:
  claviger trace < leaked.txt
  pbpaste | claviger trace --json";

/// Find out what a leaked secret is, and whether it is still accepted
///
/// Reads standard input, never an argument: arguments are in the list of processes and in the history of the shell. The
/// text around the secret may be there too, such as a line of a log. Account holders and sys_admins may ask.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct TraceCommand {
    #[command(flatten)]
    server: SignedIn,
}

impl TraceCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "secret", output)?;
        let leaked = SecretSource::StandardInput.read_document("secret", output)?;
        let asked = Trace { secret: LeakedText::new(leaked.trim().to_owned()) };
        let answer = client.create(&["trace"], &asked)?;
        output.answer_with(&answer, |page, view: TraceView| write(page, view.found.as_ref()))
    }
}

fn write(page: &mut Page, found: Option<&TracedSecret>) {
    let Some(found) = found else { return page.line("No secret of this realm.") };
    let mut facts = Facts::default()
        .fact("Kind", found.kind.as_str())
        .fact("Status", Cell::status(found.status.as_str()))
        .fact("Name", Cell::text_or_dash(&found.name))
        .fact("Id", found.id.as_str())
        .fact("Owner", Cell::or_dash(found.owner.as_ref()))
        .fact("Expires", Cell::or_never(found.expires_at));
    if let Some(jti) = &found.jti {
        facts = facts.fact("Token", jti.as_str());
    }
    page.facts(&facts);
    if found.status == claviger_domain::Status::Active {
        page.line(format!("Revoke it: {}", revocation(found)));
    }
}

/// The command that ends it.
fn revocation(found: &TracedSecret) -> String {
    let id = &found.id;
    match found.kind {
        TracedKind::ServiceCredential => format!("claviger credential revoke {id}"),
        TracedKind::ApplicationCredential | TracedKind::RefreshToken => {
            format!("claviger application-credential revoke {id}")
        }
        TracedKind::ResourceServer => format!("claviger resource-server renew {id} --overlap 0s"),
        TracedKind::ApiToken => format!("claviger api-token revoke {id}"),
        TracedKind::PersonalAccessToken => format!("claviger personal-access-token revoke {id}"),
        TracedKind::RegistryToken => format!("claviger registry-token revoke {id}"),
        // A service credential owns no token alone: what holds the key gets another.
        TracedKind::AccessToken if found.owner.is_none() => format!("claviger credential revoke {id}"),
        TracedKind::AccessToken => format!("claviger application-credential revoke {id}"),
    }
}
