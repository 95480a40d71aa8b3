//! Reads the synchronous replication state of PostgreSQL in one statement.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Text};

use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use claviger_domain::Replication;

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

type Columns =
    (SqlLiteral<Text>, SqlLiteral<Bool>, SqlLiteral<Bool>, SqlLiteral<BigInt>, SqlLiteral<Array<BigInt>>);
pub(in crate::store) type Values = (String, bool, bool, i64, Vec<i64>);

pub(in crate::store) fn columns() -> Columns {
    (sql("current_setting('synchronous_standby_names')"), sql(WAITS), sql(SEES), sql(FLUSHED), sql(STANDBYS))
}

pub(in crate::store) fn replication((names, waits, sees_standbys, flushed, standbys): Values) -> Replication {
    Replication { names, waits, sees_standbys, flushed, standbys }
}

/// `None` on SQLite, which has one copy.
pub(in crate::store) fn read(connection: &mut AnyConnection) -> Result<Option<Replication>, StoreError> {
    match connection {
        AnyConnection::Sqlite(_) => Ok(None),
        AnyConnection::Postgres(connection) => {
            Ok(Some(replication(diesel::select(columns()).get_result::<Values>(connection)?)))
        }
    }
}
