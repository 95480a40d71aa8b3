//! Text form of the usage of a credential.

use serde::Deserialize;

use crate::terminal::cell::{Cell, DIM};
use crate::terminal::output::Readable;
use crate::terminal::page::{Facts, Page, Table};

#[derive(Deserialize)]
pub struct CredentialUsage {
    since: String,
    last_used_at: Option<String>,
    issued: u64,
    refused: u64,
    items: Vec<UsageHour>,
}

#[derive(Deserialize)]
struct UsageHour {
    hour: String,
    audience: Option<String>,
    issued: u64,
    refused: u64,
}

impl Readable for CredentialUsage {
    fn write(&self, page: &mut Page) {
        page.facts(
            &Facts::default()
                .fact("Since", &self.since)
                .fact("Last used", self.last_used_at.as_deref().unwrap_or("never"))
                .fact("Tokens issued", self.issued.to_string())
                .fact("Tokens refused", self.refused.to_string()),
        );
        page.blank();
        let mut table = Table::new(["HOUR", "AUDIENCE", "ISSUED", "REFUSED"]);
        for hour in &self.items {
            table.row([
                hour.hour.as_str().into(),
                hour.audience.as_deref().map_or_else(|| Cell::painted(DIM, "not in this realm"), Cell::from),
                hour.issued.to_string().into(),
                hour.refused.to_string().into(),
            ]);
        }
        page.table(&table, "No token has been requested with this credential.");
    }
}
