//! Table `grant_cut`: cuts of many sets by one change. They are written into the rows of the sets later, in parts.

use std::collections::{BTreeMap, HashSet};

use claviger_contract::Position;
use diesel::prelude::*;

use crate::store::column::position_column;
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::log::head::lock_head;
use crate::store::schema::{grant_cut, grant_set};
use claviger_domain::GrantsDigest;

/// Fewer cuts are written into their rows at once.
const DIRECTLY: usize = 500;

/// The maximum cuts in one row here, and in one transaction that applies them. Such a transaction holds the lock on the
/// log's head for a few milliseconds.
const IN_ONE_PART: usize = 500;

/// Records that the change at `position` cuts all sets with these lists.
pub fn cut(
    connection: &mut AnyConnection,
    realm: &str,
    position: Position,
    digests: &[GrantsDigest],
) -> Result<(), StoreError> {
    if digests.len() <= DIRECTLY {
        return apply(connection, realm, position_column(position), digests);
    }
    for (part, digests) in (0_i64..).zip(digests.chunks(IN_ONE_PART)) {
        let bytes: Vec<u8> = digests.iter().flat_map(|digest| digest.0).collect();
        diesel::insert_into(grant_cut::table)
            .values((
                grant_cut::position.eq(position_column(position)),
                grant_cut::part.eq(part),
                grant_cut::realm.eq(realm),
                grant_cut::digests.eq(bytes),
            ))
            .execute(connection)?;
    }
    Ok(())
}

/// Applies pending cuts before lists are replaced: afterwards an earlier cut would not find them.
pub fn settle(
    connection: &mut AnyConnection,
    realm: &str,
    changed: &[GrantsDigest],
) -> Result<(), StoreError> {
    let changed: HashSet<GrantsDigest> = changed.iter().copied().collect();
    if changed.is_empty() {
        return Ok(());
    }
    let waiting = grant_cut::table
        .filter(grant_cut::realm.eq(realm))
        .order((grant_cut::position.asc(), grant_cut::part.asc()))
        .select((grant_cut::position, grant_cut::digests))
        .load::<(i64, Vec<u8>)>(connection)?;
    for (position, digests) in waiting {
        let concerned: Vec<GrantsDigest> = read(&digests).filter(|one| changed.contains(one)).collect();
        apply(connection, realm, position, &concerned)?;
    }
    Ok(())
}

/// Pending cuts by realm and list, the oldest first.
pub type Waiting = BTreeMap<(String, GrantsDigest), Vec<i64>>;

pub fn waiting(connection: &mut AnyConnection) -> Result<Waiting, StoreError> {
    let rows = grant_cut::table
        .order((grant_cut::position.asc(), grant_cut::part.asc()))
        .select((grant_cut::position, grant_cut::realm, grant_cut::digests))
        .load::<(i64, String, Vec<u8>)>(connection)?;
    let mut waiting = Waiting::new();
    for (position, realm, digests) in rows {
        for digest in read(&digests) {
            waiting.entry((realm.clone(), digest)).or_default().push(position);
        }
    }
    Ok(waiting)
}

impl Store {
    pub fn has_waiting_cuts(&self) -> Result<bool, StoreError> {
        let any = grant_cut::table.select(grant_cut::position).first::<i64>(&mut *self.reader()?);
        Ok(any.optional()?.is_some())
    }

    /// Applies one part to the rows of its sets. Returns whether there was one.
    pub fn write_waiting_cuts(&self) -> Result<bool, StoreError> {
        if !self.has_waiting_cuts()? {
            return Ok(false);
        }
        self.write(|connection| {
            lock_head(connection)?;
            let oldest = grant_cut::table
                .order((grant_cut::position.asc(), grant_cut::part.asc()))
                .first::<(i64, i64, String, Vec<u8>)>(connection)
                .optional()?;
            let Some((position, part, realm, digests)) = oldest else { return Ok(false) };
            apply(connection, &realm, position, &read(&digests).collect::<Vec<_>>())?;
            let done =
                grant_cut::table.filter(grant_cut::position.eq(position)).filter(grant_cut::part.eq(part));
            diesel::delete(done).execute(connection)?;
            Ok(true)
        })
    }
}

/// Ignores lists that were written after the change.
fn apply(
    connection: &mut AnyConnection,
    realm: &str,
    position: i64,
    digests: &[GrantsDigest],
) -> Result<(), StoreError> {
    let digests: Vec<String> = digests.iter().map(ToString::to_string).collect();
    for digests in digests.chunks(DIRECTLY) {
        let alike = grant_set::table
            .filter(grant_set::realm.eq(realm))
            .filter(grant_set::digest.eq_any(digests))
            .filter(grant_set::written.lt(position))
            .filter(grant_set::cut.lt(position));
        diesel::update(alike).set(grant_set::cut.eq(position)).execute(connection)?;
    }
    Ok(())
}

fn read(digests: &[u8]) -> impl Iterator<Item = GrantsDigest> {
    digests.as_chunks::<16>().0.iter().map(|bytes| GrantsDigest(*bytes))
}
