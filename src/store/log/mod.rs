//! The change log: its head, its rows and its single writer.

pub(super) mod chains;
pub(super) mod damage;
pub(super) mod readable;
pub(super) mod rows;
pub(super) mod skip;
pub(super) mod writer;
