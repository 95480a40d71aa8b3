//! The list, with its tabs.

use std::collections::BTreeSet;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::MemberTokenView;
use claviger_console::{
    Choice, EXPIRING_SOON_DAYS, ListQuery, Pager, TokenCounts, TokenKind, TokenListPage, TokenRow, TokenTab,
};

use crate::administration::{EXPIRES_BEFORE, MemberTokenTotals, member_token_totals, page_of_member_tokens};
use crate::http::console::lists::asked::{asked_list, keep_found, page_of, pager, read_page};
use crate::http::console::stop::Stop;
use crate::http::console::tokens::item::{self, Item, member_token_kind, of_token};
use crate::http::console::tokens::kind::{ensure_opens, path_kind, stop};
use crate::http::console::visit::{Visit, show};
use crate::http::state::AppState;
use claviger_domain::{CredentialFilter, MemberTokenKind, Query, Status, TokenSort};

const DAY: i64 = 86_400;

/// Scopes to filter by.
const MAX_SCOPES: usize = 200;

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let kind = path_kind(&request);
    show(request, state, |visit| {
        let kind = kind?;
        ensure_opens(visit, kind)?;
        let owners = visit.session.member.audits() && kind != TokenKind::Personal;
        let given = visit.asked.parameter("status");
        let mut shown = TokenTab::ALL.into_iter().filter(|tab| owners || *tab != TokenTab::Own);
        let known = shown.find(|tab| tab.as_str() == given);
        let tab = known.unwrap_or(TokenTab::Live);
        let narrowed = ["q", "scope"].iter().any(|name| !visit.asked.parameter(name).is_empty());
        let found = match member_token_kind(kind).filter(|_| !narrowed) {
            Some(of) => paged(visit, kind, of, tab)?,
            None => narrowed_to(visit, kind, tab, item::list(visit, kind)?),
        };
        let html = TokenListPage {
            frame: visit.frame(kind.entry()),
            kind,
            tab,
            counts: found.counts,
            pager: found.pager,
            query: found.query,
            scopes: found.scopes,
            owners,
            filter_dropped: found.dropped || (known.is_none() && !given.is_empty()),
            rows: found.items.iter().map(row).collect(),
        };
        visit.answer(&html)
    })
    .await
}

struct Found {
    items: Vec<Item>,
    counts: Option<TokenCounts>,
    pager: Pager,
    query: ListQuery,
    scopes: Vec<Choice>,
    dropped: bool,
}

/// All of them are read, because their owners are searched, and their scopes.
fn narrowed_to(visit: &Visit, kind: TokenKind, tab: TokenTab, items: Vec<Item>) -> Found {
    let asked = asked_list::<Item>(&visit.asked, visit.links().tokens(&kind), &[], &USUAL, &[]);
    let mut query = asked.query;
    query.fields.push(("status", tab.as_str().to_owned()));
    let counts = (!items.is_empty()).then(|| counts(visit, &items));
    let known = items.iter().flat_map(|item| &item.scopes).map(|scope| scope.as_str()).collect();
    let (scopes, unknown_scope) = scopes(visit, &known, &mut query);
    let mut found = items;
    let scope = query.value("scope");
    found.retain(|item| {
        is_in(visit, tab, item) && (scope.is_empty() || item.scopes.iter().any(|one| one.as_str() == scope))
    });
    keep_found(&mut found, &query);
    let (items, pager) = page_of(&query, &asked.page, found);
    Found { items, counts, pager, query, scopes, dropped: asked.dropped || unknown_scope }
}

