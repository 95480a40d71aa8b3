//! Text form of groups.

use claviger_api::{GroupView, Listed};

use crate::terminal::cell::Cell;
use crate::terminal::page::{Page, Table};
use crate::values::grant::as_typed;

pub fn list_page(page: &mut Page, listed: Listed<GroupView>) {
    let mut table = Table::new(["NAME", "RESPONSIBLE", "SCOPES", "RESOURCES"]);
    for group in &listed.items {
        table.row([
            (&group.name).into(),
            Cell::text_or_dash(group.responsible.as_str()),
            Cell::joined(&group.scopes),
            Cell::joined(group.resources.iter().map(as_typed)),
        ]);
    }
    page.table(&table, "There are no groups: `claviger group create` creates one.");
}
