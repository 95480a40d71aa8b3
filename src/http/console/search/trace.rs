//! `/console/{realm}/trace`: whose a leaked secret is. It is in no address, and in no answer.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{Address, Entry, TokenKind, TracePage, TraceResult, TracedLine};

use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act, show};
use crate::http::state::AppState;
use crate::http::traced::{NotTraced, find_traced};
use crate::issuance::Traced;
use claviger_domain::{Status, TracedKind};

const ENTRY: Entry = Entry::ServiceCredentials;

pub async fn ask(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_changes(ENTRY)?;
        visit.answer(&page(visit, None))
    })
    .await
}

pub async fn trace(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, |visit, form| {
        visit.ensure_changes(ENTRY)?;
        let text = form.text("secret").trim();
        let found = find_traced(&visit.state, &visit.act(), text).map_err(|not| match not {
            NotTraced::Denied(error) => Stop::of(error, ENTRY),
            NotTraced::Refused(refusal) => refusal.into(),
        })?;
        let result = found.map_or(TraceResult::Unknown, |found| {
            let line = line(visit, found);
            TraceResult::Found(Box::new(line))
        });
        visit.answer(&page(visit, Some(result)))
    })
    .await
}

fn page(visit: &Visit, result: Option<TraceResult>) -> TracePage {
    TracePage { frame: visit.frame(None), result }
}

fn line(visit: &Visit, found: Traced) -> TracedLine {
    let page = page_of(visit, &found);
    let command = matches!(found.kind, TracedKind::RegistryToken)
        .then(|| format!("claviger registry-token revoke {}", found.id));
    TracedLine {
        kind: found.kind,
        name: found.name,
        owner: found.owner.map(|owner| owner.to_string()),
        status: found.status,
        id: found.id,
        page,
        command,
    }
}

/// Where it is revoked, or where its end is shown.
fn page_of(visit: &Visit, found: &Traced) -> Option<(&'static str, Address)> {
    let (links, id) = (visit.links(), found.id.as_str());
    let of_token = |kind| ("Revoke", links.revoke_token(&kind, id), links.token(&kind, id));
    let (ends, ending, shown) = match (found.kind, &found.owner) {
        (TracedKind::ServiceCredential, _) | (TracedKind::AccessToken, None) => {
            ("Revoke", links.revoke_service_credential(id), links.service_credential(id))
        }
        (TracedKind::ApiToken, _) => of_token(TokenKind::Api),
        (TracedKind::PersonalAccessToken, _) => of_token(TokenKind::Personal),
        (TracedKind::ApplicationCredential | TracedKind::RefreshToken | TracedKind::AccessToken, _) => {
            of_token(TokenKind::Application)
        }
        // Its key ends with a successor.
        (TracedKind::ResourceServer, _) => {
            ("Renew", links.renew_resource_server(id), links.resource_server(id))
        }
        (TracedKind::RegistryToken, _) => return None,
    };
    Some(match found.status {
        Status::Active => (ends, ending),
        Status::Expired | Status::Revoked => ("Look", shown),
    })
}
