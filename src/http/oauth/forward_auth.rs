//! `/realms/{realm}/forward-auth`: authorizes a proxy's request and identifies its sender.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::http::client_address::{client_address, is_trusted_peer};
use crate::http::forward_auth::{Caller, Check, Refused};
use crate::http::state::AppState;
use crate::issuance::{Bearer, Origin, Refusal};
use claviger_domain::Door;

pub async fn forward_auth(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let check = Check::of(&request, |_| Ok(()));
    match recognize(&check, &request, &state) {
        Ok(bearer) => check.answer(&caller(&bearer), is_trusted_peer(&request, &state)),
        Err(refused) => check.refuse(&refused),
    }
}

fn recognize(check: &Check<'_>, request: &HttpRequest, state: &AppState) -> Result<Bearer, Refused> {
    let presented = check.presented()?;
    let origin = Origin { door: Door::ForwardAuth, address: client_address(request, state) };
    state.issuer.recognize(check.realm, &presented, origin).map_err(|refusal| match refusal {
        Refusal::TooManyFailures { retry_after } => {
            Refused::Unauthorized { error: "invalid_token", retry_after: Some(retry_after.as_secs() + 1) }
        }
        Refusal::Unavailable => Refused::Undecided { retry_after: 1 },
        _ => Refused::INVALID_TOKEN,
    })
}

fn caller(bearer: &Bearer) -> Caller<'_> {
    Caller {
        client_id: bearer.client_id.to_string(),
        subject: bearer.subject.to_string(),
        realm: &bearer.realm.record.label,
        audience: Some(bearer.audience.as_str()).filter(|audience| *audience != &*bearer.realm.issuer),
        scopes: &bearer.scopes,
        kind: bearer.kind.as_str(),
    }
}
