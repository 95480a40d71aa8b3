//! `/console/{realm}/account/recovery-codes`: new ones in place of those from before.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{ActPage, Entry, ImpactLine, RecoveryCodesPage, Tone};

use crate::administration::{AdministrationError, renew_recovery_codes};
use crate::http::console::answer::Answer;
use crate::http::console::done::go_on;
use crate::http::console::form::Form;
use crate::http::console::people::second_factor::{framed_alone, shown_once};
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act, show};
use crate::http::state::AppState;
use crate::ledger::Act;

pub async fn ask(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        ensure_second_factor(visit)?;
        visit.ensure_recent()?;
        visit.answer(&question(visit))
    })
    .await
}

fn question(visit: &Visit) -> ActPage {
    let links = visit.links();
    ActPage {
        frame: visit.frame(None),
        up: (links.account(), "Your account"),
        of: None,
        verb: "Make new recovery codes",
        name: String::new(),
        sentence: "Ten new ones are shown, once.".to_owned(),
        lines: vec![ImpactLine {
            tone: Tone::Warn,
            icon: "warn",
            words: "The codes from before end".to_owned(),
            more: "Used or not.".to_owned(),
        }],
        type_name: false,
        wrong_name: false,
        action: links.recovery_codes(),
        fields: vec![("idempotency_key", visit.new_attempt())],
        back: links.account(),
        destroys: false,
    }
}

pub async fn renew(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, renewed).await
}

fn renewed(visit: &Visit, form: &Form) -> Result<Answer, Stop> {
    ensure_second_factor(visit)?;
    visit.ensure_recent_or(&visit.links().recovery_codes())?;
    let attempt = visit.attempt("POST account/recovery-codes", form)?;
    let act = Act { attempt: Some(attempt), ..visit.act() };
    match renew_recovery_codes(&visit.state.administration, &act) {
        Ok(codes) => shown_once(RecoveryCodesPage {
            frame: framed_alone(visit),
            email: visit.session.member.email.to_string(),
            codes: codes.iter().map(|code| code.expose().to_owned()).collect(),
            close: visit.links().account(),
        }),
        Err(AdministrationError::AlreadyMade(_)) => {
            let words = "The codes were already made, and were shown once. If they are lost, make new ones.";
            Ok(go_on(visit, visit.links().account(), Tone::Warn, words))
        }
        Err(error) => Err(Stop::of(error, Entry::Overview)),
    }
}

fn ensure_second_factor(visit: &Visit) -> Result<(), Stop> {
    let account = visit.session.realm.local_accounts.get(&visit.session.member.id);
    match account.is_some_and(|account| account.has_second_factor) {
        true => Ok(()),
        false => Err(Stop::NotFound),
    }
}
