//! `/console/{realm}/sign-in/provider` and `/confirm/provider`: to the identity provider. Both are GETs, because the policy
//! of the pages forbids that a form leads to another site.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::http::console::people::confirm;
use crate::http::console::people::journey::{Journey, client_of, set_out};
use crate::http::console::people::sign_in::SignInForm;
use crate::http::console::request::Asked;
use crate::http::console::visit::{blocking, show};
use crate::http::state::AppState;
use claviger_console::SignInError;

pub async fn sign_in(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    blocking(Asked::of(&request, &state), state.into_inner(), |asked, state| {
        let (label, client) = client_of(state, asked)?;
        let next = asked.next(asked.parameter("next")).unwrap_or_default();
        match set_out(state, (&label, &client), &Journey::SignIn { next: next.clone() }) {
            Ok(answer) => Ok(answer),
            Err(failure) => {
                tracing::warn!(realm = %label, "sign-in at the provider does not begin: {failure}");
                let sentence = failure.for_person(&client.provider.settings.provider_name);
                let error = Some(SignInError::Because { sentence });
                SignInForm { error, next, ..SignInForm::default() }.answer(asked, state)
            }
        }
    })
    .await
}

/// The provider asks the person, whatever session there is.
pub async fn confirm(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        let (label, client) = client_of(&visit.state, &visit.asked)?;
        let next = visit.asked.next(visit.asked.parameter("next")).unwrap_or_default();
        let journey = Journey::Confirm { session: visit.session.token.id, next: next.clone() };
        match set_out(&visit.state, (&label, &client), &journey) {
            Ok(answer) => Ok(answer),
            Err(failure) => {
                tracing::warn!(realm = %label, "confirming at the provider does not begin: {failure}");
                confirm::failed(visit, &next, failure.for_person(&client.provider.settings.provider_name))
            }
        }
    })
    .await
}
