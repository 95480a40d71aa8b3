//! Adding a source, and changing one. Its credential may be added on the way.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{FieldValues, NewSource, SourceEdit, SourceView};
use claviger_console::{ChooserFor, Fault, Faults, SourceFormPage, Tone, name_fault};
use claviger_domain::{Name, SourceCredentialId};

use crate::administration::{AdministrationError, create_source, edit_source, entity_tag};
use crate::http::console::answer::Answer;
use crate::http::console::done::{go_on, settle_and_go_on};
use crate::http::console::fields::{name_taken, read_name};
use crate::http::console::form::Form;
use crate::http::console::record::{act_on, show_form};
use crate::http::console::stop::Stop;
use crate::http::console::vault::chooser::choose;
use crate::http::console::vault::draft::Draft;
use crate::http::console::vault::inputs::sentence;
use crate::http::console::vault::known::{SOURCES, choices, source_type};
use crate::http::console::vault::source::find;
use crate::http::console::visit::{Visit, act, show};
use crate::http::state::AppState;
use crate::ledger::Act;

/// What was typed.
#[derive(Default)]
struct Typed {
    source_type: String,
    name: String,
    credential: String,
    settings: String,
}

pub async fn new(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_changes(SOURCES)?;
        let mut typed = typed(|name| visit.asked.parameter(name));
        let known = typed.credential.parse().ok().and_then(|id| visit.session.realm.vault.credential(id));
        if let Some(credential) = known.filter(|_| typed.source_type.is_empty()) {
            typed.source_type = credential.source_type.to_string();
        }
        match source_type(visit, &typed.source_type)? {
            None => choose(visit, ChooserFor::Source, &Draft::default()),
            Some(_) => visit.answer(&page(visit, None, &typed, Faults::default())?),
        }
    })
    .await
}

pub async fn add(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, |visit, form| {
        visit.ensure_changes(SOURCES)?;
        let typed = typed(|name| form.text(name));
        if !form.text("add").is_empty() {
            let address = visit.links().new_source_credential().with("type", &typed.source_type);
            return Ok(Answer::see_other(address.with("for_source", "on").with("source_name", &typed.name)));
        }
        let (name, credential, settings) = match judged(&typed) {
            Ok(wanted) => wanted,
            Err(faults) => return faulty(visit, None, &typed, faults),
        };
        let attempt = visit.attempt("POST sources/new", form)?;
        let act = Act { attempt: Some(attempt), ..visit.act() };
        let new = NewSource { name, source_credential_id: credential, settings };
        match create_source(&visit.state.administration, &act, new) {
            Ok(view) => {
                let words = format!("{} was added.", view.name);
                Ok(go_on(visit, visit.links().source(&view.id.to_string()), Tone::Ok, &words))
            }
            Err(AdministrationError::AlreadyMade(id)) => Ok(Answer::see_other(visit.links().source(&id))),
            Err(error) => {
                let faults = faults(error, &typed)?;
                faulty(visit, None, &typed, faults)
            }
        }
    })
    .await
}

pub async fn edit(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view| {
        visit.answer(&page(visit, Some(&view), &of(&view), Faults::default())?)
    })
    .await
}

pub async fn save(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, form, view| saved(visit, form, &view)).await
}

fn saved(visit: &Visit, form: &Form, view: &SourceView) -> Result<Answer, Stop> {
    let typed = Typed { source_type: view.source_type.to_string(), ..typed(|name| form.text(name)) };
    if !form.text("add").is_empty() {
        return Ok(add_for(visit, view));
    }
    let (name, credential, settings) = match judged(&typed) {
        Ok(wanted) => wanted,
        Err(faults) => return faulty(visit, Some(view), &typed, faults),
    };
    let tag = form.text("etag").parse().map_err(|_| Stop::Malformed)?;
    let act = Act { if_match: Some(tag), ..visit.act() };
    let edit =
        SourceEdit { name: Some(name), source_credential_id: Some(credential), settings: Some(settings) };
    match edit_source(&visit.state.administration, &act, view.id, edit) {
        Ok(edited) => {
            let words = format!("{} was changed.", typed.name);
            Ok(settle_and_go_on(visit, edited, visit.links().source(&view.id.to_string()), &words, ""))
        }
        Err(AdministrationError::Stale) => {
            let now = find(visit, view.id)?;
            let sentence = format!(
                "{} changed this meanwhile. Your change was not made. Save again to make it.",
                now.updated_by.name
            );
            let faults =
                Faults(vec![Fault { field: "name", label: "Changed meanwhile", sentence, link: None }]);
            let page = page(visit, Some(&now), &typed, faults)?;
            Ok(Answer::page_with(StatusCode::PRECONDITION_FAILED, &page, None)?)
        }
        Err(error) => {
            let faults = faults(error, &typed)?;
            faulty(visit, Some(view), &typed, faults)
        }
    }
}

