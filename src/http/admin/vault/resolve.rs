//! `/sources/{id}/resolve`: for pipelines, by the token of a service credential. People never get secrets back.

use std::sync::Arc;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{self, Data, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::ResolvedSource;

use crate::administration::{Pipeline, may_resolve, resolve_source};
use crate::http::admin::caller::note_denied;
use crate::http::admin::path::path_id;
use crate::http::admin::problem::Problem;
use crate::http::client_address::client_address;
use crate::http::observe::id_of;
use crate::http::openapi::{Operation, Who};
use crate::http::presented_token::presented_token;
use crate::http::state::AppState;
use crate::issuance::{Bearer, BearerKind, Origin, Refusal};
use crate::ledger::{Act, Caller};
use claviger_contract::{PresentedToken, RealmLabel};
use claviger_domain::{Actor, Door, SourceId};

pub fn operations() -> Vec<Operation> {
    vec![
        Operation::new("post", "/sources/{id}/resolve", "resolveSource", Who::Bearer, || post().to(resolve))
            .says("Get what a pipeline needs to call the provider of a source")
            .more(
                "By an access token of a service credential for the whole realm, with the scope \
                 `vault/{slug}:use` of the source's credential, or `vault:use`. Each answer is in the audit trail.",
            )
            .refuses(&[409])
            .replies::<ResolvedSource>(),
    ]
}

/// The realm, and who asks.
type By = (RealmLabel, Actor);

/// Everything that a request tells.
struct Asked {
    realm: String,
    token: PresentedToken,
    origin: Origin,
    id: SourceId,
    request_id: Option<String>,
}

pub async fn resolve(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let (instance, realm) = (request.path(), request.match_info().get("realm").unwrap_or_default());
    let asked = match asked(&request, &state) {
        Ok(asked) => asked,
        Err(problem) => return problem.answer(instance, realm),
    };
    let shared: Arc<AppState> = state.clone().into_inner();
    let (mut by, done) = match web::block(move || answered(&shared, &asked)).await {
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

fn asked(request: &HttpRequest, state: &AppState) -> Result<Asked, Problem> {
    let token = presented_token(request).map_err(|_| Problem::malformed_authorization())?;
    Ok(Asked {
        realm: request.match_info().get("realm").unwrap_or_default().to_owned(),
        token: token.ok_or_else(Problem::no_access_token)?,
        origin: Origin { door: Door::Vault, address: client_address(request, state) },
        id: path_id(request, "source")?,
        request_id: id_of(request),
    })
}

/// Who asked, as far as that is known, and the answer.
fn answered(state: &AppState, asked: &Asked) -> (Option<By>, Result<Vec<u8>, Problem>) {
    let known = recognized(state, asked, |bearer| {
        let by = (bearer.realm.record.label.clone(), actor_of(&bearer));
        Ok((by, pipeline(&bearer)))
    });
    match known {
        Err(problem) => (None, Err(problem)),
        Ok((by, pipeline)) => {
            let done = pipeline.and_then(|pipeline| resolved(state, asked, &by.0, &pipeline));
            (Some(by), done)
        }
    }
}

fn resolved(
    state: &AppState,
    asked: &Asked,
    realm: &RealmLabel,
    pipeline: &Pipeline,
) -> Result<Vec<u8>, Problem> {
    let act = Act {
        address: Some(asked.origin.address.to_string()),
        request_id: asked.request_id.clone(),
        ..Act::local(realm.clone(), Caller::Client)
    };
    let resolved = resolve_source(&state.administration, &act, pipeline, asked.id)?;
    let now = state.issuer.now();
    // A deletion or an edit that was answered meanwhile is applied by this server, or it has no lease.
    recognized(state, asked, |bearer| {
        let still = may_resolve(&bearer.realm, &pipeline_of(&bearer), asked.id, now)?;
        match still.is_version(resolved.source_credential_id, resolved.version) {
            true => Ok(()),
            false => Err(Problem::unavailable("the source was edited: retry")),
        }
    })?;
    serde_json::to_vec(&resolved).map_err(|error| Problem::unavailable(error.to_string()))
}

fn actor_of(bearer: &Bearer) -> Actor {
    match &bearer.kind {
        BearerKind::MemberToken { member, .. } => Actor::member(member.id, member.email.to_string()),
        _ => Actor::client(bearer.client_id, pipeline_of(bearer).name),
    }
}

fn recognized<T>(
    state: &AppState,
    asked: &Asked,
    decide: impl FnOnce(Bearer) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let decided = state.issuer.recognize_and(&asked.realm, &asked.token, asked.origin, decide);
    decided.map_err(|refusal| match refusal {
        Refusal::TooManyFailures { retry_after } => Problem::too_many_failures(retry_after.as_secs() + 1),
        Refusal::RealmSuspended => Problem::forbidden(refusal.to_string()),
        Refusal::Unavailable => Problem::unavailable(refusal.to_string()),
        _ => Problem::invalid_token(),
    })?
}

fn pipeline(bearer: &Bearer) -> Result<Pipeline, Problem> {
    if !matches!(bearer.kind, BearerKind::ServiceCredential(_)) {
        return Err(Problem::forbidden(format!(
            "a token of kind {} cannot resolve a source: use an access token of a service credential",
            bearer.kind.as_str()
        )));
    }
    // Otherwise a resource server could resolve with the tokens that it receives.
    if bearer.audience != *bearer.realm.issuer {
        return Err(Problem::forbidden(format!(
            "the token is for {} alone: request one without resource or audience",
            bearer.audience
        )));
    }
    Ok(pipeline_of(bearer))
}

fn pipeline_of(bearer: &Bearer) -> Pipeline {
    Pipeline {
        client: bearer.client_id,
        name: bearer.realm.name_of_client(bearer.client_id.for_lookup()),
        scopes: bearer.scopes.clone(),
    }
}
