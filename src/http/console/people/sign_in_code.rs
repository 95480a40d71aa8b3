//! `/console/{realm}/sign-in/code` and `/recovery`: the second step of a local sign-in.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{CodeKind, Entry, SignInCodePage};
use claviger_contract::RealmLabel;

use crate::administration::{PasswordProof, SecondFactor, finish_local_sign_in};
use crate::http::console::answer::Answer;
use crate::http::console::cookies;
use crate::http::console::form::Form;
use crate::http::console::people::second_factor::code;
use crate::http::console::people::sign_in::{browser, signed_in_answer, took_too_long};
use crate::http::console::request::Asked;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{act_unsigned, alone_frame, blocking, realm_name};
use crate::http::state::AppState;

pub async fn show_code(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, CodeKind::Authenticator).await
}

pub async fn show_recovery(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, CodeKind::Recovery).await
}

async fn show(request: HttpRequest, state: Data<AppState>, kind: CodeKind) -> HttpResponse {
    blocking(Asked::of(&request, &state), state.into_inner(), move |asked, state| {
        page(asked, state, kind, asked.parameter("next"), false)
    })
    .await
}

pub async fn use_code(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_unsigned(request, payload, state, |asked, state, form| {
        attempt(asked, state, form, CodeKind::Authenticator, SecondFactor::Code(&code(form)))
    })
    .await
}

pub async fn use_recovery(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_unsigned(request, payload, state, |asked, state, form| {
        attempt(asked, state, form, CodeKind::Recovery, SecondFactor::Recovery(form.text("recovery_code")))
    })
    .await
}

fn attempt(
    asked: &Asked,
    state: &Arc<AppState>,
    form: &Form,
    kind: CodeKind,
    second: SecondFactor<'_>,
) -> Result<Answer, Stop> {
    let Some((label, proof)) = proven(asked, state) else { return took_too_long(asked, state) };
    state.issuer.meter_second_factor(&label, proof.member)?;
    let finished =
        finish_local_sign_in(&state.administration, &label, &proof, second, browser(asked, state)?);
    match finished.map_err(|error| Stop::of(error, Entry::Overview))? {
        Some(signed_in) => {
            let answer = signed_in_answer(asked, state, &signed_in, asked.next(form.text("next")));
            Ok(answer.with_cookie(cookies::proof_used(state, &asked.realm)))
        }
        None => {
            let email = email_of(asked, state, &proof);
            state.issuer.refuse_sign_in(&label, &email.unwrap_or_default(), asked.address);
            page(asked, state, kind, form.text("next"), true)
        }
    }
}

fn proven(asked: &Asked, state: &AppState) -> Option<(RealmLabel, PasswordProof)> {
    let label: RealmLabel = asked.realm.parse().ok()?;
    let proof = PasswordProof::open(&state.administration, &label, asked.proof.as_deref()?)?;
    Some((label, proof))
}

fn email_of(asked: &Asked, state: &AppState, proof: &PasswordProof) -> Option<String> {
    let snapshot = state.administration.ledger.latest();
    let member = snapshot.find_realm(&asked.realm)?.members.get(&proof.member)?.clone();
    Some(member.email.to_string())
}

fn page(asked: &Asked, state: &AppState, kind: CodeKind, next: &str, wrong: bool) -> Result<Answer, Stop> {
    let Some((_, proof)) = proven(asked, state) else { return took_too_long(asked, state) };
    let snapshot = state.administration.ledger.latest();
    let realm = snapshot.find_realm(&asked.realm).ok_or(Stop::NotFound)?;
    let account = realm.local_accounts.get(&proof.member);
    let page = SignInCodePage {
        frame: alone_frame(asked, &realm_name(&realm.record)),
        links: asked.links(),
        kind,
        email: email_of(asked, state, &proof).unwrap_or_default(),
        wrong,
        recovery_codes_left: account.map_or(0, |account| account.recovery_codes_left.into()),
        next: asked.next(next).unwrap_or_default(),
    };
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(Answer::page_with(status, &page, None)?)
}
