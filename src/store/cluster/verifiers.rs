//! Table `verifier`: what each run of a server has heard of the verifiers that follow the feed of revocations.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use claviger_contract::{Position, RealmLabel};
use diesel::connection::SimpleConnection;
use diesel::dsl::count;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Text};

use crate::store::cluster::replication;
use crate::store::cluster::schema::verifier;
use crate::store::column::{Row, position_column};
use crate::store::connection::{AnyConnection, Place};
use crate::store::database::Store;
use crate::store::deciding::assert_not_deciding;
use crate::store::error::StoreError;
use crate::store::schema::node;
use claviger_domain::{ResourceServerId, VERIFIER_LEASE, VerifierId, VerifierRow};

/// What a server writes of a verifier that it has heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeardVerifier {
    pub realm: RealmLabel,
    pub resource_server: ResourceServerId,
    pub verifier: VerifierId,
    pub acked: Position,
}

/// Rows that may be of use to nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftVerifiers {
    /// The rows of the server itself, each with its `seq`.
    pub own: Vec<(VerifierId, i64)>,
    /// Servers that are no members and have rows, each with the longest lease of these verifiers.
    pub absent: BTreeMap<String, Duration>,
}

/// The connection over which one server writes its rows. Neither the follower nor user requests use it.
pub struct VerifierTable {
    place: Arc<Place>,
    /// Opened when it is first needed, and again after a failure.
    connection: Option<AnyConnection>,
}

/// Rows of one transaction, small enough to block other writers of SQLite only briefly.
const AT_ONCE: usize = 500;

/// In milliseconds. A statement that waits longer fails, and what it should have written is written later.
const PATIENCE: &str = "SET lock_timeout = 1000; SET statement_timeout = 2000";
const PATIENCE_FOR_WRITERS: Duration = Duration::from_secs(1);

/// Every commit of a row raises its `seq`; the position only grows. The row stays with the run of the server.
const HEARD: &str = "ON CONFLICT (verifier, node) DO UPDATE SET seq = verifier.seq + 1, \
    realm = excluded.realm, resource_server = excluded.resource_server, \
    acked = CASE WHEN excluded.acked > verifier.acked THEN excluded.acked ELSE verifier.acked END";

/// What an acknowledged position that a crash of the machine loses costs is a longer wait, so its commit does not wait
/// for the disk.
const AT_ONCE_COMMITTED: &str = "WHERE set_config('synchronous_commit', 'off', true) = 'off'";

impl Store {
    pub fn verifier_table(&self) -> VerifierTable {
        VerifierTable { place: self.place.clone(), connection: None }
    }
}

impl VerifierTable {
    /// Writes verifiers that were heard for the first time. Returns whether the commit will survive a failover that was
    /// configured to lose nothing.
    pub fn attach(&mut self, node: &str, heard: &[HeardVerifier]) -> Result<bool, StoreError> {
        self.with(|connection| {
            for rows in heard.chunks(AT_ONCE) {
                connection.transaction(|connection| {
                    connection.commit_durably()?;
                    write(connection, node, rows, "WHERE true")
                })?;
            }
            replication::is_replicated(connection)
        })
    }

    /// Writes the positions that verifiers have acknowledged.
    pub fn acknowledge(&mut self, node: &str, heard: &[HeardVerifier]) -> Result<(), StoreError> {
        self.with(|connection| {
            // After a failure the connection is not used again.
            connection.wait_for_the_disk(false)?;
            for rows in heard.chunks(AT_ONCE) {
                match connection {
                    AnyConnection::Sqlite(_) => {
                        connection.transaction(|connection| write(connection, node, rows, ""))?;
                    }
                    // A single statement is its own transaction.
                    AnyConnection::Postgres(_) => write(connection, node, rows, AT_ONCE_COMMITTED)?,
                }
            }
            connection.wait_for_the_disk(true)?;
            Ok(())
        })
    }

    /// From one snapshot.
    pub fn left(&mut self, own: &str) -> Result<LeftVerifiers, StoreError> {
        self.with(|connection| {
            let members = node::table.select(node::incarnation);
            let rows = verifier::table
                .filter(verifier::node.eq(own).or(verifier::node.ne_all(members)))
                .select((verifier::id, verifier::node, verifier::seq, verifier::lease_ms))
                .load::<(String, String, i64, i64)>(connection)?;
            let mut left = LeftVerifiers::default();
            for (id, node, seq, lease_ms) in rows {
                if node == own {
                    left.own.push((row(&id).parse(&id)?, seq));
                } else {
                    let longest = left.absent.entry(node).or_default();
                    *longest = lease(lease_ms).max(*longest);
                }
            }
            Ok(left)
        })
    }

