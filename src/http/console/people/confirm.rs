//! `/console/{realm}/confirm`: giving access asks for a recent sign-in, and comes back to what was typed.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{ConfirmPage, Entry};

use crate::administration::{
    LocalOutcome, LocalSignIn, SecondFactor, SignedIn, SigningBrowser, finish_local_sign_in, sign_in_locally,
};
use crate::http::console::answer::Answer;
use crate::http::console::cookies;
use crate::http::console::form::Form;
use crate::http::console::people::second_factor::{code, framed_alone};
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act, show};
use crate::http::state::AppState;
use claviger_domain::SignInMethod;

pub async fn show_form(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| page(visit, visit.asked.parameter("next"), None)).await
}

/// Makes a new session in place of this one.
pub async fn confirm(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, confirmed).await
}

fn confirmed(visit: &Visit, form: &Form) -> Result<Answer, Stop> {
    let (state, member) = (&visit.state, &visit.session.member);
    let label = &visit.session.realm.record.label;
    state.issuer.meter_sign_in(label, member.email.as_str(), visit.asked.address)?;
    match signed_in_again(visit, form)? {
        Some(SignedIn { secret, .. }) => {
            let next = visit.asked.next(form.text("next"));
            let next = next.unwrap_or_else(|| visit.links().overview().to_string());
            Ok(Answer::see_other(next).with_cookie(cookies::signed_in(
                state,
                &visit.asked.realm,
                secret.expose(),
            )))
        }
        None => {
            state.issuer.refuse_sign_in(label, member.email.as_str(), visit.asked.address);
            page(visit, form.text("next"), Some(Unconfirmed::Password))
        }
    }
}

/// With the password and, if the account has a second factor, a code, both in one form.
fn signed_in_again(visit: &Visit, form: &Form) -> Result<Option<SignedIn>, Stop> {
    let (state, member) = (&visit.state, &visit.session.member);
    let label = &visit.session.realm.record.label;
    let browser = SigningBrowser {
        description: visit.session.token.description.clone(),
        replaces: Some(visit.session.token.id),
        address: Some(visit.asked.address.to_string()),
        request_id: visit.asked.request_id.clone(),
    };
    let (email, password) = (member.email.as_str(), form.text("password"));
    let attempt = LocalSignIn { email, password, browser: browser.clone() };
    let stop = |error| Stop::of(error, Entry::Overview);
    match sign_in_locally(&state.administration, label, attempt).map_err(stop)? {
        LocalOutcome::SignedIn(signed_in) => Ok(Some(signed_in)),
        LocalOutcome::NoMatch => Ok(None),
        LocalOutcome::NeedsCode(proof) => {
            state.issuer.meter_second_factor(label, proof.member)?;
            let code = code(form);
            let second = SecondFactor::Code(&code);
            finish_local_sign_in(&state.administration, label, &proof, second, browser).map_err(stop)
        }
    }
}

/// Why the member is asked again.
enum Unconfirmed {
    Password,
    /// At the provider: a sentence.
    AtProvider(String),
}

/// The page again, after the provider has not confirmed who the member is.
pub fn failed(visit: &Visit, next: &str, sentence: String) -> Result<Answer, Stop> {
    page(visit, next, Some(Unconfirmed::AtProvider(sentence)))
}

/// The name of the provider, if the session began there.
fn provider_of(visit: &Visit) -> Option<String> {
    let began_there = visit.session.token.sign_in == Some(SignInMethod::IdentityProvider);
    let provider = visit.session.realm.sign_in_provider.as_ref().filter(|_| began_there);
    provider.map(|provider| provider.settings.provider_name.to_string())
}

fn page(visit: &Visit, next: &str, fault: Option<Unconfirmed>) -> Result<Answer, Stop> {
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let failed = match &fault {
        Some(Unconfirmed::AtProvider(sentence)) => Some(sentence.clone()),
        _ => None,
    };
    let page = ConfirmPage {
        frame: framed_alone(visit),
        links: visit.links(),
        signed_in_at: visit.session.token.created_at,
        now: visit.now(),
        provider: provider_of(visit),
        email: visit.session.member.email.to_string(),
        asks_code: asks_code(visit),
        wrong: matches!(fault, Some(Unconfirmed::Password)),
        failed,
        next: visit.asked.next(next).unwrap_or_default(),
        back: visit.links().overview().to_string(),
    };
    Ok(Answer::page_with(status, &page, None)?)
}

fn asks_code(visit: &Visit) -> bool {
    let account = visit.session.realm.local_accounts.get(&visit.session.member.id);
    account.is_some_and(|account| account.has_second_factor)
}
