//! The rows of the members, as the server reads them.

use claviger_contract::Position;
use claviger_domain::{LEASE, ServingMember};

use crate::state::Rows;

pub fn members(rows: Rows) -> Vec<ServingMember> {
    rows.into_iter().flatten().flatten().map(member).collect()
}

/// A row as the server reads it. Decisions about one row do not depend on others.
pub fn member(applied: u8) -> ServingMember {
    ServingMember {
        name: String::new(),
        incarnation: String::new(),
        lease_seq: 1,
        applied: position(applied),
        lease: LEASE,
    }
}

pub fn position(number: u8) -> Position {
    Position::new(u64::from(number))
}
