//! Making a link that sets the password of a member's local account. The answer to the POST itself shows it.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::MemberView;
use claviger_console::{ActPage, ImpactLine, SecretPage, ShownValue, Tone, text};

use crate::administration::{AdministrationError, invite_member};
use crate::http::console::answer::Answer;
use crate::http::console::done::go_on;
use crate::http::console::form::Form;
use crate::http::console::members::found::{ENTRY, is_disabled, page_of, stop};
use crate::http::console::members::standing::page;
use crate::http::console::record::{act_on, show_form};
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::http::state::AppState;
use crate::ledger::Act;

pub async fn ask(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view: MemberView| {
        if is_disabled(&view) {
            return Ok(Answer::see_other(page_of(visit, &view)));
        }
        visit.ensure_recent()?;
        visit.answer(&question(visit, &view))
    })
    .await
}

fn question(visit: &Visit, view: &MemberView) -> ActPage {
    let line = |icon, words: &str, more: &str| ImpactLine {
        tone: Tone::Off,
        icon,
        words: words.to_owned(),
        more: more.to_owned(),
    };
    let sentence = "Makes a link with which they set the password of a local account. Send it to them alone: \
                    everybody who opens it can sign in as them.";
    ActPage {
        lines: vec![
            line("clock", "It works once, for three days", "A link from before stops working."),
            line("lock", "Their present password works until the link is used", "Then their sessions end."),
        ],
        action: visit.links().invite_member(&view.id.to_string()),
        fields: vec![("idempotency_key", visit.new_attempt())],
        ..page(visit, view, "Invite", sentence)
    }
}

pub async fn invite(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, form, view: MemberView| {
        visit.ensure_recent_or(&visit.links().invite_member(&view.id.to_string()))?;
        invited(visit, form, &view)
    })
    .await
}

fn invited(visit: &Visit, form: &Form, view: &MemberView) -> Result<Answer, Stop> {
    let attempt = visit.attempt(&format!("POST members/{}/invite", view.id), form)?;
    let act = Act { attempt: Some(attempt), ..visit.act() };
    let made = match invite_member(&visit.state.administration, &act, view.id) {
        Ok(made) => made.link,
        Err(AdministrationError::AlreadyMade(_)) => {
            let words = "The link was already made, and was shown once. If it is lost, make another one.";
            return Ok(go_on(visit, page_of(visit, view), Tone::Warn, words));
        }
        Err(AdministrationError::Conflict(_)) => {
            let words = format!("{} is disabled. No link was made.", view.name);
            return Ok(go_on(visit, page_of(visit, view), Tone::Bad, &words));
        }
        Err(error) => return Err(stop(error)),
    };
    let value = |label, field, value: String, secret| ShownValue { label, field, value, secret };
    let page = SecretPage {
        frame: visit.frame(Some(ENTRY)),
        up: (page_of(visit, view), "Member"),
        name: format!("The link for {}", view.name),
        noun: "link",
        values: vec![
            value("Link", "link", made.link.expose().to_owned(), true),
            value("Works until", "expires", text::minute(&made.expires_at), false),
        ],
        example: None,
        download: None,
        close: page_of(visit, view),
        lost: "If it is lost, make another one: it replaces this one.",
    };
    Ok(Answer::page_with(StatusCode::CREATED, &page, None)?)
}
