//! Table `source_pull`: what the last pull of each source found. It is written apart from the log, so no change waits for
//! it.

use std::collections::HashMap;

use claviger_contract::RealmLabel;
use diesel::prelude::*;

use crate::store::column::{ROWS_AT_ONCE, Row};
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::source_pull;
use claviger_domain::{SourceId, SourcePull};

type Columns = (String, i64, String, i64, String, Option<i64>);

impl Store {
    /// Keeps a later one that is stored already, as of a server that has taken over meanwhile.
    pub fn note_source_pull(
        &self,
        realm: &RealmLabel,
        id: SourceId,
        pull: &SourcePull,
    ) -> Result<(), StoreError> {
        let (id, at) = (id.to_string(), pull.at.epoch_seconds());
        let columns = (
            source_pull::at.eq(at),
            source_pull::credential.eq(pull.credential.to_string()),
            source_pull::version.eq(pull.version.cast_signed()),
            source_pull::outcome.eq(pull.outcome.as_str()),
            source_pull::items.eq(pull.items.map(u64::cast_signed)),
        );
        self.write(|connection| {
            let row = source_pull::table.filter(source_pull::source.eq(&id));
            let stored = row.select(source_pull::at).first::<i64>(connection).optional()?;
            match stored {
                None => {
                    diesel::insert_into(source_pull::table)
                        .values((source_pull::source.eq(&id), source_pull::realm.eq(realm.as_str()), columns))
                        .execute(connection)?;
                }
                Some(_) => {
                    diesel::update(row.filter(source_pull::at.le(at))).set(columns).execute(connection)?;
                }
            }
            Ok(())
        })
    }

    /// Omits sources that were never pulled.
    pub fn last_source_pulls(&self, ids: &[SourceId]) -> Result<HashMap<SourceId, SourcePull>, StoreError> {
        let mut found = HashMap::new();
        for ids in ids.chunks(ROWS_AT_ONCE) {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let rows = source_pull::table.filter(source_pull::source.eq_any(ids)).select((
                source_pull::source,
                source_pull::at,
                source_pull::credential,
                source_pull::version,
                source_pull::outcome,
                source_pull::items,
            ));
            for columns in rows.load::<Columns>(&mut *self.list_reader()?)? {
                let (id, pull) = read(&columns)?;
                found.insert(id, pull);
            }
        }
        Ok(found)
    }
}

fn read(
    (id, at, credential, version, outcome, items): &Columns,
) -> Result<(SourceId, SourcePull), StoreError> {
    let row = Row { table: "source_pull", id };
    let pull = SourcePull {
        at: row.time(*at)?,
        credential: row.parse(credential)?,
        version: version.cast_unsigned(),
        outcome: row.text(outcome)?,
        items: items.map(i64::cast_unsigned),
    };
    Ok((row.parse(id)?, pull))
}