/// One page is read; how many there are is counted.
fn paged(visit: &Visit, kind: TokenKind, of: MemberTokenKind, tab: TokenTab) -> Result<Found, Stop> {
    let (administration, act) = (&visit.state.administration, visit.act());
    let own = kind == TokenKind::Personal || tab == TokenTab::Own;
    let totals = member_token_totals(administration, &act, of, kind == TokenKind::Personal);
    let totals = totals.map_err(|error| stop(kind, error))?;
    let soon = visit.now().plus_seconds(EXPIRING_SOON_DAYS * DAY);
    let more: &[(&'static str, String)] = match tab {
        TokenTab::ExpiringSoon => &[(EXPIRES_BEFORE, soon.to_string())],
        _ => &[],
    };
    let list = visit.links().tokens(&kind);
    let asked = asked_list::<MemberTokenView>(&visit.asked, list, &[], &USUAL, more);
    let mut query = asked.query;
    query.fields.push(("status", tab.as_str().to_owned()));
    let status = Some(status_of(tab).to_owned());
    let find = |query: &Query<TokenSort>| {
        let query = Query { status: status.clone(), ..query.clone() };
        page_of_member_tokens(administration, &act, of, &query, own)
    };
    let read = read_page(&asked.page, TokenSort::named, find).map_err(|error| stop(kind, error))?;
    let counts = counts_of(&totals);
    let pager = pager(&query, &read, tab.count(&counts));
    let realm = &visit.session.realm;
    let live = realm.member_tokens.values().filter(|token| token.kind == of);
    let shown = live.filter(|token| {
        token.member == visit.session.member.id
            || (kind != TokenKind::Personal && visit.session.member.audits())
    });
    let known = shown.flat_map(|token| &token.scopes).map(|scope| scope.as_str()).collect();
    let (scopes, _) = scopes(visit, &known, &mut query);
    let items = read.items.into_iter().map(|view| of_token(visit, view)).collect();
    let counts = (!totals.is_empty()).then_some(counts);
    Ok(Found { items, counts, pager, query, scopes, dropped: asked.dropped })
}

/// What the use case is asked for.
const fn status_of(tab: TokenTab) -> &'static str {
    match tab {
        TokenTab::Live | TokenTab::Own | TokenTab::ExpiringSoon => Status::Active.as_str(),
        TokenTab::Unused => CredentialFilter::Unused.as_str(),
        TokenTab::Expired => Status::Expired.as_str(),
        TokenTab::Revoked => Status::Revoked.as_str(),
    }
}

const fn counts_of(totals: &MemberTokenTotals) -> TokenCounts {
    TokenCounts {
        live: totals.active,
        own: totals.own,
        expiring_soon: totals.expiring,
        unused: totals.unused,
        expired: totals.expired,
        revoked: totals.revoked,
    }
}

/// The latest use first.
const USUAL: [(&str, &str); 1] = [("sort", "-last_used_at")];

fn is_in(visit: &Visit, tab: TokenTab, item: &Item) -> bool {
    let is_live = item.status == Status::Active;
    let soon = visit.now().plus_seconds(EXPIRING_SOON_DAYS * DAY);
    match tab {
        TokenTab::Live => is_live,
        TokenTab::Own => is_live && item.is_own(visit),
        TokenTab::ExpiringSoon => item.is_expiring(soon),
        TokenTab::Unused => item.is_unused(visit.now()),
        TokenTab::Expired => item.status == Status::Expired,
        TokenTab::Revoked => item.status == Status::Revoked,
    }
}

fn counts(visit: &Visit, items: &[Item]) -> TokenCounts {
    let count = |tab| {
        let inside = items.iter().filter(|item| is_in(visit, tab, item));
        u64::try_from(inside.count()).unwrap_or(u64::MAX)
    };
    TokenCounts {
        live: count(TokenTab::Live),
        own: count(TokenTab::Own),
        expiring_soon: count(TokenTab::ExpiringSoon),
        unused: count(TokenTab::Unused),
        expired: count(TokenTab::Expired),
        revoked: count(TokenTab::Revoked),
    }
}

/// Those to choose from; and whether the address asks for one that none of the items has, which is dropped.
fn scopes(visit: &Visit, known: &BTreeSet<&str>, query: &mut ListQuery) -> (Vec<Choice>, bool) {
    let asked = visit.asked.parameter("scope");
    let is_known = known.contains(asked);
    if is_known {
        query.fields.push(("scope", asked.to_owned()));
    }
    let any = Choice { value: String::new(), title: "Any scope".to_owned(), chosen: !is_known };
    let others = known.iter().take(MAX_SCOPES).map(|scope| Choice {
        value: (*scope).to_owned(),
        title: (*scope).to_owned(),
        chosen: *scope == asked,
    });
    (std::iter::once(any).chain(others).collect(), !is_known && !asked.is_empty())
}

fn row(item: &Item) -> TokenRow {
    TokenRow {
        id: item.id.clone(),
        title: item.title().to_owned(),
        scopes: item.scopes.iter().map(ToString::to_string).collect(),
        lifecycle: item.lifecycle(),
        ended_with_realm: item.ended_with_realm(),
        owner: item.owner.clone(),
    }
}
