//! `claviger report`: tells the server that a provider has refused what a source resolved to.

use clap::Args;
use claviger_api::{Reported, SourceReport, SourceReportView};

use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::fresh_token::TokenOrder;
use crate::terminal::output::Output;
use crate::terminal::page::Page;
use crate::values::identifier::Identifier;
use crate::values::shared_flags::Place;

const EXAMPLE: &str = "\
Example:
  claviger report 0198a1c0-… --refused-version 3 --client-id 0198a1c1-… --key-file pipeline.key";

/// Report that the provider of a source has refused its credential, as a service credential
///
/// The credential is validated again within a minute. The service credential needs the scope that resolves the source.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct ReportCommand {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    order: TokenOrder,

    /// Identifier of the source
    #[arg(value_name = "SOURCE")]
    source: Identifier,

    /// The version of the credential that was refused, as `claviger resolve` printed it
    #[arg(long = "refused-version", value_name = "NUMBER")]
    version: u64,
}

impl ReportCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        output.prefer_json(self.place.json);
        let settled = self.place.settle()?;
        let fresh = self.order.fetch(&self.place, output)?;
        let client = Client::of(&settled, &fresh.token, "source")?;
        let report = SourceReport { version: self.version };
        let answer = client.create(&["sources", self.source.as_str(), "report"], &report)?;
        output.answer_with(&answer, |page: &mut Page, reported: SourceReportView| {
            page.line(match reported.outcome {
                Reported::Scheduled => "The credential is validated again within a minute.",
                Reported::Outdated => "The credential was edited since: resolve the source again.",
                Reported::NotValidated => "The credential is stored without validation: nothing follows.",
            });
        })
    }
}
