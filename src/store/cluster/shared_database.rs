//! The state of a PostgreSQL database and of the servers that share it. Read-only, for maintenance commands.

use claviger_contract::{Position, Timestamp};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use crate::crypto::LogHash;
use crate::store::cluster::nodes;
use crate::store::column::{position_column, position_of};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::log::head::{Head, read_head};
use crate::store::log::rows::rows_after;
use crate::store::operator::maintenance::Maintenance;
use crate::store::schema::change_log;
use claviger_domain::ServingMember;

/// All servers and the head of the log, from one snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serving {
    pub members: Vec<ServingMember>,
    pub head: Position,
}

/// The settings as they apply to a connection of a server.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct DatabaseSetup {
    /// A standby, or a database set to read-only.
    #[diesel(sql_type = Bool)]
    pub read_only: bool,
    #[diesel(sql_type = Text)]
    pub synchronous_commit: String,
    #[diesel(sql_type = Bool)]
    pub fsync: bool,
    #[diesel(sql_type = Text)]
    pub synchronous_standby_names: String,
    #[diesel(sql_type = BigInt)]
    pub standbys: i64,
    /// The number of synchronous standbys; always 0 without the right to see them.
    #[diesel(sql_type = BigInt)]
    pub confirming_standbys: i64,
    #[diesel(sql_type = Bool)]
    pub sees_standbys: bool,
    /// Commits that wait for a standby now.
    #[diesel(sql_type = BigInt)]
    pub waiting_commits: i64,
    /// The least of the server's, the database's and the role's limits.
    #[diesel(sql_type = BigInt)]
    pub connections: i64,
    /// Free connections below the nearest of these limits.
    #[diesel(sql_type = BigInt)]
    pub free_connections: i64,
    #[diesel(sql_type = BigInt)]
    pub epoch_seconds: i64,
}

const SETUP: &str = "
    WITH server AS (
        SELECT current_setting('max_connections')::bigint
             - current_setting('superuser_reserved_connections')::bigint
             - coalesce(current_setting('reserved_connections', true)::bigint, 0) AS most,
             (SELECT sum(numbackends)::bigint FROM pg_stat_database) AS used
    ), own AS (
        SELECT nullif(datconnlimit, -1)::bigint AS most,
             (SELECT numbackends::bigint FROM pg_stat_database WHERE datname = current_database()) AS used
        FROM pg_database WHERE datname = current_database()
    ), mine AS (
        SELECT nullif(rolconnlimit, -1)::bigint AS most,
             (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user) AS used
        FROM pg_roles WHERE rolname = current_user
    )
    SELECT current_setting('transaction_read_only') = 'on' AS read_only,
        current_setting('synchronous_commit') AS synchronous_commit,
        current_setting('fsync') = 'on' AS fsync,
        current_setting('synchronous_standby_names') AS synchronous_standby_names,
        (SELECT count(*) FROM pg_stat_replication) AS standbys,
        (SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')) AS confirming_standbys,
        pg_has_role('pg_read_all_stats', 'USAGE') AS sees_standbys,
        (SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep') AS waiting_commits,
        least(server.most, own.most, mine.most) AS connections,
        least(server.most - server.used, own.most - own.used, mine.most - mine.used) AS free_connections,
        extract(epoch FROM clock_timestamp())::bigint AS epoch_seconds
    FROM server, own, mine";

impl DatabaseSetup {
    pub fn now(&self) -> Timestamp {
        Timestamp::from_epoch_seconds(self.epoch_seconds)
    }
}

impl Maintenance {
    /// `None` on SQLite, which has one server.
    pub fn setup(&mut self) -> Result<Option<DatabaseSetup>, StoreError> {
        match &mut self.connection {
            AnyConnection::Sqlite(_) => Ok(None),
            AnyConnection::Postgres(connection) => Ok(Some(diesel::sql_query(SETUP).get_result(connection)?)),
        }
    }

    pub fn serving(&mut self) -> Result<Serving, StoreError> {
        self.connection.transaction(|connection| {
            connection.read_as_of_now()?;
            Ok(Serving { members: nodes::list(connection)?, head: read_head(connection)?.position })
        })
    }

    /// Whether the last rows of the log are chained and end at its head. A running server checks the same.
    pub fn verify_last_log_rows(&mut self, rows: u32) -> Result<(), StoreError> {
        self.connection.transaction(|connection| {
            connection.read_as_of_now()?;
            let head = read_head(connection)?;
            let oldest = Position::new(head.position.as_u64().saturating_sub(rows.into()));
            let first = change_log::table
                .filter(change_log::position.ge(position_column(oldest)))
                .order(change_log::position.asc())
                .select((change_log::position, change_log::hash))
                .first::<(i64, Vec<u8>)>(connection)
                .optional()?;
            // Nothing was ever written, or retention has removed it.
            let Some((position, hash)) = first else { return Ok(()) };
            let position = position_of(position);
            let broken = |position: Position| StoreError::Broken { position: position.as_u64() };
            let hash = LogHash(hash.try_into().map_err(|_| broken(position))?);
            let first = Head { position, hash };
            let mut last = first;
            while let Some(row) = rows_after(connection, last, i64::from(rows) + 1)?.last() {
                last = Head { position: row.position, hash: row.hash };
            }
            if last == head { Ok(()) } else { Err(broken(head.position)) }
        })
    }
}
