//! The lists of source credentials and of sources.

use std::collections::BTreeMap;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{SourceCredentialView, SourceTypeView, SourceView};
use claviger_console::{
    EXPIRING_SOON_DAYS, SourceCredentialRow, SourceCredentialTab, SourceRow, SourceTab, Tone,
    source_credential_list, source_list,
};

use crate::administration::{list_source_credentials, list_source_types, list_sources};
use crate::http::console::days::DAY;
use crate::http::console::lists::in_memory::{Filter, Narrowing, in_memory};
use crate::http::console::service_credentials::lines::actor_name;
use crate::http::console::stop::Stop;
use crate::http::console::vault::known::{ENTRY, SOURCES, health, stop};
use crate::http::console::visit::{Visit, show};
use crate::http::state::AppState;
use claviger_domain::{
    Query, SourceCredentialFilter, SourceCredentialId, SourceFilter, ValidationOutcome, VaultSort,
};

/// Of a list. A realm may have more: a search finds them.
const MAX_READ: usize = 2_000;
/// Choices of a select.
const MAX_CHOICES: usize = 200;

pub async fn source_credentials(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_opens(ENTRY)?;
        let count = visit.session.realm.vault.credential_count();
        let filter = SourceCredentialFilter::default();
        let found =
            list_source_credentials(&visit.state.administration, &visit.act(), &filter, &query(visit, count));
        let (found, types) = (found.map_err(stop)?, types(visit)?);
        let narrowing = Narrowing {
            list: visit.links().source_credentials(),
            usual_sort: "name",
            tabs: claviger_console::ListTab::ALL,
            is_in: &|tab, view| is_in(visit, tab, view),
            filters: vec![Filter {
                key: "type",
                label: "Source type",
                any: "Any source type",
                choices: chosen_types(&types, found.iter().map(|view| view.source_type.as_str())),
                has: &|view: &SourceCredentialView, id| view.source_type.as_str() == id,
            }],
        };
        let (state, found) = in_memory(visit, found, narrowing);
        let rows: Vec<_> = found.iter().map(|view| row(visit, view, &types)).collect();
        visit.answer(&source_credential_list(visit.frame(Some(ENTRY)), state, &rows))
    })
    .await
}

pub async fn sources(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_opens(SOURCES)?;
        let vault = &visit.session.realm.vault;
        let filter = SourceFilter::default();
        let query = query(visit, vault.source_count());
        let found = list_sources(&visit.state.administration, &visit.act(), &filter, &query);
        let (found, types) = (found.map_err(|error| Stop::of(error, SOURCES))?, types(visit)?);
        let linked: BTreeMap<SourceCredentialId, String> = found
            .iter()
            .filter_map(|view| Some(view.source_credential_id).zip(name_of(visit, view)))
            .take(MAX_CHOICES)
            .collect();
        let narrowing = Narrowing {
            list: visit.links().sources(),
            usual_sort: "name",
            tabs: claviger_console::ListTab::ALL,
            is_in: &|tab, view| match tab {
                SourceTab::All => true,
                SourceTab::Active => is_active(visit, view),
                SourceTab::Stopped => !is_active(visit, view),
            },
            filters: vec![
                Filter {
                    key: "type",
                    label: "Source type",
                    any: "Any source type",
                    choices: chosen_types(&types, found.iter().map(|view| view.source_type.as_str())),
                    has: &|view: &SourceView, id| view.source_type.as_str() == id,
                },
                Filter {
                    key: "source_credential_id",
                    label: "Credential",
                    any: "Any credential",
                    choices: linked.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
                    has: &|view: &SourceView, id| view.source_credential_id.to_string() == id,
                },
            ],
        };
        let (state, found) = in_memory(visit, found, narrowing);
        let rows: Vec<_> = found.iter().map(|view| source_row(visit, view, &types)).collect();
        visit.answer(&source_list(visit.frame(Some(SOURCES)), state, &rows))
    })
    .await
}

/// All, or what the search finds of very many.
fn query(visit: &Visit, count: usize) -> Query<VaultSort> {
    let sought = visit.asked.parameter("q").to_lowercase();
    let search = (count > MAX_READ && !sought.is_empty()).then_some(sought);
    Query {
        sort: VaultSort::Name,
        descending: false,
        after: None,
        limit: MAX_READ,
        search,
        status: None,
        expires_before: None,
    }
}

type Types = BTreeMap<String, SourceTypeView>;

fn types(visit: &Visit) -> Result<Types, Stop> {
    let types = list_source_types(&visit.state.administration, &visit.act(), None).map_err(stop)?;
    Ok(types.into_iter().map(|known| (known.id.clone(), known)).collect())
}

/// Those that something has, by name.
fn chosen_types<'a>(types: &Types, used: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    let named = used.map(|id| (type_name(types, id), id.to_owned()));
    let named: BTreeMap<String, String> = named.collect();
    named.into_iter().map(|(name, id)| (id, name)).collect()
}

fn type_name(types: &Types, id: &str) -> String {
    types.get(id).map_or_else(|| id.to_owned(), |known| known.name.clone())
}

fn is_in(visit: &Visit, tab: SourceCredentialTab, view: &SourceCredentialView) -> bool {
    let soon = visit.now().plus_seconds(EXPIRING_SOON_DAYS * DAY);
    match tab {
        SourceCredentialTab::All => true,
        SourceCredentialTab::NeedAttention => {
            view.failed_since.is_some() || health(view).mark(&visit.now()).tone == Tone::Bad
        }
        SourceCredentialTab::ExpiringSoon => {
            view.expires_at.is_some_and(|end| visit.now() < end && end <= soon)
        }
        SourceCredentialTab::NotVerified => view.validation.outcome == ValidationOutcome::Skipped,
        SourceCredentialTab::NotLinked => view.used_by == 0,
    }
}

fn row(visit: &Visit, view: &SourceCredentialView, types: &Types) -> SourceCredentialRow {
    let known = types.get(view.source_type.as_str());
    let mode =
        known.and_then(|known| known.auth_modes.iter().find(|mode| mode.id == view.auth_mode.as_str()));
    let mode = mode.map_or_else(|| view.auth_mode.to_string(), |mode| mode.label.clone());
    SourceCredentialRow {
        id: view.id.to_string(),
        name: view.name.to_string(),
        of: format!("{}, {mode}", type_name(types, view.source_type.as_str())),
        health: health(view),
        sources: view.used_by,
        updated_at: view.updated_at,
        updated_by: actor_name(visit, &view.updated_by),
    }
}

fn is_active(visit: &Visit, view: &SourceView) -> bool {
    let credential = visit.session.realm.vault.credential(view.source_credential_id);
    credential.is_some_and(|live| !live.has_expired(visit.now()))
}

fn name_of(visit: &Visit, view: &SourceView) -> Option<String> {
    visit.session.realm.vault.credential(view.source_credential_id).map(|live| live.name.to_string())
}

fn source_row(visit: &Visit, view: &SourceView, types: &Types) -> SourceRow {
    SourceRow {
        id: view.id.to_string(),
        name: view.name.to_string(),
        type_name: type_name(types, view.source_type.as_str()),
        active: is_active(visit, view),
        credential: name_of(visit, view).unwrap_or_default(),
        retrieved_at: view.last_pull.as_ref().map(|pull| pull.at),
        updated_at: view.updated_at,
        updated_by: actor_name(visit, &view.updated_by),
    }
}
