//! Revoking one. It never asks for a recent sign-in.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{Address, RevokeTokenPage, TokenKind};

use crate::administration::{revoke_application_credential, revoke_member_token};
use crate::http::console::answer::Answer;
use crate::http::console::done::settle_and_go_on;
use crate::http::console::stop::Stop;
use crate::http::console::tokens::item::{Item, find, member_token_kind, parsed};
use crate::http::console::tokens::kind::{ensure_opens, path_kind, stop, title_or_kind};
use crate::http::console::visit::{Visit, act, show};
use crate::http::state::AppState;
use claviger_domain::Status;

pub async fn ask(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let kind = path_kind(&request);
    let id = request.match_info().get("id").unwrap_or_default().to_owned();
    show(request, state, move |visit| {
        let kind = kind?;
        ensure_opens(visit, kind)?;
        let item = find(visit, kind, &id)?;
        if !item.is_revocable(visit) {
            return Ok(Answer::see_other(page_of(visit, kind, &item)));
        }
        let page = RevokeTokenPage {
            frame: visit.frame(kind.entry()),
            kind,
            title: item.title().to_owned(),
            owner: item.owner,
            last_used_at: item.last_used_at,
            id: item.id,
        };
        visit.answer(&page)
    })
    .await
}

pub async fn revoke(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let kind = path_kind(&request);
    let id = request.match_info().get("id").unwrap_or_default().to_owned();
    act(request, payload, state, move |visit, _| {
        let kind = kind?;
        ensure_opens(visit, kind)?;
        revoked(visit, kind, &find(visit, kind, &id)?)
    })
    .await
}

fn revoked(visit: &Visit, kind: TokenKind, item: &Item) -> Result<Answer, Stop> {
    let (administration, act) = (&visit.state.administration, visit.act());
    let address = page_of(visit, kind, item);
    let title = title_or_kind(kind, item.title());
    let again = if item.status == Status::Revoked { "was already revoked" } else { "was revoked" };
    let done = format!("{title} {again}.");
    match member_token_kind(kind) {
        Some(known) => {
            let ended = revoke_member_token(administration, &act, known, parsed(&item.id)?);
            let ended = ended.map_err(|error| stop(kind, error))?;
            Ok(settle_and_go_on(visit, ended, address, &done, ""))
        }
        None => {
            let ended = revoke_application_credential(administration, &act, parsed(&item.id)?);
            let ended = ended.map_err(|error| stop(kind, error))?;
            Ok(settle_and_go_on(visit, ended, address, &done, ""))
        }
    }
}

fn page_of(visit: &Visit, kind: TokenKind, item: &Item) -> Address {
    visit.links().token(&kind, &item.id)
}
