//! Resetting the second factor of a member who has lost it.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::MemberView;
use claviger_console::{ActPage, Denied, ImpactLine, Tone};

use crate::administration::reset_second_factor;
use crate::http::console::answer::Answer;
use crate::http::console::done::go_on;
use crate::http::console::members::found::{ENTRY, has_second_factor, page_of, stop};
use crate::http::console::members::standing::page;
use crate::http::console::record::{act_on, show_form};
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::http::state::AppState;
use claviger_domain::Role;

fn ensure_holder(visit: &Visit) -> Result<(), Stop> {
    match visit.session.member.has_role(Role::AccountHolder) {
        true => Ok(()),
        false => Err(Stop::Denied(Denied::ForAccountHolders(ENTRY))),
    }
}

pub async fn ask(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view: MemberView| {
        ensure_holder(visit)?;
        if !has_second_factor(visit, &view) {
            return Ok(Answer::see_other(page_of(visit, &view)));
        }
        visit.ensure_recent()?;
        let line = ImpactLine {
            tone: Tone::Warn,
            icon: "warn",
            words: "Make sure that it is they who ask".to_owned(),
            more: "Whoever knows the password signs in as them from then on.".to_owned(),
        };
        let sentence = format!(
            "{} signs in with the password alone, until they set another second factor up. Their authenticator app and \
             their recovery codes end.",
            view.name
        );
        let action = visit.links().reset_second_factor(&view.id.to_string());
        let page = page(visit, &view, "Reset second factor", &sentence);
        visit.answer(&ActPage { name: String::new(), lines: vec![line], action, ..page })
    })
    .await
}

pub async fn reset(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, _, view: MemberView| {
        ensure_holder(visit)?;
        visit.ensure_recent_or(&visit.links().reset_second_factor(&view.id.to_string()))?;
        reset_second_factor(&visit.state.administration, &visit.act(), view.id).map_err(stop)?;
        let words = format!("The second factor of {} was reset.", view.name);
        Ok(go_on(visit, page_of(visit, &view), Tone::Ok, &words))
    })
    .await
}
