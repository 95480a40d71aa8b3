//! Verifiers: processes of resource servers that check tokens offline and follow the feed of revocations. Pure.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use claviger_contract::Position;

use crate::cluster::lease::longest_wait;
use crate::records::resource_server::ResourceServerId;

/// How long a verifier may trust its set of revocations, counted from before its request.
pub const VERIFIER_LEASE: Duration = Duration::from_secs(3);

/// One run of a verifier. It draws the id at random when it starts, and anew after a fork.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerifierId(Arc<str>);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("16 to 64 characters of A-Z, a-z, 0-9, - and _, drawn at random by each process")]
pub struct InvalidVerifierId;

impl VerifierId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for VerifierId {
    type Err = InvalidVerifierId;

    fn from_str(text: &str) -> Result<Self, InvalidVerifierId> {
        let fits = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if fits && (16..=64).contains(&text.len()) { Ok(Self(text.into())) } else { Err(InvalidVerifierId) }
    }
}

impl fmt::Display for VerifierId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What one run of a server heard of one verifier. The row never belongs to another run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VerifierRow {
    pub verifier: VerifierId,
    /// The incarnation of the server.
    pub node: String,
    pub resource_server: ResourceServerId,
    /// The verifier has applied all restrictions up to here.
    pub acked: Position,
    /// Grows with every commit of the row.
    pub seq: i64,
    pub lease: Duration,
}

/// How far each verifier has applied restrictions: it asks any server, and the greatest position that one of them heard
/// counts. An id belongs to the resource server that used it: another one cannot acknowledge for it.
pub fn acknowledged(rows: &[VerifierRow]) -> BTreeMap<(ResourceServerId, &VerifierId), Position> {
    let mut acked = BTreeMap::new();
    for row in rows {
        let greatest = acked.entry((row.resource_server, &row.verifier)).or_insert(row.acked);
        *greatest = row.acked.max(*greatest);
    }
    acked
}

/// Whether the lease of a verifier that was last heard then is over. Its server forgets it first, so that the next
/// request writes the row again before it is answered. Only then may the server delete the row, and only with the `seq`
/// that it saw.
pub fn is_silent(heard_at: Duration, now: Duration) -> bool {
    now >= heard_at + longest_wait(VERIFIER_LEASE)
}

/// Since when each server that left rows of verifiers is absent from the members, without a break.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Absences(BTreeMap<String, Duration>);

impl Absences {
    /// The servers whose rows of verifiers may be deleted: what they answered last is no longer trusted.
    ///
    /// `absent` are the owners of rows without a member row, each with the longest lease of its verifiers, from one
    /// snapshot. `seen_at` is read after it.
    pub fn observe(&mut self, absent: &BTreeMap<String, Duration>, seen_at: Duration) -> Vec<String> {
        self.0.retain(|node, _| absent.contains_key(node));
        let mut gone = Vec::new();
        for (node, lease) in absent {
            let since = *self.0.entry(node.clone()).or_insert(seen_at);
            if seen_at >= since + longest_wait((*lease).max(VERIFIER_LEASE)) {
                gone.push(node.clone());
            }
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn id_is_long_enough_to_be_random() {
        let id = "0123456789abcDEF-_";
        assert_eq!(id.parse::<VerifierId>().map(|id| id.to_string()), Ok(id.to_owned()));
        for text in ["", "0123456789abcde", "0123456789abcde ", "0123456789abcde\u{e9}", &"a".repeat(65)] {
            assert_eq!(text.parse::<VerifierId>(), Err(InvalidVerifierId), "{text}");
        }
    }

    #[test]
    fn verifier_is_silent_when_its_lease_is_over_on_any_clock() {
        assert!(!is_silent(at(1_000), at(4_079)));
        assert!(is_silent(at(1_000), at(4_080)));
    }

    #[test]
    fn rows_of_a_server_are_deleted_after_it_was_absent_for_longer_than_a_lease() {
        let mut absences = Absences::default();
        let mut observe = |millis, nodes: &[(&str, u64)]| {
            let absent = nodes.iter().map(|(node, lease)| ((*node).to_owned(), at(*lease))).collect();
            absences.observe(&absent, at(millis))
        };
        assert!(observe(0, &[("a", 3_000), ("b", 10_000)]).is_empty());
        assert!(observe(3_079, &[("a", 3_000), ("b", 10_000)]).is_empty());
        assert_eq!(observe(3_080, &[("a", 3_000), ("b", 10_000)]), ["a"]);
        assert!(observe(3_081, &[("b", 10_000)]).is_empty());
        // It is observed from the start after a break.
        assert!(observe(5_000, &[("a", 3_000), ("b", 10_000)]).is_empty());
        assert!(observe(8_079, &[("a", 0), ("b", 10_000)]).is_empty());
        assert_eq!(observe(10_150, &[("a", 0), ("b", 10_000)]), ["a", "b"]);
    }
}
