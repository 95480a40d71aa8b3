//! `/console/{realm}/account`: one's own sessions, and what this browser prefers.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::MemberTokenView;
use claviger_console::{AccountPage, Entry, OwnLocalAccount, SessionRow};

use crate::administration::{list_own_sessions, revoke_member_token};
use crate::http::console::answer::Answer;
use crate::http::console::cookies::{self, KEYS, THEME};
use crate::http::console::form::Form;
use crate::http::console::request::Asked;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act, act_unsigned, show};
use crate::http::state::AppState;
use claviger_domain::MemberTokenKind;

pub async fn account(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        let own = own_sessions(visit)?;
        let member = &visit.session.member;
        let page = AccountPage {
            frame: visit.frame(None),
            groups: member.groups.iter().map(ToString::to_string).collect(),
            sessions: own.into_iter().map(|session| row(visit, session)).collect(),
            local_account: local_account(visit),
            server_url: visit.state.administration.public_url.clone(),
        };
        visit.answer(&page)
    })
    .await
}

fn local_account(visit: &Visit) -> Option<OwnLocalAccount> {
    let account = visit.session.realm.local_accounts.get(&visit.session.member.id)?;
    Some(OwnLocalAccount {
        password_set_at: account.password_set_at?,
        has_second_factor: account.has_second_factor,
        recovery_codes_left: account.recovery_codes_left.into(),
    })
}

fn own_sessions(visit: &Visit) -> Result<Vec<MemberTokenView>, Stop> {
    let mut own = list_own_sessions(&visit.state.administration, &visit.act()).map_err(stop)?;
    own.sort_by_key(|session| session.id != visit.session.token.id);
    Ok(own)
}

fn row(visit: &Visit, session: MemberTokenView) -> SessionRow {
    SessionRow {
        id: session.id.to_string(),
        current: session.id == visit.session.token.id,
        browser: session.description.to_string(),
        address: String::new(),
        by: "local account".to_owned(),
        signed_in_at: session.created_at,
        last_seen_at: session.last_used_at.unwrap_or(session.created_at),
    }
}

/// Answered when no node accepts the session any more.
pub async fn end_session(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, |visit, form| {
        let id = form.text("session");
        let own = own_sessions(visit)?;
        let chosen = own.iter().filter(|session| session.id.to_string() == id);
        end(visit, chosen)
    })
    .await
}

pub async fn end_other_sessions(
    request: HttpRequest,
    payload: Payload,
    state: Data<AppState>,
) -> HttpResponse {
    act(request, payload, state, |visit, _| {
        let own = own_sessions(visit)?;
        let this = visit.session.token.id;
        end(visit, own.iter().filter(|session| session.id != this))
    })
    .await
}

fn end<'a>(visit: &Visit, sessions: impl Iterator<Item = &'a MemberTokenView>) -> Result<Answer, Stop> {
    let administration = &visit.state.administration;
    for session in sessions {
        let ended = revoke_member_token(administration, &visit.act(), MemberTokenKind::Session, session.id);
        ended.map_err(stop)?.settle(&visit.state.barrier)?;
    }
    Ok(Answer::see_other(visit.links().account()))
}

pub async fn set_keys(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, |visit, form| {
        let value = if form.text("keys") == "off" { "off" } else { "on" };
        let cookie = cookies::preference(visit.asked.site.cookie_path().as_str(), KEYS, value);
        Ok(Answer::see_other(visit.links().account()).with_cookie(cookie))
    })
    .await
}

/// Needs no session: the page that signs in has a theme too.
pub async fn set_theme(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_unsigned(request, payload, state, |asked, _, form| Ok(themed(asked, form))).await
}

fn themed(asked: &Asked, form: &Form) -> Answer {
    let theme: claviger_console::Theme = form.text("theme").parse().unwrap_or_default();
    let path = asked.site.cookie_path();
    let cookie = cookies::preference(path.as_str(), THEME, theme.as_str());
    let next = asked.next(form.text("next")).unwrap_or_else(|| asked.site.realms().to_string());
    Answer::see_other(next).with_cookie(cookie)
}

fn stop(error: crate::administration::AdministrationError) -> Stop {
    Stop::of(error, Entry::Overview)
}
