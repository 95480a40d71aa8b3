//! Node rows without a server behind them.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::nodes::Cluster;
use claviger_testkit::postgres::Postgres;

/// Inserts a row with the incarnation `{name}-ghost-0` and renews it only while `work` runs. `applied` is SQL, in which
/// `position` is the head.
pub fn beside<T>(cluster: &Cluster, name: &str, applied: &str, work: impl FnOnce() -> T) -> T {
    let statement = |sql: &str| Postgres::shared().psql(&cluster.database_url, sql);
    leave_behind(cluster, name, applied, 3_000);
    let renewal = format!("UPDATE node SET lease_seq = lease_seq + 1 WHERE incarnation = '{name}-ghost-0'");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                statement(&renewal);
                std::thread::sleep(Duration::from_millis(300));
            }
        });
        let done = catch_unwind(AssertUnwindSafe(work));
        over.store(true, Ordering::SeqCst);
        done.unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// A row that is never renewed; it is evicted when its lease has expired.
pub fn leave_behind(cluster: &Cluster, name: &str, applied: &str, lease_ms: u32) {
    let row = format!("'{name}-ghost-0', '{name}', 1, {applied}, {lease_ms}");
    let insert = format!(
        "INSERT INTO node (incarnation, name, lease_seq, applied, lease_ms) SELECT {row} FROM log_head"
    );
    Postgres::shared().psql(&cluster.database_url, &insert);
}
