//! Text form of who is affected by a change.

use claviger_domain::{Affected, DryRun};

use crate::terminal::cell::Cell;
use crate::terminal::page::{Page, Table};

pub fn write_dry_run(page: &mut Page, tried: &DryRun) {
    page.heading("Dry run: nothing was changed.");
    write_affected(page, &tried.affected);
}

pub fn write_affected(page: &mut Page, affected: &[Affected]) {
    let mut table = Table::new(["AFFECTED", "HOW", "COUNT", "NAMES"]);
    for kind in affected {
        table.row([
            kind.kind.as_str().into(),
            kind.effect.as_str().replace('_', " ").into(),
            kind.count.into(),
            names(kind),
        ]);
    }
    page.table(&table, "Nothing is affected.");
}

fn names(affected: &Affected) -> Cell {
    let shown = u64::try_from(affected.names.len()).unwrap_or(u64::MAX);
    match affected.count.saturating_sub(shown) {
        more if more > 0 && shown > 0 => format!("{} and {more} more", affected.names.join(", ")).into(),
        _ => Cell::joined(&affected.names),
    }
}
