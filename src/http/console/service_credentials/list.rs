//! The list of service credentials.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::CredentialView;
use claviger_console::{
    CredentialCounts, CredentialListPage, CredentialRow, CredentialTab, Draft, EXPIRING_SOON_DAYS, Elsewhere,
    Example, NoCredentialsPage,
};

use crate::administration::{
    CredentialTotals, EXPIRES_BEFORE, Page, count_credentials, credential_match, credential_totals,
    list_credentials,
};
use crate::http::console::answer::Answer;
use crate::http::console::lists::asked::{AskedList, Read, asked_list, pager, read_page};
use crate::http::console::service_credentials::found::{ENTRY, stop};
use crate::http::console::service_credentials::lines::{actor_name, lifecycle};
use crate::http::console::service_credentials::narrowed::Narrowed;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, show};
use crate::http::state::AppState;
use claviger_domain::{CredentialSort, Query};

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_opens(ENTRY)?;
        let totals = credential_totals(&visit.state.administration, &visit.act());
        let totals = totals.map_err(stop)?;
        match totals.is_empty() {
            true => none_yet(visit),
            false => listed(visit, &totals),
        }
    })
    .await
}

fn none_yet(visit: &Visit) -> Result<Answer, Stop> {
    let example = |title, words: &str, days: &str, ttl: &str| Example {
        title,
        words: words.to_owned(),
        draft: Draft { days: days.to_owned(), ttl: ttl.to_owned(), ..Draft::default() },
    };
    let page = NoCredentialsPage {
        frame: visit.frame(Some(ENTRY)),
        allowed: visit.session.realm.record.settings.service_credentials,
        examples: vec![
            example("A pipeline", "90 days, tokens of 15 minutes", "90", "900"),
            example("A service", "365 days, tokens of 1 hour", "365", "3600"),
            example("A trial", "30 days, tokens of 1 hour", "30", "3600"),
        ],
    };
    visit.answer(&page)
}

fn listed(visit: &Visit, totals: &CredentialTotals) -> Result<Answer, Stop> {
    let given = visit.asked.parameter("status");
    let known = CredentialTab::ALL.into_iter().find(|tab| tab.as_str() == given);
    let tab = known.unwrap_or(CredentialTab::Live);
    let narrowed = Narrowed::of(visit)?;
    let asked = asked(visit, &filter(visit, tab), &narrowed);
    let dropped = asked.dropped || narrowed.dropped || (known.is_none() && !given.is_empty());
    let found = read(visit, &asked)?;
    let rows: Vec<CredentialRow> = found.items.iter().map(|view| row(visit, view)).collect();
    let search = asked.query.value("q").to_owned();
    let elsewhere =
        if rows.is_empty() && !search.is_empty() { elsewhere(visit, tab, &narrowed)? } else { None };
    let counts = counts(totals);
    let mut query = asked.query;
    query.fields.push(("status", tab.as_str().to_owned()));
    query.fields.extend(narrowed.fields());
    let total = match found.total() {
        Some(total) => total,
        None if search.is_empty() && narrowed.is_whole() => of_tab(&counts, tab),
        None => count(visit, &asked.page)?,
    };
    let page = CredentialListPage {
        frame: visit.frame(Some(ENTRY)),
        allowed: visit.session.realm.record.settings.service_credentials,
        pager: pager(&query, &found, total),
        tab,
        counts,
        query,
        groups: narrowed.group_choices(),
        creators: narrowed.creator_choices(),
        filter_dropped: dropped,
        rows,
        elsewhere,
    };
    visit.answer(&page)
}

/// What the use case is asked for.
fn filter(visit: &Visit, tab: CredentialTab) -> Vec<(&'static str, String)> {
    let status = |status: &str| ("status", status.to_owned());
    match tab {
        CredentialTab::Live => vec![status("active")],
        CredentialTab::ExpiringSoon => {
            let soon = visit.now().plus_seconds(EXPIRING_SOON_DAYS * 86_400);
            vec![status("active"), (EXPIRES_BEFORE, soon.to_string())]
        }
        CredentialTab::Unused => vec![status("unused")],
        CredentialTab::NeverExpire => vec![status("never_expires")],
        CredentialTab::Expired => vec![status("expired")],
        CredentialTab::Revoked => vec![status("revoked")],
    }
}

fn asked(visit: &Visit, filter: &[(&'static str, String)], narrowed: &Narrowed) -> AskedList {
    let more = [filter, &narrowed.asked()].concat();
    let list = visit.links().service_credentials();
    asked_list::<CredentialView>(&visit.asked, list, &[], &[("sort", "name")], &more)
}

fn read(visit: &Visit, asked: &AskedList) -> Result<Read<CredentialView>, Stop> {
    let matching = credential_match(&asked.page).unwrap_or_default();
    let (administration, act) = (&visit.state.administration, visit.act());
    let find = |query: &Query<CredentialSort>| list_credentials(administration, &act, query, &matching);
    read_page(&asked.page, CredentialSort::named, find).map_err(stop)
}

fn count(visit: &Visit, asked: &Page) -> Result<u64, Stop> {
    let query = asked.query(CredentialSort::named);
    let matching = credential_match(asked).unwrap_or_default();
    count_credentials(&visit.state.administration, &visit.act(), &query, &matching).map_err(stop)
}

/// The first other tab in which the search finds something.
fn elsewhere(visit: &Visit, tab: CredentialTab, narrowed: &Narrowed) -> Result<Option<Elsewhere>, Stop> {
    // One search of all of them, since most often none has it.
    if read(visit, &asked(visit, &[], narrowed))?.items.is_empty() {
        return Ok(None);
    }
    for other in CredentialTab::ALL.into_iter().filter(|other| *other != tab) {
        let asked = asked(visit, &filter(visit, other), narrowed);
        let count = u64::try_from(read(visit, &asked)?.items.len()).unwrap_or(0);
        if count > 0 {
            return Ok(Some(Elsewhere { tab: other, count }));
        }
    }
    Ok(None)
}

fn row(visit: &Visit, view: &CredentialView) -> CredentialRow {
    CredentialRow {
        id: view.id.to_string(),
        name: view.name.to_string(),
        description: view.description.to_string(),
        lifecycle: lifecycle(view),
        groups: view.groups.iter().map(ToString::to_string).collect(),
        resources: u64::try_from(view.resources.len()).unwrap_or(u64::MAX),
        updated_at: view.updated_at,
        updated_by: actor_name(visit, &view.updated_by),
        created_by: actor_name(visit, &view.created_by),
    }
}

fn counts(totals: &CredentialTotals) -> CredentialCounts {
    CredentialCounts {
        live: totals.active,
        expiring_soon: totals.expiring,
        unused: totals.unused,
        never_expire: totals.never_expire,
        expired: totals.expired,
        revoked: totals.revoked,
    }
}

fn of_tab(counts: &CredentialCounts, tab: CredentialTab) -> u64 {
    match tab {
        CredentialTab::Live => counts.live,
        CredentialTab::ExpiringSoon => counts.expiring_soon,
        CredentialTab::Unused => counts.unused,
        CredentialTab::NeverExpire => counts.never_expire,
        CredentialTab::Expired => counts.expired,
        CredentialTab::Revoked => counts.revoked,
    }
}
