//! Changing the description and the scopes of an application credential.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{ApplicationCredentialEdit, ApplicationCredentialView};
use claviger_console::{
    Address, ApplicationForm, Cell, Fault, Faults, FormPage, TokenFault, Tone, application_form, token_fault,
};
use claviger_contract::Scope;

use crate::administration::{AdministrationError, edit_application_credential};
use crate::http::console::answer::Answer;
use crate::http::console::directory::drafted::faulty;
use crate::http::console::done::{go_on, settle_and_go_on};
use crate::http::console::editing::{act_on_shown, details, sentence, stale, tag_field, typed};
use crate::http::console::fields::read_description;
use crate::http::console::form::Form;
use crate::http::console::request::path_id;
use crate::http::console::stop::Stop;
use crate::http::console::tokens::application::{KIND, open, page_of};
use crate::http::console::tokens::kind::stop;
use crate::http::console::tokens::scopes::{Offer, offer_with_ticked};
use crate::http::console::visit::{Visit, act, show};
use crate::http::state::AppState;
use crate::ledger::Denied;
use claviger_domain::TargetKind;

const FIELDS: [&str; 2] = ["description", "scope"];

/// What was typed.
struct Draft {
    description: String,
    ticked: Vec<String>,
}

pub async fn form(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request);
    show(request, state, move |visit| {
        let (view, item) = open(visit, id?)?;
        if !item.is_editable(visit, KIND) {
            return Ok(Answer::see_other(page_of(visit, &view)));
        }
        let typed = typed(visit, &FIELDS, |fields| Draft::read(fields.iter().copied()));
        let draft = typed.unwrap_or_else(|| Draft::of(&view));
        visit.answer(&page(visit, &view, &draft, Faults::default()))
    })
    .await
}

pub async fn save(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request);
    act(request, payload, state, move |visit, form| sent(visit, form, &open(visit, id?)?.0)).await
}

fn sent(visit: &Visit, form: &Form, view: &ApplicationCredentialView) -> Result<Answer, Stop> {
    let draft = Draft::read(form.fields());
    if draft.gives_more_than(view) {
        visit.ensure_recent_or(
            &draft.address(visit.links().edit_application_credential(&view.id.to_string())),
        )?;
    }
    let edit = match draft.judged(visit, view) {
        Ok(edit) => edit,
        Err(faults) => return faulty(&page(visit, view, &draft, faults)),
    };
    let act = act_on_shown(visit, form)?;
    match edit_application_credential(&visit.state.administration, &act, view.id, edit) {
        Ok(edited) => {
            let done = format!("{} was changed.", view.name);
            Ok(settle_and_go_on(visit, edited, page_of(visit, view), &done, ""))
        }
        Err(AdministrationError::Stale) => slower(visit, view, &draft),
        Err(AdministrationError::NotActive) => {
            let words = "Not changed. It was revoked or has expired meanwhile.";
            Ok(go_on(visit, page_of(visit, view), Tone::Bad, words))
        }
        Err(error) => faulty(&page(visit, view, &draft, Faults(vec![fault(error)?]))),
    }
}

/// What was refused at commit.
fn fault(error: AdministrationError) -> Result<Fault, Stop> {
    Ok(match error {
        AdministrationError::Denied(Denied::NotHeld(_)) => token_fault(TokenFault::NotHeld),
        AdministrationError::Invalid(errors) => details("sc", "Scopes", &errors),
        AdministrationError::Limit(reached) => sentence("sc", "Scopes", &reached.to_string()),
        error => return Err(stop(KIND, error)),
    })
}

/// Somebody was quicker.
fn slower(visit: &Visit, view: &ApplicationCredentialView, draft: &Draft) -> Result<Answer, Stop> {
    let (view, _) = open(visit, view.id)?;
    let now = vec![
        ("Description", Cell::text_or(view.description.to_string(), "none")),
        ("Scopes", Cell::codes_or(view.scopes.iter().map(ToString::to_string).collect(), "none")),
    ];
    let mut page = page(visit, &view, draft, Faults::default());
    let kind = TargetKind::ApplicationCredential;
    page.stale = Some(stale(visit, kind, &view.id.to_string(), view.updated_at, now));
    Ok(Answer::page_with(StatusCode::PRECONDITION_FAILED, &page, None)?)
}

impl Draft {
    fn of(view: &ApplicationCredentialView) -> Self {
        let ticked = view.scopes.iter().map(ToString::to_string).collect();
        Self { description: view.description.to_string(), ticked }
    }

    fn read<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut draft = Self { description: String::new(), ticked: Vec::new() };
        for (name, value) in fields {
            match name {
                "description" => value.clone_into(&mut draft.description),
                "scope" => draft.ticked.push(value.to_owned()),
                _ => {}
            }
        }
        draft
    }

    /// The form with all of it.
    fn address(&self, form: Address) -> Address {
        let form = form.with("description", &self.description);
        self.ticked.iter().fold(form, |address, scope| address.with("scope", scope))
    }

    fn gives_more_than(&self, view: &ApplicationCredentialView) -> bool {
        let had = |text: &String| view.scopes.iter().any(|scope| scope.as_str() == text);
        !self.ticked.iter().all(had)
    }

    /// The form lists what the member holds. Where none of that is changed, scopes that it does not list stay.
    fn judged(
        &self,
        visit: &Visit,
        view: &ApplicationCredentialView,
    ) -> Result<ApplicationCredentialEdit, Faults> {
        let description = read_description(&self.description);
        let listed = offer_with_ticked(visit, KIND, &Self::of(view).ticked).ticked();
        let is_unchanged =
            self.ticked.len() == listed.len() && self.ticked.iter().all(|one| listed.contains(one));
        let scopes: Vec<Scope> = self.ticked.iter().filter_map(|scope| scope.parse().ok()).collect();
        let wrong = if is_unchanged {
            None
        } else if self.ticked.is_empty() {
            Some(TokenFault::NoScope)
        } else {
            (scopes.len() < self.ticked.len()).then_some(TokenFault::NotHeld)
        };
        match (description, wrong) {
            (Ok(description), None) => Ok(ApplicationCredentialEdit {
                description: Some(description),
                scopes: (!is_unchanged).then_some(scopes),
            }),
            (description, wrong) => {
                let faults = description.err().into_iter().chain(wrong.map(token_fault));
                Err(Faults(faults.collect()))
            }
        }
    }
}

fn page(visit: &Visit, view: &ApplicationCredentialView, draft: &Draft, faults: Faults) -> FormPage {
    let Offer { matrix, more_resources, words } = offer_with_ticked(visit, KIND, &draft.ticked);
    let form = ApplicationForm {
        description: draft.description.clone(),
        matrix,
        words,
        more_resources,
        hidden: tag_field(view),
        faults,
        stale: None,
    };
    application_form(visit.frame(KIND.entry()), &view.id.to_string(), view.name.as_str(), form)
}
