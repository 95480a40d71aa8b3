//! What is done with one source: linking another credential, reading its list, removing it.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{SourceEdit, SourceView};
use claviger_console::{ActPage, ImpactLine, Tone, text};

use crate::administration::{AdministrationError, delete_source, edit_source, pull_source};
use crate::http::console::done::{go_on, settle_and_go_on};
use crate::http::console::record::{act_on, show_form};
use crate::http::console::request::path_id;
use crate::http::console::stop::Stop;
use crate::http::console::vault::inputs::sentence;
use crate::http::console::vault::known::SOURCES;
use crate::http::console::vault::retrievals::outcome_words;
use crate::http::console::vault::source::find;
use crate::http::console::vault::source_form::add_for;
use crate::http::console::visit::{Visit, act};
use crate::http::state::AppState;
use crate::ledger::Act;

/// A stopped source starts again.
pub async fn link(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, form, view: SourceView| {
        if !form.text("add").is_empty() {
            return Ok(add_for(visit, &view));
        }
        let credential = form.text("credential").parse().map_err(|_| Stop::Malformed)?;
        let tag = form.text("etag").parse().map_err(|_| Stop::Malformed)?;
        let act = Act { if_match: Some(tag), ..visit.act() };
        let edit = SourceEdit { source_credential_id: Some(credential), name: None, settings: None };
        let own = visit.links().source(&view.id.to_string());
        match edit_source(&visit.state.administration, &act, view.id, edit) {
            Ok(linked) => Ok(settle_and_go_on(visit, linked, own, "Linked and started.", "")),
            Err(AdministrationError::Stale) => {
                let words = "It was changed meanwhile. Nothing was linked: look at what it is now.";
                Ok(go_on(visit, own, Tone::Warn, words))
            }
            Err(AdministrationError::Invalid(errors)) => Ok(go_on(visit, own, Tone::Bad, &words(&errors))),
            Err(error) => Err(Stop::of(error, SOURCES)),
        }
    })
    .await
}

/// Once, whatever the interval.
pub async fn pull(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, _, view: SourceView| {
        let pulled = pull_source(&visit.state.administration, &visit.act(), view.id);
        let (tone, words) = match pulled {
            Ok(pull) => match pull.items {
                Some(items) => (Tone::Ok, format!("Retrieved: {}.", text::things(&items, "item", "items"))),
                None => (Tone::Bad, format!("Not retrieved: {}.", outcome_words(pull.outcome.as_str()))),
            },
            Err(AdministrationError::Busy(_)) => {
                (Tone::Warn, "Too many providers are being asked now. Try again in a moment.".to_owned())
            }
            Err(AdministrationError::Conflict(why)) => (Tone::Bad, format!("Nothing was retrieved: {why}.")),
            Err(AdministrationError::Invalid(errors)) => (Tone::Bad, words(&errors)),
            Err(error) => return Err(Stop::of(error, SOURCES)),
        };
        Ok(go_on(visit, visit.links().source(&view.id.to_string()), tone, &words))
    })
    .await
}

pub async fn ask_to_remove(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view| visit.answer(&removal(visit, &view))).await
}

pub async fn remove(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request);
    act(request, payload, state, |visit, _| {
        visit.ensure_changes(SOURCES)?;
        let list = visit.links().sources();
        let view = match find(visit, id?) {
            Err(Stop::NotFound) => return Ok(go_on(visit, list, Tone::Ok, "It was already removed.")),
            found => found?,
        };
        let removed = delete_source(&visit.state.administration, &visit.act(), view.id);
        let removed = removed.map_err(|error| Stop::of(error, SOURCES))?;
        Ok(settle_and_go_on(visit, removed, list, &format!("{} was removed.", view.name), ""))
    })
    .await
}

fn removal(visit: &Visit, view: &SourceView) -> ActPage {
    let (links, id) = (visit.links(), view.id.to_string());
    let line = |tone, icon, words: &str, more: &str| ImpactLine {
        tone,
        icon,
        words: words.to_owned(),
        more: more.to_owned(),
    };
    ActPage {
        frame: visit.frame(Some(SOURCES)),
        up: (links.sources(), "Sources"),
        of: Some((links.source(&id), view.name.to_string())),
        verb: "Remove",
        name: view.name.to_string(),
        sentence: "No pipeline can resolve it any more. What was retrieved before stays where it is."
            .to_owned(),
        lines: vec![line(Tone::Ok, "vault", "Its credential stays", "Other sources go on with it.")],
        type_name: false,
        wrong_name: false,
        action: links.remove_source(&id),
        fields: Vec::new(),
        back: links.source(&id),
        destroys: true,
    }
}

fn words(errors: &[claviger_api::FieldError]) -> String {
    errors.iter().map(|error| sentence(&error.detail)).collect::<Vec<_>>().join(" ")
}
