//! Reads the synchronous replication state of PostgreSQL in one statement.

use std::time::Duration;

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Text};

use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use claviger_domain::Replication;

/// A tenth of a second in total. A standby that a commit has waited for is up to date by then.
const LOOKS_FOR_STANDBYS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(5);

/// Settings under which a commit waits for a standby.
const WAITS: &str = "(current_setting('synchronous_standby_names') <> '' \
    AND current_setting('synchronous_commit') IN ('on', 'remote_apply', 'remote_write'))";

/// A superuser has every role.
const SEES: &str = "pg_has_role('pg_read_all_stats', 'USAGE')";

/// Unknown on a standby, which acknowledges no commit.
const FLUSHED: &str = "(CASE WHEN pg_is_in_recovery() THEN 9223372036854775807 \
    ELSE pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint END)";

/// Read only where commits wait for standbys.
const STANDBYS: &str = "(CASE WHEN current_setting('synchronous_standby_names') = '' THEN '{}'::bigint[] \
    ELSE coalesce((SELECT array_agg(pg_wal_lsn_diff(flush_lsn, '0/0')::bigint) \
        FROM pg_stat_get_wal_senders() \
        WHERE sync_state IN ('sync', 'quorum') AND flush_lsn IS NOT NULL), '{}'::bigint[]) END)";

/// The columns of [`Values`].
pub(in crate::store) const COLUMNS: [&str; 5] =
    ["current_setting('synchronous_standby_names')", WAITS, SEES, FLUSHED, STANDBYS];

type Columns =
    (SqlLiteral<Text>, SqlLiteral<Bool>, SqlLiteral<Bool>, SqlLiteral<BigInt>, SqlLiteral<Array<BigInt>>);
pub(in crate::store) type Values = (String, bool, bool, i64, Vec<i64>);

fn columns() -> Columns {
    let [names, waits, sees, flushed, standbys] = COLUMNS;
    (sql(names), sql(waits), sql(sees), sql(flushed), sql(standbys))
}

pub(in crate::store) fn replication((names, waits, sees_standbys, flushed, standbys): Values) -> Replication {
    Replication { names, waits, sees_standbys, flushed, standbys }
}

/// `None` on SQLite, which has one copy.
fn read(connection: &mut AnyConnection) -> Result<Option<Replication>, StoreError> {
    match connection {
        AnyConnection::Sqlite(_) => Ok(None),
        AnyConnection::Postgres(connection) => {
            Ok(Some(replication(diesel::select(columns()).get_result::<Values>(connection)?)))
        }
    }
}

/// Whether everything committed over this connection is on the required standbys. A canceled wait ends without their
/// confirmation. Returns `true` where no standby is required, or their state is not visible.
pub(in crate::store) fn is_replicated(connection: &mut AnyConnection) -> Result<bool, StoreError> {
    let Some(first) = read(connection)?.filter(Replication::is_verifiable) else {
        return Ok(true);
    };
    let mut found = first.clone();
    for _ in 0..LOOKS_FOR_STANDBYS {
        if found.covers(first.flushed) {
            return Ok(true);
        }
        if !found.has_enough_standbys() {
            break;
        }
        #[expect(clippy::disallowed_methods, reason = "a standby reports progress only in the database")]
        std::thread::sleep(PAUSE);
        match read(connection)?.filter(Replication::is_verifiable) {
            Some(next) => found = next,
            None => return Ok(true),
        }
    }
    Ok(false)
}
