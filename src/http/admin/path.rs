//! Path parameters, fully decoded: as matched, they still contain `%25`, `%2B` and `%2F`.

use actix_web::HttpRequest;
use claviger_contract::RealmLabel;
use serde::Deserialize;

use crate::http::admin::problem::Problem;
use claviger_domain::Id;

/// Empty if the route has no such parameter.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PathParts {
    pub realm: String,
    pub id: String,
    pub r#type: String,
    pub name: String,
    pub scope: String,
    pub kid: String,
    pub delivery: String,
    pub identity: String,
}

impl PathParts {
    pub fn of(request: &HttpRequest) -> Self {
        request.match_info().load().unwrap_or_default()
    }

    /// `None` if the path's realm is not a valid label.
    pub fn realm(&self) -> Option<RealmLabel> {
        self.realm.parse().ok()
    }
}

/// An id in a path; an invalid id is reported as not found.
pub fn path_id<Kind>(request: &HttpRequest, what: &'static str) -> Result<Id<Kind>, Problem> {
    PathParts::of(request).id.parse().map_err(|_| Problem::not_found(what))
}
