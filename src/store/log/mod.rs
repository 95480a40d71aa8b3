//! The change log: its head, its rows and its single writer.

pub(super) mod chains;
pub(super) mod damage;
pub(super) mod decision;
pub(super) mod entry;
pub(super) mod head;
pub(super) mod outcome;
pub(super) mod rows;
pub(super) mod skip;
pub(super) mod tables_at_head;
pub(super) mod writer;
