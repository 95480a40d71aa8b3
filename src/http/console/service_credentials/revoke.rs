//! `/console/{realm}/service-credentials/{id}/revoke`: what would end, and the act. It never asks for a recent sign-in.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::CredentialView;
use claviger_console::{Page, RevokePage};

use crate::http::console::answer::Answer;
use crate::http::console::form::Form;
use crate::http::console::record::{Record, act_on, show_form};
use crate::http::console::service_credentials::found::{ENTRY, usage};
use crate::http::console::service_credentials::lines::actor_name;
use crate::http::console::service_credentials::reaches::reaches;
use crate::http::console::service_credentials::receipt::{Revoked, streamed};
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::http::state::AppState;
use crate::revocation::{RevocationError, revoke_credential};
use claviger_domain::Actor;

pub async fn ask(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view: CredentialView| match view.revoked_at {
        Some(_) => Ok(to_receipt(visit, &view)),
        None => visit.answer(&page(visit, &view, false)),
    })
    .await
}

pub async fn revoke(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, form, view: CredentialView| revoked(visit, form, &view)).await
}

fn revoked(visit: &Visit, form: &Form, view: &CredentialView) -> Result<Answer, Stop> {
    let id = view.id;
    if view.revoked_at.is_some() {
        return Ok(to_receipt(visit, view));
    }
    let ledger = &visit.state.administration.ledger;
    let ended = match revoke_credential(ledger, &visit.act(), id, form.text("name")) {
        Ok(ended) => ended,
        Err(RevocationError::WrongName) => {
            let html = page(visit, view, true);
            return Ok(Answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &html, None)?);
        }
        Err(error) => return Err(Stop::of_revocation(error, ENTRY)),
    };
    // It is written: whatever fails from here on must not read as if nothing were.
    let at =
        CredentialView::find(visit, id).ok().and_then(|view| view.revoked_at).unwrap_or_else(|| visit.now());
    let member = &visit.session.member;
    let by = actor_name(visit, &Actor::member(member.id, member.email.to_string()));
    let answer = streamed(visit, view, Revoked { at, by, now: true }, |_, barrier| {
        ended.settle(barrier)?.into_parts().1.ok_or(RevocationError::NotFound)
    });
    answer.map_err(|_| Stop::Unknown)
}

fn to_receipt(visit: &Visit, view: &CredentialView) -> Answer {
    Answer::see_other(visit.links().receipt(&view.id.to_string()))
}

/// What is lost by it, read now. The act does not depend on the counts.
fn page(visit: &Visit, view: &CredentialView, wrong_name: bool) -> impl Page {
    let usage = usage(visit, view).ok();
    let now = visit.now();
    let ended = view.expires_at.is_some_and(|end| end <= now);
    let audiences = visit.state.barrier.audiences(&visit.session.realm);
    RevokePage {
        frame: visit.frame(Some(ENTRY)),
        id: view.id.to_string(),
        name: view.name.to_string(),
        tokens_alive: usage.as_ref().and_then(|usage| usage.tokens_alive),
        tokens_end_at: usage.as_ref().and_then(|usage| usage.tokens_end_at),
        last_used_at: view.last_used_at,
        issued_24_hours: usage.as_ref().map(|usage| usage.last_24_hours.issued),
        reaches: reaches(visit, view, now, &audiences),
        wrong_name,
        renewable: !ended && view.overlap_ends_at.is_none(),
    }
}
