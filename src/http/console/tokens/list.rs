//! The list, with its tabs.

use std::collections::BTreeSet;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{
    Choice, EXPIRING_SOON_DAYS, ListQuery, TokenCounts, TokenKind, TokenListPage, TokenRow, TokenTab,
};

use crate::http::console::answer::Answer;
use crate::http::console::lists::asked::{asked_list, keep_found, page_of};
use crate::http::console::stop::Stop;
use crate::http::console::tokens::item::{self, Item};
use crate::http::console::tokens::kind::{ensure_opens, path_kind};
use crate::http::console::visit::{Visit, show};
use crate::http::state::AppState;
use claviger_domain::Status;

/// Scopes to filter by.
const MAX_SCOPES: usize = 200;

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let kind = path_kind(&request);
    show(request, state, |visit| {
        let kind = kind?;
        ensure_opens(visit, kind)?;
        listed(visit, kind, item::list(visit, kind)?)
    })
    .await
}

fn listed(visit: &Visit, kind: TokenKind, items: Vec<Item>) -> Result<Answer, Stop> {
    let owners = visit.session.member.audits() && kind != TokenKind::Personal;
    let given = visit.asked.parameter("status");
    let mut shown = TokenTab::ALL.into_iter().filter(|tab| owners || *tab != TokenTab::Own);
    let known = shown.find(|tab| tab.as_str() == given);
    let tab = known.unwrap_or(TokenTab::Live);
    let asked = asked_list::<Item>(&visit.asked, visit.links().tokens(&kind), &[], &USUAL, &[]);
    let mut query = asked.query;
    query.fields.push(("status", tab.as_str().to_owned()));
    let counts = (!items.is_empty()).then(|| counts(visit, &items));
    let (scopes, unknown_scope) = scopes(visit, &items, &mut query);
    let mut found = items;
    let scope = query.value("scope");
    found.retain(|item| {
        is_in(visit, tab, item) && (scope.is_empty() || item.scopes.iter().any(|one| one.as_str() == scope))
    });
    keep_found(&mut found, &query);
    let (items, pager) = page_of(&query, &asked.page, found);
    let rows: Vec<TokenRow> = items.iter().map(row).collect();
    let html = TokenListPage {
        frame: visit.frame(kind.entry()),
        kind,
        tab,
        counts,
        pager,
        query,
        scopes,
        owners,
        filter_dropped: asked.dropped || unknown_scope || (known.is_none() && !given.is_empty()),
        rows,
    };
    visit.answer(&html)
}

/// The latest use first.
const USUAL: [(&str, &str); 1] = [("sort", "-last_used_at")];

fn is_in(visit: &Visit, tab: TokenTab, item: &Item) -> bool {
    let is_live = item.status == Status::Active;
    let soon = visit.now().plus_seconds(EXPIRING_SOON_DAYS * 86_400);
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
fn scopes(visit: &Visit, items: &[Item], query: &mut ListQuery) -> (Vec<Choice>, bool) {
    let asked = visit.asked.parameter("scope");
    let known: BTreeSet<&str> =
        items.iter().flat_map(|item| &item.scopes).map(|scope| scope.as_str()).collect();
    let is_known = known.contains(asked);
    if is_known {
        query.fields.push(("scope", asked.to_owned()));
    }
    let any = Choice { value: String::new(), title: "Any scope".to_owned(), chosen: !is_known };
    let others = known.into_iter().take(MAX_SCOPES).map(|scope| Choice {
        value: scope.to_owned(),
        title: scope.to_owned(),
        chosen: scope == asked,
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
