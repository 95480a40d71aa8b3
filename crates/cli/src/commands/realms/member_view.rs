//! Text form of members.

use claviger_api::{Listed, MemberView};

use crate::terminal::cell::Cell;
use crate::terminal::page::{Page, Table};

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