/// The form of a credential, which comes back linked.
pub fn add_for(visit: &Visit, view: &SourceView) -> Answer {
    let address = visit.links().new_source_credential().with("type", view.source_type.as_str());
    Answer::see_other(address.with("source", &view.id.to_string()))
}

fn typed<'a>(field: impl Fn(&'static str) -> &'a str) -> Typed {
    Typed {
        source_type: field("type").to_owned(),
        name: field("name").to_owned(),
        credential: field("credential").to_owned(),
        settings: field("settings").to_owned(),
    }
}

fn of(view: &SourceView) -> Typed {
    let settings = view.settings.expose();
    let text = serde_json::to_string_pretty(settings).ok().filter(|_| !settings.is_empty());
    Typed {
        source_type: view.source_type.to_string(),
        name: view.name.to_string(),
        credential: view.source_credential_id.to_string(),
        settings: text.unwrap_or_default(),
    }
}

fn judged(typed: &Typed) -> Result<(Name, SourceCredentialId, FieldValues), Faults> {
    let fault = |field, label, words: &str| Fault { field, label, sentence: words.to_owned(), link: None };
    let mut faults = Vec::new();
    let name = read_name(&typed.name).map_err(|wrong| faults.push(name_fault(wrong))).ok();
    let credential = typed.credential.parse().ok();
    if credential.is_none() {
        faults.push(fault("credential", "Source credential", "Choose one, or add a new one."));
    }
    let settings = match typed.settings.trim() {
        "" => Some(FieldValues::default()),
        text => serde_json::from_str(text).ok(),
    };
    if settings.is_none() {
        let words = "It must be a JSON object, such as {\"schedule\": \"hourly\"}.";
        faults.push(fault("settings", "Settings", words));
    }
    match (name, credential, settings) {
        (Some(name), Some(credential), Some(settings)) => Ok((name, credential, settings)),
        _ => Err(Faults(faults)),
    }
}

/// What was refused at commit.
fn faults(error: AdministrationError, typed: &Typed) -> Result<Faults, Stop> {
    let fault = |field, label, sentence| Fault { field, label, sentence, link: None };
    Ok(Faults(match error {
        AdministrationError::Conflict(_) => vec![name_taken(&typed.name)],
        AdministrationError::Invalid(errors) => {
            let shown = errors.iter().map(|error| match error.field.as_str() {
                "settings" => fault("settings", "Settings", sentence(&error.detail)),
                "source_credential_id" => fault("credential", "Source credential", sentence(&error.detail)),
                _ => fault("name", "Name", sentence(&error.detail)),
            });
            shown.collect()
        }
        AdministrationError::Limit(reached) => vec![fault("name", "Name", format!("{reached}."))],
        error => return Err(Stop::of(error, SOURCES)),
    }))
}

fn faulty(visit: &Visit, view: Option<&SourceView>, typed: &Typed, faults: Faults) -> Result<Answer, Stop> {
    let page = page(visit, view, typed, faults)?;
    Ok(Answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page, None)?)
}

fn page(
    visit: &Visit,
    view: Option<&SourceView>,
    typed: &Typed,
    faults: Faults,
) -> Result<SourceFormPage, Stop> {
    let known = source_type(visit, &typed.source_type)?;
    Ok(SourceFormPage {
        frame: visit.frame(Some(SOURCES)),
        id: view.map(|view| view.id.to_string()),
        known_as: view.map(|view| view.name.to_string()).unwrap_or_default(),
        type_name: known.map_or_else(|| typed.source_type.clone(), |known| known.name),
        credentials: choices(visit, &typed.source_type, &typed.credential)?,
        source_type: typed.source_type.clone(),
        name: typed.name.clone(),
        settings: typed.settings.clone(),
        etag: view.map(|view| entity_tag(view).to_string()).unwrap_or_default(),
        idempotency_key: visit.new_attempt(),
        faults,
    })
}
