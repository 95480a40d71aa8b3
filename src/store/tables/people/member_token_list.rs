//! A page of table `member_token`, filtered and sorted.

use claviger_contract::{RealmLabel, Timestamp};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::store::column::position_column;
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::schema::member_token as token;
use crate::store::tables::people::member_tokens::{Columns, record};
use claviger_domain::{
    After, CredentialFilter, MemberToken, MemberTokenKind, Query, Status, TokenMatch, TokenSort,
};

const LAST_USE: &str = "COALESCE((SELECT last_use.at FROM last_use WHERE last_use.id = member_token.id), -1)";

const USED_OR_MADE: &str = "COALESCE((SELECT last_use.at FROM last_use WHERE last_use.id = member_token.id), member_token.created_at)";

type Filtered<'a> = token::BoxedQuery<'a, <AnyConnection as diesel::Connection>::Backend>;

/// Without order, start and limit. A token from before the realm's cut is revoked, unless it has expired.
fn filtered<'a>(
    realm: &'a RealmLabel,
    kind: MemberTokenKind,
    query: &Query<TokenSort>,
    matching: &TokenMatch,
    now: Timestamp,
) -> Filtered<'a> {
    let mut found = token::table
        .filter(token::realm.eq(realm.as_str()))
        .filter(token::kind.eq(kind.as_str()))
        .into_boxed();
    if let Some(member) = matching.member {
        found = found.filter(token::member.eq(member.to_string()));
    }
    if let Some(before) = query.expires_before {
        found = found.filter(token::expires_at.lt(before.epoch_seconds()));
    }
    let Some(status) = query.status.as_deref() else { return found };
    let cut = position_column(matching.cut);
    let unused_since = now.plus_seconds(-CredentialFilter::UNUSED_DAYS * 86_400).epoch_seconds();
    let now = now.epoch_seconds();
    if status == Status::Revoked.as_str() {
        let cut = token::expires_at.gt(now).and(token::position.lt(cut));
        return found.filter(token::revoked_at.is_not_null().or(cut));
    }
    found = found.filter(token::revoked_at.is_null());
    if status == Status::Expired.as_str() {
        return found.filter(token::expires_at.le(now));
    }
    found = found.filter(token::expires_at.gt(now)).filter(token::position.ge(cut));
    match status == CredentialFilter::Unused.as_str() {
        true => found.filter(sql::<BigInt>(USED_OR_MADE).le(unused_since)),
        false => found,
    }
}

impl Store {
    /// How many of the list there are; no further than `query.limit`.
    pub fn count_member_tokens(
        &self,
        realm: &RealmLabel,
        kind: MemberTokenKind,
        query: &Query<TokenSort>,
        matching: &TokenMatch,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let found = filtered(realm, kind, query, matching, now).limit(limit(query));
        Ok(found.select(token::id).load::<String>(&mut *self.list_reader()?)?.len())
    }

    /// Includes ended ones.
    pub fn list_member_tokens(
        &self,
        realm: &RealmLabel,
        kind: MemberTokenKind,
        query: &Query<TokenSort>,
        matching: &TokenMatch,
        now: Timestamp,
    ) -> Result<Vec<MemberToken>, StoreError> {
        let mut found = filtered(realm, kind, query, matching, now).limit(limit(query));
        let down = query.descending;
        let number = || {
            sql::<BigInt>(match query.sort {
                TokenSort::LastUsedAt => LAST_USE,
                _ => "member_token.expires_at",
            })
        };
        found = match (query.sort, &query.after, down) {
            (_, None, _) => found,
            (TokenSort::CreatedAt, Some(after), false) => found.filter(token::id.gt(after.id.clone())),
            (TokenSort::CreatedAt, Some(after), true) => found.filter(token::id.lt(after.id.clone())),
            (_, Some(After { key, id }), down) => {
                let key = number_of(key, down);
                match down {
                    false => {
                        found.filter(number().gt(key).or(number().eq(key).and(token::id.gt(id.clone()))))
                    }
                    true => found.filter(number().lt(key).or(number().eq(key).and(token::id.lt(id.clone())))),
                }
            }
        };
        found = match (query.sort, down) {
            (TokenSort::CreatedAt, false) => found.order(token::id.asc()),
            (TokenSort::CreatedAt, true) => found.order(token::id.desc()),
            (_, false) => found.order((number().asc(), token::id.asc())),
            (_, true) => found.order((number().desc(), token::id.desc())),
        };
        let rows = found.load::<Columns>(&mut *self.list_reader()?)?;
        rows.into_iter().map(|columns| Ok(record(columns)?.1)).collect()
    }
}

/// The time of a cursor, which is empty if it was never used. A cursor that was changed by hand begins at the first item.
fn number_of(key: &str, down: bool) -> i64 {
    let first = if down { i64::MAX } else { i64::MIN };
    if key.is_empty() { -1 } else { key.parse().map_or(first, Timestamp::epoch_seconds) }
}

fn limit<S>(query: &Query<S>) -> i64 {
    i64::try_from(query.limit).unwrap_or(i64::MAX)
}
