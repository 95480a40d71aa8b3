//! What ends within a time, of every kind whose end is told.

use claviger_contract::{RealmLabel, Timestamp};
use diesel::prelude::*;

use crate::store::column::Row;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::{member, member_token, service_credential, source_credential};
use claviger_domain::{Ending, EndingKind, MemberTokenKind, SourceCredential};

type Columns = (String, String, String, i64, Option<i64>);

impl Store {
    /// Those that are not revoked and end in this time, in the order of their ids; `after` is the last id of the page
    /// before. API tokens of disabled members are not told.
    pub fn endings(
        &self,
        kind: EndingKind,
        (from, until): (Timestamp, Timestamp),
        after: &str,
        limit: i64,
    ) -> Result<Vec<(RealmLabel, Ending)>, StoreError> {
        let (from, until) = (from.epoch_seconds(), until.epoch_seconds());
        let connection = &mut *self.list_reader()?;
        let rows: Vec<Columns> = match kind {
            EndingKind::ApiToken => member_token::table
                .filter(member_token::kind.eq(MemberTokenKind::ApiToken.as_str()))
                .filter(member_token::revoked_at.is_null())
                .filter(member_token::expires_at.between(from, until))
                .filter(member_token::id.gt(after))
                .filter(
                    member_token::member
                        .eq_any(member::table.filter(member::disabled_at.is_null()).select(member::id)),
                )
                .order(member_token::id.asc())
                .limit(limit)
                .select((
                    member_token::realm,
                    member_token::id,
                    member_token::description,
                    member_token::created_at,
                    member_token::expires_at.nullable(),
                ))
                .load(connection)?,
            EndingKind::ServiceCredential => service_credential::table
                .filter(service_credential::revoked_at.is_null())
                // One that is being replaced ends with its overlap, as was asked for.
                .filter(service_credential::overlap_ends_at.is_null())
                .filter(service_credential::ends_at.between(from, until))
                .filter(service_credential::id.gt(after))
                .order(service_credential::id.asc())
                .limit(limit)
                .select((
                    service_credential::realm,
                    service_credential::id,
                    service_credential::name,
                    service_credential::created_at,
                    service_credential::ends_at,
                ))
                .load(connection)?,
            EndingKind::SourceCredential => {
                let rows = source_credential::table
                    .filter(source_credential::expires_at.between(from, until))
                    .filter(source_credential::id.gt(after))
                    .order(source_credential::id.asc())
                    .limit(limit)
                    .select((source_credential::realm, source_credential::id, source_credential::record))
                    .load::<(String, String, String)>(connection)?;
                let columns = |(realm, id, text): (String, String, String)| {
                    let record: SourceCredential = Row { table: "source_credential", id: &id }.json(&text)?;
                    let ends_at = record.expires_at.map(Timestamp::epoch_seconds);
                    let created_at = record.created_at.epoch_seconds();
                    Ok((realm, id, record.name.to_string(), created_at, ends_at))
                };
                rows.into_iter().map(columns).collect::<Result<_, StoreError>>()?
            }
        };
        let ending = |(realm, id, name, created_at, ends_at): Columns| {
            let row = Row { table: kind.target().as_str(), id: &id };
            let (created_at, ends_at) = (row.time(created_at)?, row.time(ends_at.unwrap_or_default())?);
            let realm = row.parse(&realm)?;
            Ok((realm, Ending { kind, id, name, created_at, ends_at }))
        };
        rows.into_iter().map(ending).collect()
    }
}
