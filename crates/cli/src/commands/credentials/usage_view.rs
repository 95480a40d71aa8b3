//! Text form of the usage of a credential.

use claviger_api::CredentialUsageView;

use crate::terminal::cell::{Cell, DIM};
use crate::terminal::output::Readable;
use crate::terminal::page::{Facts, Page, Table};

impl Readable for CredentialUsageView {
    fn write(&self, page: &mut Page) {
        page.facts(
            &Facts::default()
                .fact("Since", self.since)
                .fact("Last used", Cell::or_never(self.last_used_at))
                .fact("Tokens issued", self.issued)
                .fact("Tokens refused", self.refused),
        );
        page.blank();
        let mut table = Table::new(["HOUR", "AUDIENCE", "ISSUED", "REFUSED"]);
        for hour in &self.items {
            table.row([
                hour.hour.into(),
                hour.audience.as_ref().map_or_else(|| Cell::painted(DIM, "not in this realm"), Cell::from),
                hour.issued.into(),
                hour.refused.into(),
            ]);
        }
        page.table(&table, "No token has been requested with this credential.");
    }
}
