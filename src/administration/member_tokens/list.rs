//! Lists of tokens, read page by page, and how many there are of each status.

use claviger_api::{Listed, MemberTokenView};

use crate::administration::error::AdministrationError;
use crate::administration::listing::Page;
use crate::administration::member_tokens::tokens::view;
use crate::administration::setting::{Administration, Reading};
use crate::ledger::{Act, Right};
use claviger_domain::{CredentialFilter, MemberId, MemberTokenKind, Query, Status, TokenMatch, TokenSort};

/// Those that the tables alone know are counted no further than [`MemberTokenTotals::MOST`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemberTokenTotals {
    pub active: u64,
    /// Active, and the caller's own.
    pub own: u64,
    /// Active, and with an end within [`MemberTokenTotals::EXPIRING_DAYS`].
    pub expiring: u64,
    /// Active, and not used for 90 days although it is that old.
    pub unused: u64,
    pub expired: u64,
    pub revoked: u64,
}

impl MemberTokenTotals {
    pub const EXPIRING_DAYS: i64 = 14;
    pub const MOST: usize = 1_001;

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Lists a page of the caller's own tokens; with read access to the realm, of those of all members. A search also looks at
/// letters that a database compares in another way, so it reads all of them.
pub fn list_member_tokens(
    administration: &Administration,
    act: &Act,
    kind: MemberTokenKind,
    page: &Page,
) -> Result<Listed<MemberTokenView>, AdministrationError> {
    let query = page.query(TokenSort::named);
    if query.search.is_none() {
        return Ok(page.answer(page_of_member_tokens(administration, act, kind, &query, false)?));
    }
    let all = Query { after: None, limit: usize::MAX, search: None, ..query };
    Ok(page.select(page_of_member_tokens(administration, act, kind, &all, false)?))
}

/// What a query finds among the tokens that the caller may read, or among its own; without a search.
pub fn page_of_member_tokens(
    administration: &Administration,
    act: &Act,
    kind: MemberTokenKind,
    query: &Query<TokenSort>,
    own: bool,
) -> Result<Vec<MemberTokenView>, AdministrationError> {
    let reading = administration.read(act, Right::ReadOwn)?;
    let store = administration.ledger.store();
    let matching = matching(&reading, act, own)?;
    let tokens = store.list_member_tokens(&act.realm, kind, query, &matching, reading.now)?;
    let mut views: Vec<_> = tokens.iter().map(|token| view(token, reading.realm.cut, reading.now)).collect();
    let ids: Vec<_> = views.iter().map(|view| view.id).collect();
    let mut last_uses = store.last_uses(&ids)?;
    for view in &mut views {
        view.last_used_at = last_uses.remove(&view.id);
    }
    Ok(views)
}

/// What is active is counted in memory.
pub fn member_token_totals(
    administration: &Administration,
    act: &Act,
    kind: MemberTokenKind,
    own: bool,
) -> Result<MemberTokenTotals, AdministrationError> {
    let reading = administration.read(act, Right::ReadOwn)?;
    let matching = matching(&reading, act, own)?;
    let caller = act.caller.find_member(&reading.realm, reading.now)?.map(|member| member.id);
    let soon = reading.now.plus_seconds(MemberTokenTotals::EXPIRING_DAYS * 86_400);
    let mut totals = MemberTokenTotals::default();
    let known = reading.realm.member_tokens.values();
    let known =
        known.filter(|token| token.kind == kind && matching.member.is_none_or(|id| id == token.member));
    for token in known.filter(|token| view(token, reading.realm.cut, reading.now).status == Status::Active) {
        totals.active += 1;
        totals.own += u64::from(caller == Some(token.member));
        totals.expiring += u64::from(token.expires_at < soon);
    }
    let count = |status: &str| count_member_tokens(administration, act, kind, status, own);
    totals.unused = count(CredentialFilter::Unused.as_str())?;
    totals.expired = count(Status::Expired.as_str())?;
    totals.revoked = count(Status::Revoked.as_str())?;
    Ok(totals)
}

/// How many have this status, counted no further than [`MemberTokenTotals::MOST`].
fn count_member_tokens(
    administration: &Administration,
    act: &Act,
    kind: MemberTokenKind,
    status: &str,
    own: bool,
) -> Result<u64, AdministrationError> {
    let reading = administration.read(act, Right::ReadOwn)?;
    let matching = matching(&reading, act, own)?;
    let query = Query {
        sort: TokenSort::CreatedAt,
        descending: false,
        after: None,
        limit: MemberTokenTotals::MOST,
        search: None,
        status: Some(status.to_owned()),
        expires_before: None,
    };
    let store = administration.ledger.store();
    let count = store.count_member_tokens(&act.realm, kind, &query, &matching, reading.now)?;
    Ok(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Those who read the realm see the tokens of all members.
fn matching(reading: &Reading, act: &Act, own: bool) -> Result<TokenMatch, AdministrationError> {
    let caller = act.caller.find_member(&reading.realm, reading.now)?;
    let member: Option<MemberId> = caller.filter(|member| own || !member.audits()).map(|member| member.id);
    Ok(TokenMatch { member, cut: reading.realm.cut })
}
