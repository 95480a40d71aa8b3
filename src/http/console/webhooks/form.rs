//! Adding a webhook, and changing one. Its secret is in the answer to the POST alone.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{NewWebhook, WebhookEdit, WebhookView};
use claviger_console::{Address, Choice, Fault, Faults, WebhookFormPage, name_fault};

use crate::administration::{AdministrationError, create_webhook, edit_webhook, entity_tag};
use crate::http::console::answer::Answer;
use crate::http::console::done::settle_and_go_on;
use crate::http::console::fields::{name_taken, read_name};
use crate::http::console::form::Form;
use crate::http::console::record::{act_on, show_form};
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act, show};
use crate::http::console::webhooks::detail::{ENTRY, find, stop};
use crate::http::console::webhooks::shown_once::{again_page, secret_page};
use crate::http::state::AppState;
use crate::ledger::Act;
use claviger_domain::{EventType, Name, WebhookUrl};

/// What was typed.
#[derive(Default)]
struct Typed {
    name: String,
    url: String,
    events: Vec<EventType>,
}

pub async fn new(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_changes(ENTRY)?;
        visit.ensure_recent()?;
        visit.answer(&page(visit, None, &of_address(visit), Faults::default()))
    })
    .await
}

pub async fn add(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, |visit, form| {
        visit.ensure_changes(ENTRY)?;
        let typed = of_form(form);
        visit.ensure_recent_or(&typed.address(visit.links().new_webhook()))?;
        let (name, url) = match typed.judged() {
            Ok(wanted) => wanted,
            Err(faults) => return faulty(visit, None, &typed, faults),
        };
        let act = Act { attempt: Some(visit.attempt("POST webhooks/new", form)?), ..visit.act() };
        let new = NewWebhook { name, url, events: typed.events.clone(), enabled: true };
        match create_webhook(&visit.state.administration, &act, new) {
            Ok(made) => secret_page(visit, &made),
            Err(AdministrationError::AlreadyMade(id)) => again_page(visit, &typed.name, &id),
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
        visit.ensure_recent()?;
        let typed = if visit.asked.query.is_empty() { of(&view) } else { of_address(visit) };
        visit.answer(&page(visit, Some(&view), &typed, Faults::default()))
    })
    .await
}

pub async fn save(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, form, view| saved(visit, form, &view)).await
}

fn saved(visit: &Visit, form: &Form, view: &WebhookView) -> Result<Answer, Stop> {
    let (typed, id) = (of_form(form), view.id.to_string());
    visit.ensure_recent_or(&typed.address(visit.links().edit_webhook(&id)))?;
    let (name, url) = match typed.judged() {
        Ok(wanted) => wanted,
        Err(faults) => return faulty(visit, Some(view), &typed, faults),
    };
    let tag = form.text("etag").parse().map_err(|_| Stop::Malformed)?;
    let act = Act { if_match: Some(tag), ..visit.act() };
    let edit =
        WebhookEdit { name: Some(name), url: Some(url), events: Some(typed.events.clone()), enabled: None };
    match edit_webhook(&visit.state.administration, &act, view.id, edit) {
        Ok(edited) => {
            let words = format!("{} was changed.", typed.name);
            Ok(settle_and_go_on(visit, edited, visit.links().webhook(&id), &words, ""))
        }
        Err(AdministrationError::Stale) => {
            let now = find(visit, view.id)?;
            let sentence = format!(
                "{} changed this meanwhile. Your change was not made. Save again to make it.",
                now.updated_by.name
            );
            let faults =
                Faults(vec![Fault { field: "name", label: "Changed meanwhile", sentence, link: None }]);
            let page = page(visit, Some(&now), &typed, faults);
            Ok(Answer::page_with(StatusCode::PRECONDITION_FAILED, &page, None)?)
        }
        Err(error) => {
            let faults = faults(error, &typed)?;
            faulty(visit, Some(view), &typed, faults)
        }
    }
}

