//! Text form of members.

use serde::Deserialize;

use crate::server::client::Listed;
use crate::terminal::cell::Cell;
use crate::terminal::output::Readable;
use crate::terminal::page::{Facts, Page, Table};

#[derive(Deserialize)]
pub struct Member {
    id: String,
    email: String,
    name: String,
    roles: Vec<String>,
    groups: Vec<String>,
    status: String,
    disabled_at: Option<String>,
    created_at: String,
    updated_at: String,
}

impl Readable for Member {
    fn write(&self, page: &mut Page) {
        page.heading(&self.name);
        page.facts(
            &Facts::default()
                .fact("Id", &self.id)
                .fact("E-mail", &self.email)
                .fact("Status", Cell::status(&self.status))
                .list("Roles", &self.roles)
                .list("Groups", &self.groups)
                .fact("Created", &self.created_at)
                .fact("Changed", &self.updated_at)
                .fact_if("Disabled", self.disabled_at.as_ref()),
        );
    }
}

pub fn list_page(page: &mut Page, listed: Listed<Member>) {
    let mut table = Table::new(["ID", "E-MAIL", "NAME", "STATUS", "ROLES", "GROUPS"]);
    for member in &listed.items {
        table.row([
            member.id.as_str().into(),
            member.email.as_str().into(),
            member.name.as_str().into(),
            Cell::status(&member.status),
            Cell::joined(&member.roles),
            Cell::joined(&member.groups),
        ]);
    }
    page.table(&table, "There are no members.");
}
