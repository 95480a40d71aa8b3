//! The servers that must confirm a revocation.

use std::time::Duration;

use claviger_api::{Listed, NodeView};
use claviger_contract::Timestamp;

use crate::administration::error::AdministrationError;
use crate::administration::listing::{Facts, Listable, Page, Shape};
use crate::administration::setting::Administration;
use crate::ledger::{Act, Right};
use claviger_domain::{NodeStatus, Roster, SeenNode};

impl Listable for NodeView {
    const LIST: Shape = Shape {
        sorts: &["name", "last_seen_at"],
        default_sort: "name",
        statuses: NodeStatus::NAMES,
        others: &[],
    };

    fn facts(&self, sort: &str) -> Facts {
        let key = match sort {
            "last_seen_at" => self.last_seen_at.to_string(),
            _ => self.name.clone(),
        };
        let (id, searched) = (self.incarnation.clone(), vec![self.name.clone(), self.incarnation.clone()]);
        Facts { id, key, status: self.status.as_str(), searched }
    }
}

/// As this server saw them at its last renewal.
pub fn list_nodes(
    administration: &Administration,
    act: &Act,
    page: &Page,
) -> Result<Listed<NodeView>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let roster = administration.ledger.snapshots().roster();
    let now = (administration.ledger.since_boot(), reading.now);
    Ok(page.select(roster.nodes().iter().map(|node| view(&roster, node, now)).collect()))
}

fn view(roster: &Roster, node: &SeenNode, (boot, wall): (Duration, Timestamp)) -> NodeView {
    let silent_for = boot.saturating_sub(node.renewed_at).as_secs();
    NodeView {
        name: node.name.clone(),
        incarnation: node.incarnation.clone(),
        status: roster.status(node, boot),
        position: node.applied,
        version: Some(node.version.clone()).filter(|version| !version.is_empty()),
        last_seen_at: wall.plus_seconds(-i64::try_from(silent_for).unwrap_or(i64::MAX)),
        lease_ms_left: u64::try_from(node.lease_left(boot).as_millis()).unwrap_or(u64::MAX),
        answers: node.is_own,
    }
}
