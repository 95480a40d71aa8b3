//! One source.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::SourceView;
use claviger_console::{Entry, SourcePage};

use crate::administration::{entity_tag, find_source};
use crate::http::console::record::{Record, show_one};
use crate::http::console::request::path_id;
use crate::http::console::service_credentials::lines::actor_name;
use crate::http::console::stop::Stop;
use crate::http::console::vault::detail::answers;
use crate::http::console::vault::draft::text_of;
use crate::http::console::vault::known::{SOURCES, choices, find as find_credential, source_type};
use crate::http::console::vault::retrievals::{deletion, of_source};
use crate::http::console::visit::Visit;
use crate::http::state::AppState;
use claviger_domain::SourceId;

impl Record for SourceView {
    type Key = SourceId;

    const ENTRY: Entry = SOURCES;

    fn key(request: &HttpRequest) -> Result<SourceId, Stop> {
        path_id(request)
    }

    fn find(visit: &Visit, id: SourceId) -> Result<Self, Stop> {
        find(visit, id)
    }
}

pub async fn detail(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_one(request, state, |visit, view: SourceView| visit.answer(&page(visit, &view)?)).await
}

pub fn find(visit: &Visit, id: SourceId) -> Result<SourceView, Stop> {
    let found = find_source(&visit.state.administration, &visit.act(), id);
    found.map_err(|error| Stop::of(error, SOURCES))
}

fn page(visit: &Visit, view: &SourceView) -> Result<SourcePage, Stop> {
    let known = source_type(visit, view.source_type.as_str())?;
    let credential = match visit.session.realm.vault.credential(view.source_credential_id) {
        Some(_) => match find_credential(visit, view.source_credential_id) {
            Err(Stop::NotFound) => None,
            found => Some(found?),
        },
        None => None,
    };
    let expired =
        credential.as_ref().is_some_and(|view| view.expires_at.is_some_and(|end| end <= visit.now()));
    let stopped_by = match credential {
        None => deletion(visit, view.source_credential_id)?,
        Some(_) => None,
    };
    let credentials = match credential.is_none() || expired {
        true if visit.manages() => choices(visit, view.source_type.as_str(), "")?,
        _ => Vec::new(),
    };
    let (retrievals, events) = of_source(visit, view.id)?;
    let settings = view.settings.expose().iter();
    Ok(SourcePage {
        frame: visit.frame(Some(SOURCES)),
        id: view.id.to_string(),
        name: view.name.to_string(),
        type_name: known.as_ref().map_or_else(|| view.source_type.to_string(), |known| known.name.clone()),
        credential: credential.as_ref().map(|found| (found.id.to_string(), found.name.to_string())),
        expired,
        stopped_by,
        credentials,
        has_list: known.as_ref().is_some_and(|known| !known.questions.is_empty()),
        retrievals,
        settings: settings.map(|(name, value)| (name.clone(), text_of(value).replace('\n', ", "))).collect(),
        answers: credential.as_ref().map(|found| answers(found, known.as_ref())).unwrap_or_default(),
        last_retrieved_at: view.last_pull.as_ref().map(|pull| pull.at),
        etag: entity_tag(view).to_string(),
        created_at: view.created_at,
        created_by: actor_name(visit, &view.created_by),
        updated_at: view.updated_at,
        updated_by: actor_name(visit, &view.updated_by),
        events,
    })
}
