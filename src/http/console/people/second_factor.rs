//! Setting up a second factor: after the password of an invitation, or on the page of one's own account.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{
    Address, Alone, Entry, QrCode, RecoveryCodesPage, SecondFactorPage, SignInNote, Tone,
};
use claviger_contract::RealmLabel;

use crate::administration::{AdministrationError, NewSecondFactor, PasswordSet, SetUpBy, set_second_factor};
use crate::http::console::answer::Answer;
use crate::http::console::done::go_on;
use crate::http::console::form::Form;
use crate::http::console::people::sign_in::took_too_long;
use crate::http::console::request::Asked;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act, act_unsigned, alone_frame, note_name, realm_name};
use crate::http::state::AppState;
use crate::ledger::{Act, Caller};

/// Who sees the pages, and where they lead.
struct SetUp<'a> {
    state: &'a AppState,
    label: &'a RealmLabel,
    frame: Alone,
    by: SetUpBy,
    email: String,
    replaces: bool,
    action: Address,
    later: (Address, &'static str),
}

impl SetUp<'_> {
    fn page(self, new: &NewSecondFactor, wrong: bool) -> Result<Answer, Stop> {
        let sealed = new.seal(&self.state.administration, self.label, self.by);
        let page = SecondFactorPage {
            qr: QrCode::of(&new.address(&self.frame.place, &self.email)),
            frame: self.frame,
            email: self.email,
            secret: new.text().to_string(),
            sealed: sealed.map_err(stop)?,
            action: self.action,
            later: self.later,
            replaces: self.replaces,
            wrong,
        };
        let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        Ok(Answer::page_with(status, &page, None)?)
    }
}

/// The answer to the form that has set the password.
pub fn after_invitation(
    asked: &Asked,
    state: &AppState,
    label: &RealmLabel,
    done: &PasswordSet,
) -> Result<Answer, Stop> {
    let new = NewSecondFactor::generate(&state.administration, done.member.id, Some(done.secrets));
    invited(asked, state, label, done.member.email.to_string()).page(&new, false)
}

/// Needs no session: the text in the form is known to the invited alone.
pub async fn set_up_invited(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_unsigned(request, payload, state, prove_invited).await
}

fn prove_invited(asked: &Asked, state: &Arc<AppState>, form: &Form) -> Result<Answer, Stop> {
    let label: RealmLabel = asked.realm.parse().map_err(|_| Stop::NotFound)?;
    let administration = &state.administration;
    let Some(new) = NewSecondFactor::open(administration, &label, SetUpBy::Invitation, form.text("set_up"))
    else {
        return took_too_long(asked, state);
    };
    let snapshot = administration.ledger.latest();
    let realm = snapshot.find_realm(&asked.realm).ok_or(Stop::NotFound)?;
    let email = realm.members.get(&new.member).ok_or(Stop::NotFound)?.email.to_string();
    let act = Act {
        address: Some(asked.address.to_string()),
        request_id: asked.request_id.clone(),
        ..Act::local(label.clone(), Caller::Client)
    };
    match set_second_factor(administration, &act, &new, &code(form)) {
        Ok(Some(codes)) => {
            let close = asked.links().sign_in().with("note", note_name(SignInNote::PasswordSet));
            let codes = codes.iter().map(|code| code.expose().to_owned()).collect();
            let frame = alone_frame(asked, &realm_name(&realm.record));
            shown_once(RecoveryCodesPage { frame, email, codes, close })
        }
        Ok(None) => invited(asked, state, &label, email).page(&new, true),
        Err(AdministrationError::Stale) => took_too_long(asked, state),
        Err(error) => Err(stop(error)),
    }
}

fn invited<'a>(asked: &Asked, state: &'a AppState, label: &'a RealmLabel, email: String) -> SetUp<'a> {
    let snapshot = state.administration.ledger.latest();
    let place = snapshot.find_realm(&asked.realm).map(|realm| realm_name(&realm.record));
    let links = asked.links();
    let later = links.sign_in().with("note", note_name(SignInNote::PasswordSet));
    SetUp {
        state,
        label,
        frame: alone_frame(asked, &place.unwrap_or_default()),
        by: SetUpBy::Invitation,
        email,
        replaces: false,
        action: links.set_up_second_factor(),
        later: (later, "Not now: sign in with the password alone"),
    }
}

/// Makes a new secret, and stores nothing.
pub async fn begin(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, |visit, _| {
        visit.ensure_recent_or(&visit.links().account())?;
        let id = visit.session.member.id;
        let account = visit.session.realm.local_accounts.get(&id);
        let account = account.filter(|account| account.password_set_at.is_some()).ok_or(Stop::NotFound)?;
        let new = NewSecondFactor::generate(&visit.state.administration, id, account.secrets);
        own(visit).page(&new, false)
    })
    .await
}

pub async fn prove(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, proven).await
}

fn proven(visit: &Visit, form: &Form) -> Result<Answer, Stop> {
    let (administration, label) = (&visit.state.administration, &visit.session.realm.record.label);
    let member = &visit.session.member;
    let new = NewSecondFactor::open(administration, label, SetUpBy::Session, form.text("set_up"));
    let Some(new) = new.filter(|new| new.member == member.id) else {
        let words = "This took too long. Nothing was stored.";
        return Ok(go_on(visit, visit.links().account(), Tone::Warn, words));
    };
    match set_second_factor(administration, &visit.act(), &new, &code(form)) {
        Ok(Some(codes)) => {
            let codes = codes.iter().map(|code| code.expose().to_owned()).collect();
            let (frame, email) = (framed_alone(visit), member.email.to_string());
            shown_once(RecoveryCodesPage { frame, email, codes, close: visit.links().account() })
        }
        Ok(None) => own(visit).page(&new, true),
        Err(AdministrationError::Stale) => {
            let words = "Your account was changed meanwhile. Nothing was stored.";
            Ok(go_on(visit, visit.links().account(), Tone::Warn, words))
        }
        Err(error) => Err(stop(error)),
    }
}

fn own(visit: &Visit) -> SetUp<'_> {
    let (links, member) = (visit.links(), &visit.session.member);
    let account = visit.session.realm.local_accounts.get(&member.id);
    SetUp {
        state: &visit.state,
        label: &visit.session.realm.record.label,
        frame: framed_alone(visit),
        by: SetUpBy::Session,
        email: member.email.to_string(),
        replaces: account.is_some_and(|account| account.has_second_factor),
        action: links.prove_second_factor(),
        later: (links.account(), "Not now"),
    }
}

/// For a form of this session on a page that stands alone.
pub fn framed_alone(visit: &Visit) -> Alone {
    let mut frame = alone_frame(&visit.asked, &realm_name(&visit.session.realm.record));
    frame.csrf = visit.frame(None).csrf;
    frame
}

pub fn shown_once(page: RecoveryCodesPage) -> Result<Answer, Stop> {
    Ok(Answer::page_with(StatusCode::CREATED, &page, None)?)
}

/// Some apps show a space between the third and the fourth digit.
pub fn code(form: &Form) -> String {
    form.text("code").replace(' ', "")
}

fn stop(error: AdministrationError) -> Stop {
    Stop::of(error, Entry::Overview)
}
