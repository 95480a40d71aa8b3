//! The result of an administrative handler, before it becomes an HTTP response.

use actix_web::http::StatusCode;
use claviger_api::Edited;
use serde::Serialize;

use crate::administration::{AdministrationError, entity_tag};
use crate::http::admin::problem::Problem;
use crate::http::openapi::{DRY_RUN, JSON};
use crate::http::state::AppState;
use crate::ledger::{Act, Settles, Unsettled};
use claviger_domain::{DryRun, EntityTag};

pub struct Outcome {
    pub status: StatusCode,
    pub body: Vec<u8>,
    /// Entity tag of a single object; does not cover the secrets that are returned only once.
    pub tag: Option<EntityTag>,
    pub media_type: &'static str,
}

impl Outcome {
    /// The current state of one object.
    pub fn shown(object: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self::ok(object)?.tagged(object))
    }

    /// The current state of one object, with what is observed beside it, which its entity tag does not cover.
    pub fn shown_with(shown: &impl Serialize, object: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self::ok(shown)?.tagged(object))
    }

    /// A response that is not an object of the API: a list, a receipt.
    pub fn ok(object: &impl Serialize) -> Result<Self, Problem> {
        Self::new(StatusCode::OK, object)
    }

    pub fn created(object: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self::new(StatusCode::CREATED, object)?.tagged(object))
    }

    /// A new object with the secrets that are returned only once, which its entity tag does not cover.
    pub fn created_with(created: &impl Serialize, object: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self::new(StatusCode::CREATED, created)?.tagged(object))
    }

    /// A changed object with the receipt of its last restriction, or null.
    pub fn edited<T: Serialize>(state: &AppState, edited: Unsettled<T>) -> Result<Self, Problem> {
        if let Some(tried) = Self::tried(state, &edited) {
            return tried;
        }
        let (object, receipt) = edited.settle(&state.barrier)?.into_parts();
        let edited = Edited { object, receipt };
        Ok(Self::ok(&edited)?.tagged(&edited.object))
    }

    /// For acts that return the receipt itself.
    pub fn ended<T>(state: &AppState, ended: Unsettled<T>) -> Result<Self, Problem> {
        if let Some(tried) = Self::tried(state, &ended) {
            return tried;
        }
        let (_, receipt) = ended.settle(&state.barrier)?.into_parts();
        Self::ok(&receipt)
    }

    /// For an act that was decided only.
    fn tried<T>(state: &AppState, act: &Unsettled<T>) -> Option<Result<Self, Problem>> {
        let affected = act.affected(state.administration.ledger.now())?;
        let tried = Self::ok(&DryRun { dry_run: true, affected });
        Some(tried.map(|tried| Self { media_type: DRY_RUN, ..tried }))
    }

    fn new(status: StatusCode, object: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_vec(object).map_err(|error| Problem::unavailable(error.to_string()))?;
        Ok(Self { status, body, tag: None, media_type: JSON })
    }

    fn tagged(self, object: &impl Serialize) -> Self {
        Self { tag: Some(entity_tag(object)), ..self }
    }
}

/// For a retried request that already succeeded: the caller learns that only once every node applies the first one.
pub fn after_its_first<T>(
    state: &AppState,
    act: &Act,
    done: Result<T, AdministrationError>,
) -> Result<T, Problem> {
    if let Err(AdministrationError::AlreadyMade(_)) = &done {
        let snapshot = state.administration.ledger.latest();
        if let Some(realm) = snapshot.find_realm(act.realm.as_str()) {
            state.barrier.pass(&act.realm, realm.last_restriction(), act.waited_for)?;
        }
    }
    Ok(done?)
}
