//! Checks a shared PostgreSQL database: writes, durability of commits, and free connections.

use claviger_contract::Timestamp;

use crate::operator::doctor::findings::Findings;
use crate::store::{CONNECTIONS_OF_A_SERVER, DatabaseSetup};
use claviger_domain::needed_standbys;

/// This machine's clock counts whole seconds, and the query takes time.
const SAME_TIME: i64 = 2;

/// A node raises an alarm while the clocks differ by more than this many seconds.
const ALARM: i64 = 5;

/// With fewer free connections, a new connection may fail.
const SPARE: i64 = 3;

pub fn writes(setup: &DatabaseSetup, findings: &mut Findings) {
    if !setup.read_only {
        return findings.fine("writes", "the database accepts them");
    }
    let found = "the database accepts none: it is a standby, or default_transaction_read_only is on. No node can \
                 renew its lease, all answer 503 after three seconds, and nothing can be revoked";
    let advice = "point database_url to the primary, such as \
                  postgres://one,two/claviger?target_session_attrs=read-write";
    findings.wrong("writes", found, advice);
}

/// How durable an acknowledged revocation is, and whether commits are acknowledged at all.
pub fn durability(setup: &DatabaseSetup, findings: &mut Findings) {
    let what = "durability";
    let names = &setup.synchronous_standby_names;
    let waits = matches!(setup.synchronous_commit.as_str(), "on" | "remote_apply" | "remote_write");
    if !setup.fsync || setup.synchronous_commit == "off" {
        let setting = if setup.fsync { "synchronous_commit" } else { "fsync" };
        let found = format!(
            "{setting} is off: a database crash can lose acknowledged revocations, and their tokens become valid again"
        );
        return findings.wrong(
            what,
            found,
            format!("ALTER SYSTEM SET {setting} = on; SELECT pg_reload_conf();"),
        );
    }
    if names.is_empty() || !waits {
        let found = "single: acknowledged commits are on one disk only, and receipts say so";
        return findings.fine(what, found);
    }
    let needed = i64::try_from(needed_standbys(names)).unwrap_or(i64::MAX);
    let is_known = setup.sees_standbys || setup.standbys < needed;
    let confirming = if setup.sees_standbys { setup.confirming_standbys } else { setup.standbys };
    if confirming < needed && is_known {
        let found = format!(
            "synchronous_standby_names is '{names}', and of {needed} needed standbys {confirming} are connected: every commit \
             hangs ({} just now), so no lease can be renewed, all nodes answer 503, and nothing can be revoked",
            setup.waiting_commits
        );
        let advice = "start the standby; if it is lost for good, ALTER SYSTEM SET synchronous_standby_names = ''; SELECT pg_reload_conf();";
        return findings.wrong(what, found, advice);
    }
    if !setup.sees_standbys {
        let found = format!(
            "commits wait for {needed} of {} standbys, but this role may not see which have received them: receipts \
             say single, and a canceled wait is not noticed",
            setup.standbys
        );
        return findings.wrong(what, found, "GRANT pg_read_all_stats TO the role in database_url");
    }
    findings.fine(what, format!("synchronous: commits wait for {needed} of {} standbys", setup.standbys));
}

/// `servers` is the number of signed-in servers.
pub fn connections(setup: &DatabaseSetup, servers: usize, findings: &mut Findings) {
    let what = "connections";
    let servers = i64::try_from(servers).unwrap_or(i64::MAX);
    let needed = servers.saturating_mul(CONNECTIONS_OF_A_SERVER.into());
    let (limit, free) = (setup.connections, setup.free_connections.max(0));
    let room = "raise max_connections, or the limit of the database or role";
    if needed > limit {
        let found = format!(
            "{servers} nodes may need {needed} and {limit} are allowed: a node without one can neither renew its \
             lease nor read which nodes have applied a revocation, which is then answered 503"
        );
        findings.wrong(what, found, room);
    } else if free < SPARE {
        let found = format!(
            "{free} of {limit} are free: a node that must reconnect may get none, and then answers 503"
        );
        findings.wrong(what, found, format!("{room}, or find their holders in pg_stat_activity"));
    } else {
        findings.fine(what, format!("{free} of {limit} are free; {servers} nodes use {needed} at most"));
    }
}

