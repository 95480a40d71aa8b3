//! The steps of the wizard. Every step is a GET whose address holds all that was typed, and nothing is stored.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{
    Draft, Entry, Faults, NewAccessPage, NewDetailsPage, NewExpirationPage, NewSummaryPage, Page,
};

use crate::http::console::answer::Answer;
use crate::http::console::service_credentials::draft::{self, Access, begin};
use crate::http::console::service_credentials::lines::{group_line, resource_line, scope_line};
use crate::http::console::service_credentials::pickers;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, show};
use crate::http::state::AppState;

const ENTRY: Entry = Entry::ServiceCredentials;

pub async fn details(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        let draft = begin(visit)?;
        visit.answer(&NewDetailsPage { frame: visit.frame(Some(ENTRY)), draft, faults: Faults::default() })
    })
    .await
}

pub async fn expiration(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        let draft = begin(visit)?;
        if let Some(earlier) = unless_detailed(visit, &draft)? {
            return Ok(earlier);
        }
        expiration_page(visit, draft, Faults::default())
    })
    .await
}

pub async fn access(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        let mut draft = begin(visit)?;
        if let Some(earlier) = unless_dated(visit, &draft)? {
            return Ok(earlier);
        }
        let access = draft::access(visit, &mut draft);
        if pickers::has_row_without_action(&draft) {
            return pickers::matrix(visit, draft, true);
        }
        draft.resources.clear();
        let page = NewAccessPage {
            frame: visit.frame(Some(ENTRY)),
            groups: access.groups.iter().map(|group| group_line(visit, &group.name)).collect(),
            resources: access.grants.iter().map(|grant| resource_line(visit, grant)).collect(),
            scopes: access.scopes().iter().map(|scope| scope_line(visit, scope)).collect(),
            dropped: access.dropped,
            draft,
        };
        visit.answer(&page)
    })
    .await
}

/// Asks for a recent sign-in here, where the address still holds everything.
pub async fn summary(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        let mut draft = begin(visit)?;
        if let Some(earlier) = unless_dated(visit, &draft)? {
            return Ok(earlier);
        }
        visit.ensure_recent()?;
        let access = draft::access(visit, &mut draft);
        summary_page(visit, draft, &access, Faults::default())
    })
    .await
}

pub fn summary_page(visit: &Visit, draft: Draft, access: &Access, faults: Faults) -> Result<Answer, Stop> {
    let lifetime = draft::token_lifetime(&draft).map_or(0, |lifetime| lifetime.as_seconds());
    let page = NewSummaryPage {
        frame: visit.frame(Some(ENTRY)),
        expires_at: draft::validity(&draft).and_then(|validity| validity.expires_at(visit.now())),
        token_ttl_seconds: lifetime.unsigned_abs(),
        resources: access.grants.iter().map(|grant| resource_line(visit, grant)).collect(),
        scopes: access.scopes().iter().map(|scope| scope_line(visit, scope)).collect(),
        idempotency_key: visit.new_attempt(),
        draft,
        faults,
    };
    faulty(visit, &page, page.faults.is_empty())
}

/// The page of the first step that is not filled in right.
pub fn unless_dated(visit: &Visit, draft: &Draft) -> Result<Option<Answer>, Stop> {
    if let Some(earlier) = unless_detailed(visit, draft)? {
        return Ok(Some(earlier));
    }
    let untouched = draft.days.is_empty() && draft.ttl.is_empty();
    let faults = draft::expiration(draft);
    if faults.is_empty() {
        return Ok(None);
    }
    let faults = if untouched { Faults::default() } else { faults };
    expiration_page(visit, draft.clone(), faults).map(Some)
}

fn unless_detailed(visit: &Visit, draft: &Draft) -> Result<Option<Answer>, Stop> {
    let faults = draft::details(visit, draft);
    if faults.is_empty() {
        return Ok(None);
    }
    let page = NewDetailsPage { frame: visit.frame(Some(ENTRY)), draft: draft.clone(), faults };
    faulty(visit, &page, false).map(Some)
}

fn expiration_page(visit: &Visit, draft: Draft, faults: Faults) -> Result<Answer, Stop> {
    let page = NewExpirationPage {
        frame: visit.frame(Some(ENTRY)),
        draft,
        faults,
        keys_only_services: visit.keys_only_services(),
    };
    faulty(visit, &page, page.faults.is_empty())
}

fn faulty(visit: &Visit, page: &impl Page, right: bool) -> Result<Answer, Stop> {
    let status = if right { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(Answer::page_with(status, page, visit.asked.fragment)?)
}
