//! Checks the servers that share a database: which answer, which do not confirm, and whether all have the same history.

use std::collections::BTreeMap;
use std::time::Duration;

use claviger_contract::Position;

use crate::operator::doctor::findings::Findings;
use crate::operator::doctor::watch::{Life, Watched};
use crate::store::StoreError;
use claviger_domain::ServingMember;

/// Adds one finding per row, and one per name that two servers share.
pub fn nodes(watched: &Watched, findings: &mut Findings) {
    if watched.rows().next().is_none() {
        return findings.fine("servers", "no server has joined");
    }
    let mut living: BTreeMap<&str, usize> = BTreeMap::new();
    for (member, life) in watched.rows() {
        node(watched, member, life, findings);
        if life == Life::Renews {
            *living.entry(&member.name).or_default() += 1;
        }
    }
    if living.is_empty() {
        let found = "no server renews its lease, so none answers requests or removes stale rows";
        findings.wrong("servers", found, "start `claviger serve`, or check its log and /health/ready");
    }
    for (name, servers) in living.into_iter().filter(|(_, servers)| *servers > 1) {
        let found = format!(
            "{servers} servers have the name {name}: a receipt does not show which of them has confirmed"
        );
        findings.wrong("node names", found, "give each server its own node_name, and restart it");
    }
}

fn node(watched: &Watched, member: &ServingMember, life: Life, findings: &mut Findings) {
    let (head, wait) = (watched.head(), seconds(watched.longest_wait()));
    let who = format!("{} ({})", member.name, member.incarnation);
    let read = match behind(member.applied, head) {
        0 => format!("has read up to {}, the head", member.applied),
        rows => format!("has read up to {}, {rows} rows behind the head", member.applied),
    };
    let lease = seconds(member.lease);
    match life {
        Life::Silent => findings.wrong(
            "node",
            format!(
                "{who} {read}, and did not renew its lease of {lease} in {}: each revocation waits for it, up to {wait}, \
                 until another server has evicted it",
                seconds(watched.took)
            ),
            "if it is still listed after ten seconds, restart it, or check whether it is stopped, disconnected or \
             overloaded",
        ),
        Life::Renews if watched.is_behind(member) => findings.wrong(
            "node",
            format!("{who} {read}, and renews its lease: each revocation waits for it, up to {wait}"),
            "check its log for rows that it cannot apply; upgrade a node of an older version",
        ),
        Life::Renews => {
            findings.fine("node", format!("{who} {read}, and renews its lease of {lease}"));
        }
    }
}

/// `verified` is the result of reading the last rows.
pub fn log(watched: &Watched, verified: Result<(), StoreError>, findings: &mut Findings) {
    let head = watched.head();
    let ahead: Vec<String> = watched
        .rows()
        .filter(|(member, _)| member.applied > head)
        .map(|(member, _)| format!("{} at {}", member.name, member.applied))
        .collect();
    if let Err(error) = verified {
        let found = format!("{error}: no node can continue, and each answers 503 when its lease expires");
        findings.wrong("change log", found, FORKED);
    } else if ahead.is_empty() {
        findings
            .fine("change log", format!("its last rows are valid, and no node is ahead of its head, {head}"));
    } else {
        let found = format!(
            "it ends at {head}, but nodes have read further ({}): the database was reset to an earlier state or \
             replaced, and acknowledged revocations may be missing in it",
            ahead.join(", ")
        );
        findings.wrong("change log", found, FORKED);
    }
}

const FORKED: &str = "leave the nodes at 503 and find the database that has all acknowledged commits (the other \
    standby), or restore a backup, which invalidates every token";

fn behind(applied: Position, head: Position) -> u64 {
    head.as_u64().saturating_sub(applied.as_u64())
}

/// Rounded up to a tenth of a second, as waits are reported.
fn seconds(duration: Duration) -> String {
    let tenths = duration.as_millis().div_ceil(100);
    match tenths % 10 {
        0 => format!("{} s", tenths / 10),
        rest => format!("{}.{rest} s", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_domain::LEASE;

    fn member(name: &str, run: &str, lease_seq: i64, applied: u64) -> ServingMember {
        let applied = Position::new(applied);
        ServingMember { incarnation: run.into(), name: name.into(), lease_seq, applied, lease: LEASE }
    }

    fn found(watched: &Watched) -> Vec<(&'static str, String, bool)> {
        let mut findings = Findings::default();
        nodes(watched, &mut findings);
        log(watched, Ok(()), &mut findings);
        findings.0.into_iter().map(|one| (one.what, one.found, one.advice.is_none())).collect()
    }

    #[test]
    fn healthy_nodes_are_a_line_each() {
        let (a, b) = (member("a", "x-0", 4, 42), member("b", "y-0", 9, 42));
        let later = [member("a", "x-0", 5, 42), member("b", "y-0", 10, 42)];
        let found = found(&Watched::of(&[a, b], &later, 42));
        assert_eq!(
            found,
            [
                ("node", "a (x-0) has read up to 42, the head, and renews its lease of 3 s".into(), true),
                ("node", "b (y-0) has read up to 42, the head, and renews its lease of 3 s".into(), true),
                ("change log", "its last rows are valid, and no node is ahead of its head, 42".into(), true),
            ]
        );
    }

    #[test]
    fn who_is_silent_or_behind_is_what_revocations_wait_for() {
        let silent = member("a", "x-0", 4, 40);
        let slow = |lease_seq| member("b", "y-0", lease_seq, 41);
        let found = found(&Watched::of(&[silent.clone(), slow(1)], &[silent, slow(2)], 42));
        assert!(!found[0].2 && found[0].1.contains("2 rows behind") && found[0].1.contains("up to 3.1 s"));
        assert!(!found[1].2 && found[1].1.contains("1 rows behind") && found[1].1.contains("up to 3.1 s"));
    }

    #[test]
    fn two_living_rows_of_one_name_are_two_servers_and_an_old_row_is_none() {
        let two = |seq| [member("a", "x-0", seq, 42), member("a", "y-0", seq, 42)];
        let names = "node names";
        assert!(found(&Watched::of(&two(1), &two(2), 42)).iter().any(|one| one.0 == names && !one.2));
        let before = [member("a", "x-0", 7, 42), member("a", "y-0", 1, 42)];
        let after = [member("a", "x-0", 7, 42), member("a", "y-0", 2, 42)];
        let found = found(&Watched::of(&before, &after, 42));
        assert!(found.iter().all(|one| one.0 != names), "{found:?}");
    }

    #[test]
    fn nobody_who_renews_and_a_head_behind_the_nodes_are_told() {
        let dead = [member("a", "x-0", 7, 43)];
        let found = found(&Watched::of(&dead, &dead, 42));
        let wrong: Vec<&str> = found.iter().filter(|one| !one.2).map(|one| one.0).collect();
        assert_eq!(wrong, ["node", "servers", "change log"]);
    }
}