/// Leases never compare clocks of different machines. Beyond 5 s a node issues nothing and ends nothing.
pub fn clock(setup: &DatabaseSetup, now: Timestamp, findings: &mut Findings) {
    let apart = setup.now().epoch_seconds() - now.epoch_seconds();
    let found = match apart {
        0 => "agrees with this machine's".to_owned(),
        _ if apart.abs() <= SAME_TIME => format!("within {SAME_TIME} s of this machine's"),
        _ if apart.abs() > ALARM => {
            let side = if apart > 0 { "behind" } else { "ahead of" };
            let found = format!(
                "this machine's is {} s {side} it: a node here issues no tokens, and ends and deletes nothing because of its age",
                apart.abs()
            );
            return findings.wrong(
                "database clock",
                found,
                "correct the wrong clock, and keep both synchronized with NTP",
            );
        }
        _ => {
            let side = if apart > 0 { "ahead of" } else { "behind" };
            format!(
                "{} s {side} this machine's: revocations are not affected, but check which clock is wrong, because \
                 tokens expire by the nodes' clocks",
                apart.abs()
            )
        }
    };
    findings.fine("database clock", found);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The setup of a server with its own database.
    fn setup() -> DatabaseSetup {
        DatabaseSetup {
            read_only: false,
            synchronous_commit: "on".into(),
            fsync: true,
            synchronous_standby_names: String::new(),
            standbys: 0,
            confirming_standbys: 0,
            sees_standbys: true,
            waiting_commits: 0,
            connections: 97,
            free_connections: 90,
            epoch_seconds: 1_800_000_000,
        }
    }

    fn look(at: impl FnOnce(&mut Findings)) -> (bool, String) {
        let mut findings = Findings::default();
        at(&mut findings);
        let finding = findings.0.pop().expect("a finding");
        (finding.advice.is_none(), finding.found)
    }

    #[test]
    fn durability_is_that_of_the_commits() {
        let found = |setup: DatabaseSetup| look(|findings| durability(&setup, findings));
        let standbys = |names: &str, standbys, confirming_standbys| DatabaseSetup {
            synchronous_standby_names: names.into(),
            standbys,
            confirming_standbys,
            ..setup()
        };
        let is = |setup, ok: bool, words: &str| {
            let (is_fine, found) = found(setup);
            assert!(is_fine == ok && found.contains(words), "{found}");
        };
        is(setup(), true, "single");
        is(standbys("a", 1, 1), true, "synchronous: commits wait for 1 of 1 standbys");
        is(standbys("a", 0, 0), false, "of 1 needed standbys 0 are connected: every commit hangs");
        is(standbys("ANY 2 (a, b, c)", 3, 1), false, "of 2 needed standbys 1 are connected");
        is(standbys("ANY 2 (a, b, c)", 3, 3), true, "wait for 2 of 3");
        // Without the right to see standbys, a commit cannot be verified.
        is(DatabaseSetup { sees_standbys: false, ..standbys("a", 1, 0) }, false, "may not see");
        is(DatabaseSetup { sees_standbys: false, ..standbys("a", 0, 0) }, false, "every commit hangs");
        is(DatabaseSetup { synchronous_commit: "local".into(), ..standbys("a", 0, 0) }, true, "single");
        is(DatabaseSetup { synchronous_commit: "off".into(), ..setup() }, false, "synchronous_commit is off");
        is(DatabaseSetup { fsync: false, ..setup() }, false, "fsync is off");
    }

    #[test]
    fn room_is_counted_for_all_that_the_servers_may_open() {
        let found = |setup: &DatabaseSetup, servers| look(|findings| connections(setup, servers, findings));
        assert!(found(&setup(), 8).0 && !found(&setup(), 9).0);
        let (is_fine, text) = found(&DatabaseSetup { free_connections: 2, ..setup() }, 3);
        assert!(!is_fine && text.contains("2 of 97 are free"), "{text}");
    }

    #[test]
    fn clocks_that_differ_are_a_hint_and_beyond_five_seconds_a_fault() {
        let found = |now| look(|findings| clock(&setup(), Timestamp::from_epoch_seconds(now), findings));
        assert_eq!(found(1_800_000_000), (true, "agrees with this machine's".into()));
        assert_eq!(found(1_800_000_002), (true, "within 2 s of this machine's".into()));
        let (is_fine, text) = found(1_800_000_004);
        assert!(is_fine && text.starts_with("4 s behind"), "{text}");
        let (is_fine, text) = found(1_800_000_100);
        assert!(!is_fine && text.starts_with("this machine's is 100 s ahead of it"), "{text}");
    }
}
