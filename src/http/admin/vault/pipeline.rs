//! Requests of pipelines, by the access token of a service credential.

use std::sync::Arc;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};

use crate::administration::Pipeline;
use crate::http::admin::caller::note_denied;
use crate::http::admin::path::path_id;
use crate::http::admin::problem::Problem;
use crate::http::client_address::client_address;
use crate::http::observe::id_of;
use crate::http::presented_token::presented_token;
use crate::http::state::AppState;
use crate::issuance::{Bearer, BearerKind, Origin, Refusal};
use crate::ledger::{Act, Caller};
use claviger_contract::{PresentedToken, RealmLabel};
use claviger_domain::{Actor, Door, SourceId};

/// The realm, and who asks.
type By = (RealmLabel, Actor);

/// Everything that a request on a source tells, beside its body.
pub struct Asked {
    realm: String,
    token: PresentedToken,
    origin: Origin,
    pub id: SourceId,
    request_id: Option<String>,
}

impl Asked {
    fn of(request: &HttpRequest, state: &AppState) -> Result<Self, Problem> {
        let token = presented_token(request).map_err(|_| Problem::malformed_authorization())?;
        Ok(Self {
            realm: request.match_info().get("realm").unwrap_or_default().to_owned(),
            token: token.ok_or_else(Problem::no_access_token)?,
            origin: Origin { door: Door::Vault, address: client_address(request, state) },
            id: path_id(request, "source")?,
            request_id: id_of(request),
        })
    }

    pub fn act(&self, realm: &RealmLabel) -> Act {
        Act {
            address: Some(self.origin.address.to_string()),
            request_id: self.request_id.clone(),
            ..Act::local(realm.clone(), Caller::Client)
        }
    }

    /// Decides on a state whose lease holds.
    pub fn recognized<T>(
        &self,
        state: &AppState,
        decide: impl FnOnce(Bearer) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let decided = state.issuer.recognize_and(&self.realm, &self.token, self.origin, decide);
        decided.map_err(|refusal| match refusal {
            Refusal::TooManyFailures { retry_after } => Problem::too_many_failures(retry_after.as_secs() + 1),
            Refusal::RealmSuspended => Problem::forbidden(refusal.to_string()),
            Refusal::Unavailable => Problem::unavailable(refusal.to_string()),
            _ => Problem::invalid_token(),
        })?
    }
}

/// Answers a request of a pipeline. `work` may block.
pub async fn for_pipeline(
    request: HttpRequest,
    state: Data<AppState>,
    work: impl FnOnce(&AppState, &Asked, &RealmLabel, &Pipeline) -> Result<Vec<u8>, Problem> + Send + 'static,
) -> HttpResponse {
    let (instance, realm) = (request.path(), request.match_info().get("realm").unwrap_or_default());
    let asked = match Asked::of(&request, &state) {
        Ok(asked) => asked,
        Err(problem) => return problem.answer(instance, realm),
    };
    let shared: Arc<AppState> = state.clone().into_inner();
    let (mut by, done) = match web::block(move || answered(&shared, &asked, work)).await {
        Ok(answered) => answered,
        Err(_) => return Problem::unavailable("the server is stopping").answer(instance, realm),
    };
    let body = match done {
        Ok(body) => body,
        Err(problem) => {
            if let Some((label, actor)) = by.take().filter(|_| problem.is_forbidden()) {
                note_denied(&request, &state, &label, actor);
            }
            return problem.answer(instance, realm);
        }
    };
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).content_type("application/json").body(body)
}

/// Who asked, as far as that is known, and the answer.
fn answered(
    state: &AppState,
    asked: &Asked,
    work: impl FnOnce(&AppState, &Asked, &RealmLabel, &Pipeline) -> Result<Vec<u8>, Problem>,
) -> (Option<By>, Result<Vec<u8>, Problem>) {
    let known = asked.recognized(state, |bearer| {
        let by = (bearer.realm.record.label.clone(), actor_of(&bearer));
        Ok((by, pipeline(&bearer)))
    });
    match known {
        Err(problem) => (None, Err(problem)),
        Ok((by, pipeline)) => {
            let done = pipeline.and_then(|pipeline| work(state, asked, &by.0, &pipeline));
            (Some(by), done)
        }
    }
}

fn actor_of(bearer: &Bearer) -> Actor {
    match &bearer.kind {
        BearerKind::MemberToken { member, .. } => Actor::member(member.id, member.email.to_string()),
        _ => Actor::client(bearer.client_id, pipeline_of(bearer).name),
    }
}

fn pipeline(bearer: &Bearer) -> Result<Pipeline, Problem> {
    if !matches!(bearer.kind, BearerKind::ServiceCredential(_)) {
        return Err(Problem::forbidden(format!(
            "a token of kind {} cannot use a source: use an access token of a service credential",
            bearer.kind.as_str()
        )));
    }
    // Otherwise a resource server could use sources with the tokens that it receives.
    if bearer.audience != *bearer.realm.issuer {
        return Err(Problem::forbidden(format!(
            "the token is for {} alone: request one without resource or audience",
            bearer.audience
        )));
    }
    Ok(pipeline_of(bearer))
}

pub fn pipeline_of(bearer: &Bearer) -> Pipeline {
    Pipeline {
        client: bearer.client_id,
        name: bearer.realm.name_of_client(bearer.client_id.for_lookup()),
        scopes: bearer.scopes.clone(),
    }
}
