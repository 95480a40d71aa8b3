//! Saving what the wizard collected. The answer to the POST itself shows the key: nothing could show it later.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::CreatedCredential;
use claviger_console::{Address, CredentialKeyAgainPage, CredentialKeyPage, Entry, Fault, Faults};
use claviger_contract::Timestamp;

use crate::administration::{AdministrationError, create_credential};
use crate::http::console::answer::Answer;
use crate::http::console::form::Form;
use crate::http::console::service_credentials::detail::registry;
use crate::http::console::service_credentials::draft;
use crate::http::console::service_credentials::wizard::{summary_page, unless_dated};
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act};
use crate::http::state::AppState;

const ENTRY: Entry = Entry::ServiceCredentials;

pub async fn save(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, saved).await
}

fn saved(visit: &Visit, form: &Form) -> Result<Answer, Stop> {
    visit.ensure_changes(ENTRY)?;
    let mut draft = draft::read(form.fields());
    let summary = visit.links().new_service_credential(claviger_console::Step::Summary, &draft);
    visit.ensure_recent_or(&summary)?;
    let attempt = visit.attempt("POST service-credentials/new", form)?;
    let act = crate::ledger::Act { attempt: Some(attempt), ..visit.act() };
    let access = draft::access(visit, &mut draft);
    let Some(new) = draft::new_credential(&draft, &access) else {
        return unless_dated(visit, &draft)?.ok_or(Stop::Malformed);
    };
    let name = new.name.to_string();
    let refused = |detail: String| {
        let fault = Fault { field: "name", label: "Save", sentence: detail, link: None };
        summary_page(visit, draft.clone(), &access, Faults(vec![fault]))
    };
    match create_credential(&visit.state.administration, &act, new) {
        Ok(created) => key_page(visit, &created, None),
        Err(AdministrationError::AlreadyMade(id)) => key_again_page(visit, id, name),
        // The name was taken meanwhile: the first step says it.
        Err(AdministrationError::Conflict(detail)) => {
            unless_dated(visit, &draft)?.map_or_else(|| refused(detail), Ok)
        }
        Err(AdministrationError::Invalid(errors)) => {
            let details: Vec<String> =
                errors.iter().map(|error| format!("{} {}", error.field, error.detail)).collect();
            refused(details.join("; "))
        }
        Err(error @ (AdministrationError::ServiceCredentialsOff | AdministrationError::Limit(_))) => {
            refused(error.to_string())
        }
        Err(error) => Err(Stop::of(error, ENTRY)),
    }
}

/// The same form a second time.
pub fn key_again_page(visit: &Visit, id: String, name: String) -> Result<Answer, Stop> {
    let page = CredentialKeyAgainPage { frame: visit.frame(Some(ENTRY)), id, name };
    Ok(Answer::page_with(StatusCode::CONFLICT, &page, None)?)
}

/// What a renewal replaced: when it ends, and its receipt if it ended at once.
pub struct OldOne {
    pub ends_at: Timestamp,
    pub receipt: Option<Address>,
}

pub fn key_page(visit: &Visit, created: &CreatedCredential, old_one: Option<OldOne>) -> Result<Answer, Stop> {
    let (old_one_ends_at, receipt) =
        old_one.map_or((None, None), |old_one| (Some(old_one.ends_at), old_one.receipt));
    let page = CredentialKeyPage {
        frame: visit.frame(Some(ENTRY)),
        id: created.credential.id.to_string(),
        name: created.credential.name.to_string(),
        client_key: created.client_key.expose().to_owned(),
        token_endpoint: created.token_endpoint.clone(),
        server_url: visit.state.administration.public_url.clone(),
        curl: created.usage_example.expose().to_owned(),
        registry: registry(visit),
        old_one_ends_at,
        receipt,
    };
    Ok(Answer::page_with(StatusCode::CREATED, &page, None)?)
}
