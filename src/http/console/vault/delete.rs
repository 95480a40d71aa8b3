//! Deleting a source credential: its secrets are destroyed, and its sources stop. It never asks for a recent sign-in.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::SourceCredentialView;
use claviger_console::{ActPage, ImpactLine, Tone, text};

use crate::administration::delete_source_credential;
use crate::http::console::answer::Answer;
use crate::http::console::done::{go_on, settle_and_go_on};
use crate::http::console::record::show_form;
use crate::http::console::request::path_id;
use crate::http::console::stop::Stop;
use crate::http::console::vault::known::{ENTRY, find, stop, type_name};
use crate::http::console::visit::{Visit, act};
use crate::http::state::AppState;

/// Sources that the page names.
const MAX_NAMED: usize = 20;

pub async fn ask(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view| visit.answer(&page(visit, &view, false)?)).await
}

pub async fn delete(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request);
    act(request, payload, state, |visit, form| {
        visit.ensure_changes(ENTRY)?;
        let list = visit.links().source_credentials();
        let view = match find(visit, id?) {
            Err(Stop::NotFound) => return Ok(go_on(visit, list, Tone::Ok, "It was already deleted.")),
            found => found?,
        };
        if form.text("name") != view.name.as_str() {
            let page = page(visit, &view, true)?;
            return Ok(Answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page, None)?);
        }
        let deleted = delete_source_credential(&visit.state.administration, &visit.act(), view.id);
        let deleted = deleted.map_err(stop)?;
        let stopped = match view.used_by {
            0 => String::new(),
            count => text::things(&count, "source stopped", "sources stopped"),
        };
        Ok(settle_and_go_on(visit, deleted, list, &format!("{} was deleted.", view.name), &stopped))
    })
    .await
}

fn page(visit: &Visit, view: &SourceCredentialView, wrong_name: bool) -> Result<ActPage, Stop> {
    let links = visit.links();
    let (own, provider) =
        (links.source_credential(&view.id.to_string()), type_name(visit, &view.source_type)?);
    let line =
        |tone, icon, words: String, more: &str| ImpactLine { tone, icon, words, more: more.to_owned() };
    let named = visit.session.realm.vault.linked(&view.id).take(MAX_NAMED);
    let mut lines: Vec<ImpactLine> =
        named.map(|(_, source)| line(Tone::Warn, "source", source.name.to_string(), "It stops.")).collect();
    let more = view.used_by.saturating_sub(u64::try_from(lines.len()).unwrap_or(u64::MAX));
    if more > 0 {
        lines.push(line(Tone::Warn, "source", format!("and {} more", text::number(&more)), "They stop."));
    }
    lines.push(line(
        Tone::Off,
        "out",
        format!("At {provider} it goes on working"),
        "Withdraw it there too. Copies in backups stay encrypted.",
    ));
    let stop = match view.used_by {
        0 => "No source uses it.".to_owned(),
        count => {
            let stop = text::things(&count, "source stops", "sources stop");
            format!("{stop}. They stay in the list, and start again when you link another credential.")
        }
    };
    Ok(ActPage {
        frame: visit.frame(Some(ENTRY)),
        up: (links.source_credentials(), "Source credentials"),
        of: Some((own.clone(), view.name.to_string())),
        verb: "Delete",
        name: view.name.to_string(),
        sentence: format!("Its secrets are destroyed here at once. {stop}"),
        lines,
        type_name: true,
        wrong_name,
        action: links.delete_source_credential(&view.id.to_string()),
        fields: Vec::new(),
        back: own,
        destroys: true,
    })
}
