//! `/console/{realm}/service-credentials/{id}/renew`: a successor with a new key.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{CreatedCredential, CredentialView};
use claviger_console::{Denied, RenewPage, Tone};

use crate::administration::{AdministrationError, renew_credential};
use crate::http::console::answer::Answer;
use crate::http::console::done::go_on;
use crate::http::console::form::Form;
use crate::http::console::record::{act_on, show_form};
use crate::http::console::service_credentials::found::ENTRY;
use crate::http::console::service_credentials::saved::{OldOne, key_again_page, key_page};
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::http::renewal::{NotRenewed, renewed};
use crate::http::state::AppState;
use crate::ledger::Act;
use claviger_domain::{Overlap, Replaced};

pub async fn ask(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view: CredentialView| {
        let expired = view.expires_at.is_some_and(|end| end <= visit.now());
        if view.revoked_at.is_some() || view.overlap_ends_at.is_some() || expired {
            return Ok(Answer::see_other(visit.links().service_credential(&view.id.to_string())));
        }
        visit.ensure_recent()?;
        visit.answer(&page(visit, &view, false))
    })
    .await
}

pub async fn renew(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, form, view: CredentialView| sent(visit, form, &view)).await
}

fn sent(visit: &Visit, form: &Form, view: &CredentialView) -> Result<Answer, Stop> {
    let id = view.id;
    visit.ensure_recent_or(&visit.links().renew_service_credential(&id.to_string()))?;
    let overlap = form.text("overlap").parse().ok().and_then(|seconds| Overlap::seconds(seconds).ok());
    let Some(overlap) = overlap else {
        let html = page(visit, view, true);
        return Ok(Answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &html, None)?);
    };
    let attempt = visit.attempt(&format!("POST service-credentials/{id}/renew"), form)?;
    let act = Act { attempt: Some(attempt), ..visit.act() };
    let successor = renew_credential(&visit.state.administration, &act, id, overlap);
    match renewed(&visit.state, &act, Replaced::Credential(id), overlap, successor) {
        Ok((created, _)) => key_page(visit, &created, Some(old_one(visit, view, &created, overlap))),
        Err(NotRenewed::Refused(error)) => refused(visit, view, error),
        Err(NotRenewed::NotEnded(error)) => Err(Stop::of_revocation(error, ENTRY)),
    }
}

fn old_one(visit: &Visit, old: &CredentialView, created: &CreatedCredential, overlap: Overlap) -> OldOne {
    let ends_at = overlap.ends_at(created.credential.created_at);
    let receipt = overlap.is_none().then(|| visit.links().receipt(&old.id.to_string()));
    OldOne { ends_at: old.expires_at.map_or(ends_at, |own| own.min(ends_at)), receipt }
}

fn refused(visit: &Visit, view: &CredentialView, error: AdministrationError) -> Result<Answer, Stop> {
    let why = match error {
        AdministrationError::AlreadyMade(id) => return key_again_page(visit, id, view.name.to_string()),
        AdministrationError::Denied(_) if !view.admin_scopes.is_empty() => {
            return Err(Stop::Denied(Denied::ForAccountHolders(ENTRY)));
        }
        AdministrationError::Conflict(_) => "It was replaced, revoked or has expired meanwhile.".to_owned(),
        AdministrationError::ServiceCredentialsOff => {
            "Service credentials are switched off for this realm.".to_owned()
        }
        AdministrationError::Limit(reached) => format!("{reached}."),
        error => return Err(Stop::of(error, ENTRY)),
    };
    let address = visit.links().service_credential(&view.id.to_string());
    Ok(go_on(visit, address, Tone::Bad, &format!("Not renewed. {why}")))
}

fn page(visit: &Visit, view: &CredentialView, wrong_overlap: bool) -> RenewPage {
    RenewPage {
        frame: visit.frame(Some(ENTRY)),
        id: view.id.to_string(),
        name: view.name.to_string(),
        expires_at: view.expires_at,
        validity_days: view.validity_days.as_days().map(u64::from),
        idempotency_key: visit.new_attempt(),
        wrong_overlap,
    }
}