fn of_address(visit: &Visit) -> Typed {
    read(visit.asked.query.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

fn of_form(form: &Form) -> Typed {
    read(form.fields())
}

fn of(view: &WebhookView) -> Typed {
    Typed { name: view.name.to_string(), url: view.url.to_string(), events: view.events.clone() }
}

/// What is no event is left out.
fn read<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Typed {
    let mut typed = Typed::default();
    for (name, value) in fields {
        match name {
            "name" => value.clone_into(&mut typed.name),
            "url" => value.clone_into(&mut typed.url),
            "events" => typed.events.extend(value.parse::<EventType>()),
            _ => {}
        }
    }
    typed
}

impl Typed {
    /// The form with all of it.
    fn address(&self, form: Address) -> Address {
        let form = form.with("name", &self.name).with("url", &self.url);
        self.events.iter().fold(form, |address, event| address.with("events", event.as_str()))
    }

    fn judged(&self) -> Result<(Name, WebhookUrl), Faults> {
        let mut faults = Vec::new();
        let name = read_name(&self.name).map_err(|wrong| faults.push(name_fault(wrong))).ok();
        let url = self.url.trim().parse().ok();
        if url.is_none() {
            let words =
                "It must be an address that begins with https://, without a name, a password or a fragment.";
            faults.push(url_fault(words.to_owned()));
        }
        match (name, url) {
            (Some(name), Some(url)) => Ok((name, url)),
            _ => Err(Faults(faults)),
        }
    }
}

fn url_fault(sentence: String) -> Fault {
    Fault { field: "url", label: "Address", sentence, link: None }
}

/// What was refused at commit.
fn faults(error: AdministrationError, typed: &Typed) -> Result<Faults, Stop> {
    Ok(Faults(vec![match error {
        AdministrationError::Conflict(_) => name_taken(&typed.name),
        AdministrationError::Invalid(errors) => {
            let details: Vec<&str> = errors.iter().map(|error| error.detail.as_str()).collect();
            url_fault(format!("It {}.", details.join("; ")))
        }
        AdministrationError::Limit(reached) => {
            Fault { field: "name", label: "Name", sentence: format!("{reached}."), link: None }
        }
        error => return Err(stop(error)),
    }]))
}

fn faulty(visit: &Visit, view: Option<&WebhookView>, typed: &Typed, faults: Faults) -> Result<Answer, Stop> {
    let page = page(visit, view, typed, faults);
    Ok(Answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page, None)?)
}

fn page(visit: &Visit, view: Option<&WebhookView>, typed: &Typed, faults: Faults) -> WebhookFormPage {
    let events = EventType::ALL.iter().map(|event| Choice {
        value: event.as_str().to_owned(),
        title: title(*event).to_owned(),
        chosen: typed.events.contains(event),
    });
    WebhookFormPage {
        frame: visit.frame(Some(ENTRY)),
        id: view.map(|view| view.id.to_string()),
        known_as: view.map(|view| view.name.to_string()).unwrap_or_default(),
        name: typed.name.clone(),
        url: typed.url.clone(),
        events: events.collect(),
        etag: view.map(|view| entity_tag(view).to_string()).unwrap_or_default(),
        idempotency_key: visit.new_attempt(),
        faults,
    }
}

/// `A service credential is about to expire`.
fn title(event: EventType) -> &'static str {
    match event {
        EventType::ApiTokenExpiring => "An API token is about to end",
        EventType::ServiceCredentialExpired => "A service credential has ended",
        EventType::ServiceCredentialExpiring => "A service credential is about to end",
        EventType::ServiceCredentialRevoked => "A service credential was revoked",
        EventType::SourceCredentialExpiring => "A source credential is about to end",
        EventType::SourceCredentialFailed => "A source credential is refused by its provider",
        EventType::SourceCredentialRecovered => "A source credential is accepted again",
    }
}
