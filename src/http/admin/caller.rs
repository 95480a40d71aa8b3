//! Authentication of administration API callers by their token.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ETAG, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::FieldError;
use claviger_contract::RealmLabel;

use crate::administration::denied_actor;
use crate::http::admin::needed_scopes::needed_scope;
use crate::http::admin::outcome::Outcome;
use crate::http::admin::problem::Problem;
use crate::http::client_address::client_address;
use crate::http::observe::id_of;
use crate::http::openapi::DRY_RUN_PARAMETER;
use crate::http::presented_token::presented_token;
use crate::http::state::AppState;
use crate::issuance::{BearerKind, Origin, Refusal, client_of};
use crate::ledger::{Act, Caller};
use claviger_domain::{Actor, AdminScopes, Attempt, Door, MemberTokenKind, TagList, WaitedFor};

/// A member with a personal access token, or a service credential with a token for this API.
fn act(request: &HttpRequest, state: &AppState) -> Result<Act, Problem> {
    let token = presented_token(request)
        .map_err(|_| Problem::malformed_authorization())?
        .ok_or_else(Problem::not_signed_in)?;
    let address = client_address(request, state);
    let realm = request.match_info().get("realm").unwrap_or_default();
    let origin = Origin { door: Door::Administration, address };
    let bearer = state.issuer.recognize(realm, &token, origin).map_err(|refusal| refused(&refusal))?;
    let caller = match &bearer.kind {
        BearerKind::MemberToken { token, member } if token.kind == MemberTokenKind::PersonalAccessToken => {
            Caller::Member { member: member.id, token: token.id }
        }
        BearerKind::ServiceCredential(token) if bearer.audience == *bearer.realm.administration => {
            let route = route(request);
            let needs = needed_scope(request.method().as_str(), &route);
            let id = client_of(token).for_lookup();
            let presented = AdminScopes::among(&bearer.scopes);
            let Some(needs) = needs else {
                let name = bearer.realm.name_of_client(client_of(token));
                note_denied(
                    request,
                    state,
                    &bearer.realm.record.label,
                    Actor::client(bearer.client_id, name),
                );
                return Err(Problem::forbidden("a service credential can never call this operation"));
            };
            Caller::Credential { id, needs, presented }
        }
        kind => {
            let name = kind.as_str().to_owned();
            let actor = Actor::client(bearer.client_id, name);
            note_denied(request, state, &bearer.realm.record.label, actor);
            return Err(Problem::forbidden(format!(
                "a token of kind {} cannot use the administration API: use a personal access token",
                kind.as_str()
            )));
        }
    };
    Ok(Act {
        address: Some(address.to_string()),
        request_id: id_of(request),
        if_match: header(request, IF_MATCH)?,
        attempt: header(request, IDEMPOTENCY_KEY)?.map(|key| Attempt { operation: operation(request), key }),
        ..Act::local(bearer.realm.record.label.clone(), caller)
    })
}

/// What the issuer refused.
pub fn refused(refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::TooManyFailures { retry_after } => Problem::too_many_failures(retry_after.as_secs() + 1),
        Refusal::RealmSuspended => Problem::forbidden(refusal.to_string()),
        Refusal::Unavailable => Problem::unavailable(refusal.to_string()),
        _ => Problem::invalid_token(),
    }
}

/// The path of the operation below the realm, as described.
fn route(request: &HttpRequest) -> String {
    let route = request.match_pattern().unwrap_or_default();
    route.strip_prefix("/api/v1/realms/{realm}").unwrap_or(&route).to_owned()
}

/// Recorded by route, because the rest of a path may be arbitrary text.
pub fn note_denied(request: &HttpRequest, state: &AppState, realm: &RealmLabel, actor: Actor) {
    let route = route(request);
    let path = request.path();
    let path = path.strip_prefix(&format!("/api/v1/realms/{realm}")).unwrap_or(path);
    let operation = format!("{} {route}", request.method());
    state.issuer.note_denied(realm, actor, operation, path, client_address(request, state));
}

/// An optional header, allowed once, that must parse as `T`.
fn header<T: FromStr<Err: Display>>(request: &HttpRequest, name: HeaderName) -> Result<Option<T>, Problem> {
    let mut values = request.headers().get_all(&name);
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().ok().filter(|_| values.next().is_none());
    let text = text.ok_or_else(|| Problem::malformed(format!("{name} must appear once and be ASCII")))?;
    let parsed = text.parse().map_err(|error| Problem::malformed(format!("{name} must be {error}")));
    parsed.map(Some)
}

/// `?wait=` and `?dry_run=` of an act.
struct How {
    dry_run: bool,
    waited_for: WaitedFor,
}

