//! `claviger resolve`: what a pipeline needs to call the provider of a source.

use clap::Args;
use claviger_api::ResolvedSource;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};
use crate::server::client::Client;
use crate::server::fresh_token::TokenOrder;
use crate::terminal::output::Output;
use crate::values::identifier::Identifier;
use crate::values::shared_flags::Place;

const EXAMPLE: &str = "\
Example:
  TOKEN=$(claviger resolve 0198a1c0-… --field token --client-id 0198a1c1-… --key-file pipeline.key)";

/// Get the third-party credential of a source, as a service credential
///
/// The service credential needs the scope vault/SLUG:use, or vault:use. Each use is in the audit trail.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct ResolveCommand {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    order: TokenOrder,

    /// Identifier of the source
    #[arg(value_name = "SOURCE")]
    source: Identifier,

    /// Print the value of this field alone, instead of the whole answer as JSON
    #[arg(long, value_name = "NAME")]
    field: Option<String>,
}

impl ResolveCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let settled = self.place.settle()?;
        let fresh = self.order.fetch(&self.place, output)?;
        let client = Client::of(&settled, &fresh.token, "source")?;
        let answer = client.post(&["sources", self.source.as_str(), "resolve"])?;
        let lost = "The answer was not passed on: run the command again";
        let Some(name) = self.field else { return output.secret(answer.as_str(), lost) };
        let resolved: ResolvedSource = answer.decode()?;
        let text = match resolved.fields.expose().get(&name) {
            Some(Value::String(text)) => Zeroizing::new(text.clone()),
            Some(value) => Zeroizing::new(value.to_string()),
            None => {
                let known = resolved.fields.expose().keys().cloned().collect::<Vec<_>>().join(", ");
                let message = format!("the source has no field {name}; its fields are {known}");
                return Err(Failure::new(Exit::NotFound, message));
            }
        };
        output.secret(&text, lost)
    }
}
