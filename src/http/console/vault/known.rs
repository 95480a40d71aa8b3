//! Names of what the catalog has, and the status of what is stored.

use actix_web::HttpRequest;
use claviger_api::{SourceCredentialView, SourceTypeView};
use claviger_console::{CredentialChoice, CredentialHealth, Entry};

use crate::administration::{
    AdministrationError, MAX_PAGE_SIZE, find_source_credential, find_source_type, list_source_credentials,
};
use crate::http::console::record::Record;
use crate::http::console::request::path_id;
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use claviger_domain::{CatalogId, Query, SourceCredentialFilter, SourceCredentialId, VaultSort};

pub const ENTRY: Entry = Entry::SourceCredentials;
pub const SOURCES: Entry = Entry::Sources;

pub fn stop(error: AdministrationError) -> Stop {
    Stop::of(error, ENTRY)
}

impl Record for SourceCredentialView {
    type Key = SourceCredentialId;

    const ENTRY: Entry = ENTRY;

    fn key(request: &HttpRequest) -> Result<SourceCredentialId, Stop> {
        path_id(request)
    }

    fn find(visit: &Visit, id: SourceCredentialId) -> Result<Self, Stop> {
        find(visit, id)
    }
}

pub fn find(visit: &Visit, id: SourceCredentialId) -> Result<SourceCredentialView, Stop> {
    find_source_credential(&visit.state.administration, &visit.act(), id).map_err(stop)
}

/// `None` if the catalog does not have it any more.
pub fn source_type(visit: &Visit, id: &str) -> Result<Option<SourceTypeView>, Stop> {
    match find_source_type(&visit.state.administration, &visit.act(), id) {
        Ok(known) => Ok(Some(known)),
        Err(AdministrationError::NotFound(_)) => Ok(None),
        Err(error) => Err(stop(error)),
    }
}

/// The name of a type, or its id.
pub fn type_name(visit: &Visit, id: &CatalogId) -> Result<String, Stop> {
    let known = source_type(visit, id.as_str())?;
    Ok(known.map_or_else(|| id.to_string(), |known| known.name))
}

/// Where systems of a type run.
pub fn hosting(known: &SourceTypeView) -> &'static str {
    match known.hosting.as_str() {
        "cloud" => "cloud",
        "self_hosted" => "self-hosted",
        _ => "cloud or self-hosted",
    }
}

pub fn health(view: &SourceCredentialView) -> CredentialHealth {
    let required = |verdict: &str| {
        let permissions = view.validation.permissions.iter();
        permissions.filter(|permission| permission.required && permission.verdict == verdict).count()
    };
    CredentialHealth {
        outcome: view.validation.outcome,
        missing: u64::try_from(required("missing")).unwrap_or(u64::MAX),
        scopes_unknown: required("unknown") > 0,
        expires_at: view.expires_at,
    }
}

/// Those of one type, by name: the first of them.
pub fn choices(visit: &Visit, source_type: &str, chosen: &str) -> Result<Vec<CredentialChoice>, Stop> {
    let filter = SourceCredentialFilter { source_type: Some(source_type.to_owned()), outcome: None };
    let query = Query {
        sort: VaultSort::Name,
        descending: false,
        after: None,
        limit: MAX_PAGE_SIZE,
        search: None,
        status: None,
        expires_before: None,
    };
    let found = list_source_credentials(&visit.state.administration, &visit.act(), &filter, &query);
    let mut found = found.map_err(stop)?;
    if let Ok(id) = chosen.parse::<SourceCredentialId>()
        && !found.iter().any(|view| view.id == id)
        && visit
            .session
            .realm
            .vault
            .credential(id)
            .is_some_and(|known| known.source_type.as_str() == source_type)
    {
        found.push(find(visit, id)?);
    }
    let choice = |view: &SourceCredentialView| CredentialChoice {
        id: view.id.to_string(),
        name: view.name.to_string(),
        mark: health(view).mark(&visit.now()),
        chosen: view.id.to_string() == chosen,
    };
    Ok(found.iter().map(choice).collect())
}
