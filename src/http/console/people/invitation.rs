//! `/console/{realm}/invitation`: the page behind a link that sets the password of a local account.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{Entry, Fault, Faults, InvitedMember, SetPasswordPage, SignInNote};
use claviger_contract::RealmLabel;

use crate::administration::{AdministrationError, NewPassword, accept_invitation, find_invited};
use crate::http::console::answer::Answer;
use crate::http::console::form::Form;
use crate::http::console::people::second_factor::after_invitation;
use crate::http::console::request::Asked;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{act_unsigned, alone_frame, blocking, note_name, realm_name};
use crate::http::state::AppState;
use claviger_domain::LocalAccount;

pub async fn show_form(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    blocking(Asked::of(&request, &state), state.into_inner(), |asked, state| {
        let code = asked.parameter("code");
        page(asked, state, code, Faults::default())
    })
    .await
}

/// The code is known to the invited alone, so no other site can make this form.
pub async fn set_password(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_unsigned(request, payload, state, set).await
}

fn set(asked: &Asked, state: &Arc<AppState>, form: &Form) -> Result<Answer, Stop> {
    let (code, password) = (form.text("code"), form.text("password"));
    let label: RealmLabel = asked.realm.parse().map_err(|_| Stop::NotFound)?;
    if password != form.text("again") {
        return page(
            asked,
            state,
            code,
            fault("again", "The same again", "It differs from the password above."),
        );
    }
    let new = NewPassword {
        secret: code,
        password,
        address: Some(asked.address.to_string()),
        request_id: asked.request_id.clone(),
    };
    match accept_invitation(&state.administration, &label, &new) {
        Ok(done) => {
            let (done, _) = done.settle(&state.barrier)?.into_parts();
            if !done.has_second_factor {
                return after_invitation(asked, state, &label, &done);
            }
            let note = note_name(SignInNote::PasswordSet);
            Ok(Answer::see_other(asked.links().sign_in().with("note", note)))
        }
        Err(AdministrationError::NotFound(_)) => page(asked, state, code, Faults::default()),
        Err(AdministrationError::Invalid(errors)) => {
            let why = errors.first().map_or_else(String::new, |error| error.detail.clone());
            page(asked, state, code, fault("password", "Password", &format!("It {why}.")))
        }
        Err(error) => Err(Stop::of(error, Entry::Overview)),
    }
}

fn fault(field: &'static str, label: &'static str, sentence: &str) -> Faults {
    Faults(vec![Fault { field, label, sentence: sentence.to_owned(), link: None }])
}

fn page(asked: &Asked, state: &AppState, code: &str, faults: Faults) -> Result<Answer, Stop> {
    let snapshot = state.administration.ledger.latest();
    let known = snapshot.find_realm(&asked.realm);
    let member = known.and_then(|realm| find_invited(&state.administration, &realm.record.label, code));
    let status = match (&member, faults.is_empty()) {
        (None, _) => StatusCode::NOT_FOUND,
        (Some(_), false) => StatusCode::UNPROCESSABLE_ENTITY,
        (Some(_), true) => StatusCode::OK,
    };
    let realm_name = known.map_or_else(|| asked.realm.clone(), |realm| realm_name(&realm.record));
    let page = SetPasswordPage {
        frame: alone_frame(asked, &realm_name),
        links: asked.links(),
        realm_name,
        host: asked.host.clone(),
        invited: member.map(|member| InvitedMember {
            email: member.email.to_string(),
            code: code.to_owned(),
            least_characters: LocalAccount::MIN_PASSWORD_CHARACTERS,
        }),
        faults,
    };
    Ok(Answer::page_with(status, &page, None)?)
}
