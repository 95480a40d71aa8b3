//! What one round of a barrier reads: servers and verifiers in one snapshot of the database.

use std::collections::BTreeMap;

use claviger_contract::RealmLabel;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Text};

use crate::store::cluster::schema::verifier;
use crate::store::cluster::verifiers::verifier_row;
use crate::store::cluster::{nodes, replication};
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use claviger_domain::{Replication, ServingMember, VerifierRow};

/// The rows of one snapshot.
#[derive(Clone, Debug, Default)]
pub struct RoundRows {
    /// Ordered by name.
    pub members: Vec<ServingMember>,
    /// Those of the realms that were asked for.
    pub verifiers: BTreeMap<RealmLabel, Vec<VerifierRow>>,
    /// The replication state. It is `None` on SQLite, and without members.
    pub replication: Option<Replication>,
}

/// A row of either table. The columns that only one of them has are empty in the other.
#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    is_member: bool,
    /// The name of the server, or the id of the verifier.
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    incarnation: String,
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = BigInt)]
    position: i64,
    #[diesel(sql_type = BigInt)]
    lease_ms: i64,
    #[diesel(sql_type = Text)]
    realm: String,
    #[diesel(sql_type = Text)]
    resource_server: String,
    #[diesel(sql_type = Text)]
    standby_names: String,
    #[diesel(sql_type = Bool)]
    waits: bool,
    #[diesel(sql_type = Bool)]
    sees_standbys: bool,
    #[diesel(sql_type = BigInt)]
    flushed: i64,
    #[diesel(sql_type = Array<BigInt>)]
    standbys: Vec<i64>,
}

impl Store {
    /// The servers that may answer, and the verifiers of these realms.
    pub fn round(&self, realms: &[RealmLabel]) -> Result<RoundRows, StoreError> {
        let mut connection = self.reader()?;
        match &mut *connection {
            AnyConnection::Sqlite(_) => connection.transaction(|connection| read_both(connection, realms)),
            AnyConnection::Postgres(connection) => read_together(connection, realms),
        }
    }
}

fn read_both(connection: &mut AnyConnection, realms: &[RealmLabel]) -> Result<RoundRows, StoreError> {
    let mut rows = RoundRows { members: nodes::list(connection)?, ..RoundRows::default() };
    if realms.is_empty() {
        return Ok(rows);
    }
    let found = verifier::table
        .filter(verifier::realm.eq_any(realms.iter().map(RealmLabel::as_str)))
        .select((
            verifier::realm,
            (
                verifier::id,
                verifier::node,
                verifier::resource_server,
                verifier::acked,
                verifier::seq,
                verifier::lease_ms,
            ),
        ))
        .load::<(String, (String, String, String, i64, i64, i64))>(connection)?;
    for (realm, columns) in found {
        rows.add(&realm, verifier_row(columns)?);
    }
    Ok(rows)
}

/// One statement reads one snapshot, and costs one round trip.
fn read_together(connection: &mut PgConnection, realms: &[RealmLabel]) -> Result<RoundRows, StoreError> {
    let [names, waits, sees, flushed, standbys] = replication::COLUMNS;
    let statement = format!(
        "SELECT true AS is_member, name AS id, incarnation, lease_seq AS seq, applied AS position, lease_ms, \
            '' AS realm, '' AS resource_server, {names} AS standby_names, {waits} AS waits, \
            {sees} AS sees_standbys, {flushed} AS flushed, {standbys} AS standbys FROM node \
         UNION ALL \
         SELECT false, verifier, node, seq, acked, lease_ms, realm, resource_server, \
            '', false, false, 0, '{{}}'::bigint[] FROM verifier WHERE realm = ANY ($1) \
         ORDER BY id, incarnation"
    );
    let realms = realms.iter().map(RealmLabel::as_str).collect::<Vec<_>>();
    let found = sql_query(statement).bind::<Array<Text>, _>(realms).load::<Found>(connection)?;
    let mut rows = RoundRows::default();
    for row in found {
        if row.is_member {
            rows.members.push(nodes::member((row.id, row.incarnation, row.seq, row.position, row.lease_ms)));
            let values = (row.standby_names, row.waits, row.sees_standbys, row.flushed, row.standbys);
            rows.replication = Some(replication::replication(values));
        } else {
            let columns = (row.id, row.incarnation, row.resource_server, row.position, row.seq, row.lease_ms);
            rows.add(&row.realm, verifier_row(columns)?);
        }
    }
    Ok(rows)
}

impl RoundRows {
    fn add(&mut self, realm: &str, row: VerifierRow) {
        // The realms were asked for, so each is a label.
        if let Ok(realm) = realm.parse::<RealmLabel>() {
            self.verifiers.entry(realm).or_default().push(row);
        }
    }
}
