//! `/console/{realm}/confirm`: giving access asks for a recent sign-in, and comes back to what was typed.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{ConfirmPage, Entry};

use crate::administration::{LocalSignIn, SignedIn, sign_in_locally};
use crate::http::console::answer::Answer;
use crate::http::console::cookies;
use crate::http::console::form::Form;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act, alone_frame, realm_name, show};
use crate::http::state::AppState;

pub async fn show_form(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| page(visit, visit.asked.parameter("next"), false)).await
}

/// Makes a new session in place of this one.
pub async fn confirm(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, confirmed).await
}

fn confirmed(visit: &Visit, form: &Form) -> Result<Answer, Stop> {
    let (state, member) = (&visit.state, &visit.session.member);
    let label = &visit.session.realm.record.label;
    state.issuer.meter_sign_in(label, member.email.as_str(), visit.asked.address)?;
    let attempt = LocalSignIn {
        email: member.email.as_str(),
        password: form.text("password"),
        description: visit.session.token.description.clone(),
        replaces: Some(visit.session.token.id),
        address: Some(visit.asked.address.to_string()),
        request_id: visit.asked.request_id.clone(),
    };
    let signed_in = sign_in_locally(&state.administration, label, attempt);
    match signed_in.map_err(|error| Stop::of(error, Entry::Overview))? {
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
            page(visit, form.text("next"), true)
        }
    }
}

fn page(visit: &Visit, next: &str, wrong: bool) -> Result<Answer, Stop> {
    let frame = visit.frame(None);
    let mut alone = alone_frame(&visit.asked, &realm_name(&visit.session.realm.record));
    alone.csrf = frame.csrf;
    let page = ConfirmPage {
        frame: alone,
        links: visit.links(),
        signed_in_at: visit.session.token.created_at,
        now: visit.now(),
        provider: None,
        email: visit.session.member.email.to_string(),
        asks_code: false,
        wrong,
        next: visit.asked.next(next).unwrap_or_default(),
        back: visit.links().overview().to_string(),
    };
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(Answer::page_with(status, &page, None)?)
}