fn how(request: &HttpRequest) -> Result<How, Problem> {
    if request.method().is_safe() {
        return Ok(How { dry_run: false, waited_for: WaitedFor::Verifiers });
    }
    let (mut dry_run, mut nodes_only, mut errors) = (false, None, Vec::new());
    for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()) {
        match &*name {
            "wait" => match WaitedFor::find(&value) {
                // Of several, the one that waits longer counts.
                Some(whom) => nodes_only = Some(whom == WaitedFor::Nodes && nodes_only != Some(false)),
                None => errors.push(FieldError::new("wait", "must be nodes or verifiers")),
            },
            DRY_RUN_PARAMETER => match value.parse::<bool>() {
                // Of several, none is overlooked.
                Ok(is) => dry_run |= is,
                Err(_) => errors.push(FieldError::new(DRY_RUN_PARAMETER, "must be true or false")),
            },
            _ => {}
        }
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let waited_for = if nodes_only == Some(true) { WaitedFor::Nodes } else { WaitedFor::Verifiers };
    Ok(How { dry_run, waited_for })
}

fn operation(request: &HttpRequest) -> String {
    format!("{} {}", request.method(), request.path())
}

/// The refusal of an unauthorized caller, for requests whose body should be read only after this check.
pub fn refused_caller(request: &HttpRequest, state: &AppState) -> Option<HttpResponse> {
    let realm = request.match_info().get("realm").unwrap_or_default();
    act(request, state).err().map(|problem| problem.answer(request.path(), realm))
}

/// Authenticates the caller, runs the work on a thread that may block, and converts its outcome into a response.
pub async fn administer(
    request: HttpRequest,
    state: Data<AppState>,
    work: impl FnOnce(&AppState, &Act) -> Result<Outcome, Problem> + Send + 'static,
) -> HttpResponse {
    administer_or_try(request, state, move |state, act| {
        refuse_dry_run(act.dry_run)?;
        work(state, act)
    })
    .await
}

/// For an operation without a caller that takes nothing away.
pub fn ensure_no_dry_run(request: &HttpRequest) -> Result<(), Problem> {
    how(request).and_then(|how| refuse_dry_run(how.dry_run))
}

fn refuse_dry_run(is_dry_run: bool) -> Result<(), Problem> {
    let detail = "is not supported by this operation, which takes nothing away";
    match is_dry_run {
        true => Err(Problem::invalid(vec![FieldError::new(DRY_RUN_PARAMETER, detail)])),
        false => Ok(()),
    }
}

/// As [`administer`], for an operation that answers through [`Outcome::edited`] or [`Outcome::ended`]: with
/// `?dry_run=true` it is decided only.
pub async fn administer_or_try(
    request: HttpRequest,
    state: Data<AppState>,
    work: impl FnOnce(&AppState, &Act) -> Result<Outcome, Problem> + Send + 'static,
) -> HttpResponse {
    let instance = request.path();
    let realm = request.match_info().get("realm").unwrap_or_default();
    let asked = act(&request, &state).and_then(|act| {
        let How { dry_run, waited_for } = how(&request)?;
        Ok(Act { dry_run, waited_for, ..act })
    });
    let act = match asked {
        Ok(act) => act,
        Err(problem) => return problem.answer(instance, realm),
    };
    let request_id = act.request_id.as_deref().unwrap_or_default();
    let span = tracing::info_span!("administer", request_id);
    let shared: Arc<AppState> = state.clone().into_inner();
    let (acting, label) = (act.clone(), act.realm.clone());
    let done = web::block(move || span.in_scope(|| work(&shared, &act))).await;
    if matches!(&done, Ok(Err(problem)) if problem.is_forbidden()) {
        let actor = denied_actor(&state.administration.ledger, &acting);
        note_denied(&request, &state, &label, actor);
    }
    let mut answer = match done {
        Ok(Ok(outcome)) => shown(&request, outcome).unwrap_or_else(|problem| problem.answer(instance, realm)),
        Ok(Err(problem)) => problem.answer(instance, realm),
        Err(_) => Problem::unavailable("the server is stopping").answer(instance, realm),
    };
    if !request.method().is_safe() {
        // The position that this node has applied, its own write included.
        let position = state.administration.ledger.latest().position.as_u64();
        answer.headers_mut().insert(POSITION, HeaderValue::from(position));
    }
    answer
}

/// The outcome, or 304 if the caller already has this state (RFC 9110 §13.1.2).
fn shown(request: &HttpRequest, outcome: Outcome) -> Result<HttpResponse, Problem> {
    let mut answer = HttpResponse::build(outcome.status);
    answer.insert_header((CACHE_CONTROL, "no-store"));
    if let Some(tag) = &outcome.tag {
        answer.insert_header((ETAG, tag.to_string()));
        let known: Option<TagList> = header(request, IF_NONE_MATCH)?;
        if request.method().is_safe() && known.is_some_and(|known| known.matches_weakly(tag)) {
            return Ok(answer.status(StatusCode::NOT_MODIFIED).finish());
        }
    }
    Ok(answer.content_type(outcome.media_type).body(outcome.body))
}

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const POSITION: HeaderName = HeaderName::from_static("claviger-position");
