//! Text form of members.

use claviger_api::{Listed, MemberView};

use crate::terminal::cell::Cell;
use crate::terminal::output::Readable;
use crate::terminal::page::{Facts, Page, Table};

impl Readable for MemberView {
    fn write(&self, page: &mut Page) {
        page.heading(&self.name);
        page.facts(
            &Facts::default()
                .fact("Id", self.id)
                .fact("E-mail", &self.email)
                .fact("Status", Cell::status(self.status.as_str()))
                .list("Roles", &self.roles)
                .list("Groups", &self.groups)
                .fact("Created", self.created_at)
                .fact("Changed", self.updated_at)
                .fact_if("Disabled", self.disabled_at),
        );
    }
}

pub fn list_page(page: &mut Page, listed: Listed<MemberView>) {
    let mut table = Table::new(["ID", "E-MAIL", "NAME", "STATUS", "ROLES", "GROUPS"]);
    for member in &listed.items {
        table.row([
            member.id.into(),
            (&member.email).into(),
            (&member.name).into(),
            Cell::status(member.status.as_str()),
            Cell::joined(&member.roles),
            Cell::joined(&member.groups),
        ]);
    }
    page.table(&table, "There are no members.");
}
