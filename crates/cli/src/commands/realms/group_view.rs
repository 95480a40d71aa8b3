//! Text form of groups.

use serde::Deserialize;

use crate::commands::realms::receipt::Receipt;
use crate::server::client::Listed;
use crate::terminal::cell::Cell;
use crate::terminal::output::Readable;
use crate::terminal::page::{Facts, Page, Table};
use crate::values::grant::Grant;

#[derive(Deserialize)]
pub struct Group {
    name: String,
    description: String,
    responsible: String,
    scopes: Vec<String>,
    resources: Vec<Grant>,
    created_at: String,
    updated_at: String,
}

#[derive(Deserialize)]
pub struct EditedGroup {
    #[serde(flatten)]
    group: Group,
    receipt: Option<Receipt>,
}

impl Readable for Group {
    fn write(&self, page: &mut Page) {
        page.heading(&self.name);
        page.facts(
            &Facts::default()
                .text("Description", &self.description)
                .text("Responsible", &self.responsible)
                .list("Scopes", &self.scopes)
                .list("Resources", self.resources.iter().map(Grant::to_string))
                .fact("Created", &self.created_at)
                .fact("Changed", &self.updated_at),
        );
    }
}

impl Readable for EditedGroup {
    fn write(&self, page: &mut Page) {
        self.group.write(page);
        Receipt::write_after_edit(self.receipt.as_ref(), page);
    }
}

pub fn list_page(page: &mut Page, listed: Listed<Group>) {
    let mut table = Table::new(["NAME", "RESPONSIBLE", "SCOPES", "RESOURCES"]);
    for group in &listed.items {
        table.row([
            group.name.as_str().into(),
            Cell::text_or_dash(&group.responsible),
            Cell::joined(&group.scopes),
            Cell::joined(&group.resources),
        ]);
    }
    page.table(&table, "There are no groups: `claviger group create` creates one.");
}
