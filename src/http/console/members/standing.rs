//! Disabling a member, which asks for a recent sign-in only for an account holder; and enabling one, which always does.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::MemberView;
use claviger_console::{ActPage, ImpactLine, Tone, text};

use crate::administration::{AdministrationError, disable_member, enable_member};
use crate::http::console::answer::Answer;
use crate::http::console::done::{go_on, settle_and_go_on};
use crate::http::console::members::detail::owned;
use crate::http::console::members::found::{ENTRY, is_disabled, is_holder, page_of, stop};
use crate::http::console::record::{act_on, show_form};
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::http::state::AppState;

pub async fn ask_to_disable(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view: MemberView| {
        if is_disabled(&view) {
            return Ok(Answer::see_other(page_of(visit, &view)));
        }
        if is_holder(&view) {
            visit.ensure_recent()?;
        }
        visit.answer(&disabling_page(visit, &view, false)?)
    })
    .await
}

pub async fn disable(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, _, view: MemberView| {
        if is_holder(&view) {
            visit.ensure_recent_or(&visit.links().disable_member(&view.id.to_string()))?;
        }
        match disable_member(&visit.state.administration, &visit.act(), view.id) {
            Ok(disabled) => {
                let done = format!("{} was disabled.", view.name);
                Ok(settle_and_go_on(
                    visit,
                    disabled,
                    page_of(visit, &view),
                    &done,
                    "What they owned has ended",
                ))
            }
            Err(AdministrationError::Conflict(_)) => {
                let page = disabling_page(visit, &view, true)?;
                Ok(Answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page, None)?)
            }
            Err(error) => Err(stop(error)),
        }
    })
    .await
}

/// `last_holder`: it was refused, because nobody else is account holder.
fn disabling_page(visit: &Visit, view: &MemberView, last_holder: bool) -> Result<ActPage, Stop> {
    let owned = owned(visit, view)?;
    let line =
        |tone, icon, words: String, more: &str| ImpactLine { tone, icon, words, more: more.to_owned() };
    let ending = |icon, count, one, many, more| line(Tone::Bad, icon, text::things(&count, one, many), more);
    let refusal = "Someone must stay Account Holder.".to_owned();
    let refusal = line(Tone::Bad, "stop", refusal, "Appoint another one first. Nothing was done.");
    let mut lines: Vec<ImpactLine> = last_holder.then_some(refusal).into_iter().collect();
    lines.extend([
        ending("token", owned.tokens, "live token ends", "live tokens end", "At once, on every node."),
        ending(
            "app",
            owned.application_credentials,
            "live application credential ends",
            "live application credentials end",
            "With every token that they got.",
        ),
        ending("person", owned.sessions, "session ends", "sessions end", ""),
        line(
            Tone::Ok,
            "key",
            text::things(
                &owned.created_credentials,
                "service credential that they created goes on",
                "service credentials that they created go on",
            ),
            "They belong to the realm.",
        ),
    ]);
    let sentence = "They cannot sign in any more. What ends stays ended when they are enabled again.";
    let page = page(visit, view, "Disable", sentence);
    let action = visit.links().disable_member(&view.id.to_string());
    Ok(ActPage { lines, action, destroys: true, ..page })
}

pub async fn ask_to_enable(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view: MemberView| {
        if !is_disabled(&view) {
            return Ok(Answer::see_other(page_of(visit, &view)));
        }
        visit.ensure_recent()?;
        let sentence =
            "They can sign in again, with the roles and groups from before. What had ended stays ended.";
        let action = visit.links().enable_member(&view.id.to_string());
        visit.answer(&ActPage { action, ..page(visit, &view, "Enable", sentence) })
    })
    .await
}

pub async fn enable(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, _, view: MemberView| {
        visit.ensure_recent_or(&visit.links().enable_member(&view.id.to_string()))?;
        enable_member(&visit.state.administration, &visit.act(), view.id).map_err(stop)?;
        let words = format!("{} was enabled.", view.name);
        Ok(go_on(visit, page_of(visit, &view), Tone::Ok, &words))
    })
    .await
}

/// An act on one member, without what it changes.
pub fn page(visit: &Visit, view: &MemberView, verb: &'static str, sentence: &str) -> ActPage {
    let links = visit.links();
    ActPage {
        frame: visit.frame(Some(ENTRY)),
        up: (links.members(), "Members"),
        of: Some((page_of(visit, view), view.name.to_string())),
        verb,
        name: view.name.to_string(),
        sentence: sentence.to_owned(),
        lines: Vec::new(),
        type_name: false,
        wrong_name: false,
        action: page_of(visit, view),
        fields: Vec::new(),
        back: page_of(visit, view),
        destroys: false,
    }
}
