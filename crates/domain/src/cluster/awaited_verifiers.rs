//! The verifiers that one wait has found, until its end. Pure.

use std::collections::{BTreeMap, BTreeSet};

use claviger_contract::Position;

use crate::cluster::verifiers::{VerifierId, VerifierRow, acknowledged};
use crate::records::resource_server::ResourceServerId;

/// A verifier whose rows are deleted during a wait did not confirm, and stays in the receipt.
#[derive(Clone, Debug, Default)]
pub struct AwaitedVerifiers {
    acked: BTreeMap<ResourceServerId, BTreeMap<VerifierId, Position>>,
    /// Resource servers that had a row at the last look.
    attached: BTreeSet<ResourceServerId>,
}

/// How many verifiers of one resource server have confirmed, and how many have not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Instances {
    pub confirmed: u64,
    pub unconfirmed: u64,
    /// Whether one of them is attached, as of the last look.
    pub is_attached: bool,
}

impl AwaitedVerifiers {
    /// Call with the rows of each look since the commit.
    pub fn note(&mut self, rows: &[VerifierRow]) {
        self.attached.clear();
        for ((resource_server, verifier), acked) in acknowledged(rows) {
            self.attached.insert(resource_server);
            let known = self.acked.entry(resource_server).or_default();
            match known.get_mut(verifier) {
                Some(before) => *before = acked.max(*before),
                None => drop(known.insert(verifier.clone(), acked)),
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.acked.is_empty()
    }

    pub fn instances(&self, position: Position) -> BTreeMap<ResourceServerId, Instances> {
        let count = |(resource_server, verifiers): (&ResourceServerId, &BTreeMap<VerifierId, Position>)| {
            let confirmed = verifiers.values().filter(|acked| **acked >= position).count();
            let instances = Instances {
                confirmed: confirmed as u64,
                unconfirmed: (verifiers.len() - confirmed) as u64,
                is_attached: self.attached.contains(resource_server),
            };
            (*resource_server, instances)
        };
        self.acked.iter().map(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::verifiers::VERIFIER_LEASE;

    fn row(verifier: &str, node: &str, server: u128, acked: u64) -> VerifierRow {
        VerifierRow {
            verifier: format!("{verifier:0>16}").parse().expect("an id"),
            node: node.to_owned(),
            resource_server: ResourceServerId::from_u128(server),
            acked: Position::new(acked),
            seq: 1,
            lease: VERIFIER_LEASE,
        }
    }

    /// Confirmed, unconfirmed and attached after these looks, for position 7.
    fn instances<const LOOKS: usize>(looks: [&[VerifierRow]; LOOKS]) -> Vec<(u128, u64, u64, bool)> {
        let mut awaited = AwaitedVerifiers::default();
        for rows in looks {
            awaited.note(rows);
        }
        let of = |(server, found): (ResourceServerId, Instances)| {
            (server.as_u128(), found.confirmed, found.unconfirmed, found.is_attached)
        };
        awaited.instances(Position::new(7)).into_iter().map(of).collect()
    }

    #[test]
    fn every_verifier_found_since_the_commit_is_counted_once() {
        let (behind, ahead) = (row("v", "1", 1, 6), row("v", "2", 1, 7));
        let (other, foreign) = (row("w", "1", 1, 0), row("v", "1", 2, 0));
        assert_eq!(instances([]), []);
        assert_eq!(instances([&[]]), []);
        assert_eq!(instances([std::slice::from_ref(&behind)]), [(1, 0, 1, true)]);
        assert_eq!(instances([&[behind.clone(), ahead.clone()]]), [(1, 1, 0, true)], "asks two nodes");
        assert_eq!(
            instances([&[behind.clone(), other.clone()], std::slice::from_ref(&ahead)]),
            [(1, 1, 1, true)]
        );
        assert_eq!(
            instances([std::slice::from_ref(&behind), &[]]),
            [(1, 0, 1, false)],
            "deleted during the wait"
        );
        assert_eq!(
            instances([std::slice::from_ref(&ahead), &[behind]]),
            [(1, 1, 0, true)],
            "confirmed at another node"
        );
        let foreign = [ahead, foreign];
        assert_eq!(instances([&foreign]), [(1, 1, 0, true), (2, 0, 1, true)], "the id of another server");
    }
}