    /// Resource servers with verifiers at servers that are members, and how many. One that asks several servers counts
    /// once.
    pub fn resource_servers(&mut self) -> Result<BTreeMap<(RealmLabel, ResourceServerId), u64>, StoreError> {
        self.with(|connection| {
            let members = node::table.select(node::incarnation);
            let rows = verifier::table
                .filter(verifier::node.eq_any(members))
                .group_by((verifier::realm, verifier::resource_server))
                .select((
                    verifier::realm,
                    verifier::resource_server,
                    count(verifier::id).aggregate_distinct(),
                ))
                .load::<(String, String, i64)>(connection)?;
            let counted = |(realm, id, count): &(String, String, i64)| {
                Ok(((row(id).parse(realm)?, row(id).parse(id)?), count.unsigned_abs()))
            };
            rows.iter().map(counted).collect()
        })
    }

    /// Deletes rows of the server itself, each only if it is as it was seen.
    pub fn forget(&mut self, own: &str, seen: &[(VerifierId, i64)]) -> Result<(), StoreError> {
        self.with(|connection| {
            for rows in seen.chunks(AT_ONCE) {
                connection.transaction(|connection| {
                    for (id, seq) in rows {
                        let row = verifier::table
                            .filter(verifier::id.eq(id.as_str()))
                            .filter(verifier::node.eq(own))
                            .filter(verifier::seq.eq(seq));
                        diesel::delete(row).execute(connection)?;
                    }
                    Ok::<_, StoreError>(())
                })?;
            }
            Ok(())
        })
    }

    /// Deletes the rows of a server that is gone.
    pub fn forget_all_of(&mut self, gone: &str) -> Result<(), StoreError> {
        self.with(|connection| {
            diesel::delete(verifier::table.filter(verifier::node.eq(gone))).execute(connection)?;
            Ok(())
        })
    }

    fn with<T>(
        &mut self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        assert_not_deciding();
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.open()?,
        };
        // SQLite: the file may have been replaced since.
        self.place.check()?;
        let done = work(&mut connection);
        if done.is_ok() {
            self.connection = Some(connection);
        }
        done
    }

    fn open(&self) -> Result<AnyConnection, StoreError> {
        let mut connection = self.place.open()?;
        connection.wait_for_writers(PATIENCE_FOR_WRITERS)?;
        if let AnyConnection::Postgres(connection) = &mut connection {
            connection.batch_execute(PATIENCE)?;
        }
        Ok(connection)
    }
}

fn write(
    connection: &mut AnyConnection,
    node: &str,
    rows: &[HeardVerifier],
    how: &str,
) -> Result<(), StoreError> {
    let lease_ms = i64::try_from(VERIFIER_LEASE.as_millis()).unwrap_or(i64::MAX);
    match connection {
        AnyConnection::Sqlite(connection) => {
            for row in rows {
                sql_query(format!("INSERT INTO verifier {COLUMNS} VALUES (?, ?, ?, ?, ?, 1, ?) {HEARD}"))
                    .bind::<Text, _>(row.verifier.as_str())
                    .bind::<Text, _>(node)
                    .bind::<Text, _>(row.realm.as_str())
                    .bind::<Text, _>(row.resource_server.to_string())
                    .bind::<BigInt, _>(position_column(row.acked))
                    .bind::<BigInt, _>(lease_ms)
                    .execute(connection)?;
            }
        }
        AnyConnection::Postgres(connection) => {
            let texts = |of: fn(&HeardVerifier) -> String| rows.iter().map(of).collect::<Vec<_>>();
            let acked = rows.iter().map(|row| position_column(row.acked)).collect::<Vec<_>>();
            sql_query(format!(
                "INSERT INTO verifier {COLUMNS} \
                 SELECT heard.verifier, $5, heard.realm, heard.resource_server, heard.acked, 1, $6 \
                 FROM unnest($1, $2, $3, $4) AS heard (verifier, realm, resource_server, acked) {how} {HEARD}"
            ))
            .bind::<Array<Text>, _>(texts(|row| row.verifier.to_string()))
            .bind::<Array<Text>, _>(texts(|row| row.realm.to_string()))
            .bind::<Array<Text>, _>(texts(|row| row.resource_server.to_string()))
            .bind::<Array<BigInt>, _>(acked)
            .bind::<Text, _>(node)
            .bind::<BigInt, _>(lease_ms)
            .execute(connection)?;
        }
    }
    Ok(())
}

const COLUMNS: &str = "(verifier, node, realm, resource_server, acked, seq, lease_ms)";

/// In the order of the columns, without the realm.
pub(in crate::store) type Columns = (String, String, String, i64, i64, i64);

pub(in crate::store) fn verifier_row(
    (id, node, resource_server, acked, seq, lease_ms): Columns,
) -> Result<VerifierRow, StoreError> {
    let row = row(&id);
    Ok(VerifierRow {
        verifier: row.parse(&id)?,
        resource_server: row.parse(&resource_server)?,
        acked: row.position(acked)?,
        lease: lease(lease_ms),
        node,
        seq,
    })
}

fn row(id: &str) -> Row<'_> {
    Row { table: "verifier", id }
}

fn lease(lease_ms: i64) -> Duration {
    Duration::from_millis(lease_ms.max(0).cast_unsigned())
}
