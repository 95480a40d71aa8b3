//! `/console/{realm}/sign-in`: signing in with a local account, and signing out.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{Entry, SignInError, SignInNote, SignInPage};
use claviger_contract::RealmLabel;

use crate::administration::{
    LocalOutcome, LocalSignIn, SESSION_IDLE_SECONDS, SignedIn, SigningBrowser, revoke_member_token,
    sign_in_locally,
};
use crate::http::console::answer::Answer;
use crate::http::console::cookies;
use crate::http::console::form::Form;
use crate::http::console::people::browser::browser_name;
use crate::http::console::request::Asked;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{act, act_unsigned, alone_frame, blocking, note_name, realm_name};
use crate::http::state::AppState;
use claviger_domain::{Description, MemberTokenKind};

pub async fn show_form(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    blocking(Asked::of(&request, &state), state.into_inner(), |asked, state| {
        let note = note_of(asked.parameter("note"));
        let next = asked.next(asked.parameter("next")).unwrap_or_default();
        let form = SignInForm { note, next, ..SignInForm::default() };
        form.answer(asked, state)
    })
    .await
}

/// A realm that does not exist has the same form, and refuses every password after the same work.
pub async fn sign_in(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_unsigned(request, payload, state, attempt).await
}

fn attempt(asked: &Asked, state: &Arc<AppState>, form: &Form) -> Result<Answer, Stop> {
    let (email, password) = (form.text("email").trim(), form.text("password"));
    let next = asked.next(form.text("next"));
    let label: RealmLabel = asked.realm.parse().map_err(|_| Stop::NotFound)?;
    state.issuer.meter_sign_in(&label, email, asked.address)?;
    let attempt = LocalSignIn { email, password, browser: browser(asked, state)? };
    let outcome = sign_in_locally(&state.administration, &label, attempt);
    match outcome.map_err(|error| Stop::of(error, Entry::Overview))? {
        LocalOutcome::SignedIn(signed_in) => Ok(signed_in_answer(asked, state, &signed_in, next)),
        LocalOutcome::NeedsCode(proof) => {
            let sealed = proof.seal(&state.administration, &label);
            let sealed = sealed.map_err(|error| Stop::of(error, Entry::Overview))?;
            let address = asked.links().sign_in_code().with("next", &next.unwrap_or_default());
            Ok(Answer::see_other(address).with_cookie(cookies::proven(state, &asked.realm, sealed)))
        }
        LocalOutcome::NoMatch => {
            state.issuer.refuse_sign_in(&label, email, asked.address);
            let form = SignInForm {
                error: Some(SignInError::NoMatch),
                email: email.to_owned(),
                next: next.unwrap_or_default(),
                ..SignInForm::default()
            };
            form.answer(asked, state)
        }
    }
}

/// The browser that asks, whose session ends.
pub fn browser(asked: &Asked, state: &AppState) -> Result<SigningBrowser, Stop> {
    let replaces = asked.session.as_ref().map(|secret| state.issuer.find_session(&asked.realm, secret));
    let replaces = replaces.transpose()?.flatten().map(|session| session.token.id);
    Ok(SigningBrowser {
        description: description(&asked.user_agent),
        replaces,
        address: Some(asked.address.to_string()),
        request_id: asked.request_id.clone(),
    })
}

pub fn signed_in_answer(
    asked: &Asked,
    state: &AppState,
    signed_in: &SignedIn,
    next: Option<String>,
) -> Answer {
    let next = next.unwrap_or_else(|| asked.links().overview().to_string());
    let cookie = cookies::signed_in(state, &asked.realm, signed_in.secret.expose());
    Answer::see_other(next).with_cookie(cookie)
}

/// For a second step that was not taken in time.
pub fn took_too_long(asked: &Asked, state: &AppState) -> Result<Answer, Stop> {
    let sentence = "This sign-in took too long. Start again.".to_owned();
    let form = SignInForm { error: Some(SignInError::Because { sentence }), ..SignInForm::default() };
    let answer = form.answer(asked, state)?;
    Ok(answer.with_cookie(cookies::proof_used(state, &asked.realm)))
}

/// Answered when no node accepts the session any more.
pub async fn sign_out(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, |visit, _| {
        let (administration, id) = (&visit.state.administration, visit.session.token.id);
        let ended = revoke_member_token(administration, &visit.act(), MemberTokenKind::Session, id);
        let ended = ended.map_err(|error| Stop::of(error, Entry::Overview))?;
        ended.settle(&visit.state.barrier)?;
        let address = visit.links().sign_in().with("note", note_name(SignInNote::SignedOut));
        Ok(Answer::see_other(address).with_cookie(cookies::signed_out(&visit.state, &visit.asked.realm)))
    })
    .await
}

/// The sign-in page.
#[derive(Default)]
pub struct SignInForm {
    pub error: Option<SignInError>,
    pub note: Option<SignInNote>,
    pub email: String,
    pub next: String,
}

impl SignInForm {
    pub fn answer(self, asked: &Asked, state: &AppState) -> Result<Answer, Stop> {
        let snapshot = state.administration.ledger.latest();
        let known = snapshot.find_realm(&asked.realm);
        let provider = known.and_then(|realm| realm.sign_in_provider.as_ref());
        let provider = provider.map(|provider| provider.settings.provider_name.to_string());
        let realm_name = known.map_or_else(|| asked.realm.clone(), |realm| realm_name(&realm.record));
        let status = match self.error {
            None => StatusCode::OK,
            Some(SignInError::NoRole { .. } | SignInError::NeedsApproval { .. }) => StatusCode::FORBIDDEN,
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let page = SignInPage {
            frame: alone_frame(asked, &realm_name),
            links: asked.links(),
            realm_name,
            host: asked.host.clone(),
            provider,
            local_accounts: true,
            error: self.error,
            note: self.note,
            email: self.email,
            next: self.next,
        };
        Ok(Answer::page_with(status, &page, None)?)
    }
}

fn note_of(name: &str) -> Option<SignInNote> {
    let minutes = u64::try_from(SESSION_IDLE_SECONDS / 60).unwrap_or_default();
    [SignInNote::SignedOut, SignInNote::PasswordSet, SignInNote::Idle { minutes }, SignInNote::Ended]
        .into_iter()
        .find(|note| note_name(*note) == name)
}

pub fn description(user_agent: &str) -> Description {
    browser_name(user_agent).parse().unwrap_or_default()
}
