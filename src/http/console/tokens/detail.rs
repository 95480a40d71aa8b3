//! One of them.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{TokenKind, TokenPage};

use crate::http::console::tokens::item::find;
use crate::http::console::tokens::kind::{ensure_opens, path_kind};
use crate::http::console::trail::newest_lines;
use crate::http::console::visit::show;
use crate::http::state::AppState;
use claviger_domain::TargetKind;

pub async fn detail(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let kind = path_kind(&request);
    let id = request.match_info().get("id").unwrap_or_default().to_owned();
    show(request, state, move |visit| {
        let kind = kind?;
        ensure_opens(visit, kind)?;
        let item = find(visit, kind, &id)?;
        let page = TokenPage {
            frame: visit.frame(kind.entry()),
            kind,
            title: item.title().to_owned(),
            description: if kind.is_client() { item.description.clone() } else { String::new() },
            owner: item.owner.clone(),
            revocable: item.is_revocable(visit),
            editable: item.is_editable(visit, kind),
            renewable: item.is_renewable(visit, kind),
            lifecycle: item.lifecycle(),
            ended_with_realm: item.ended_with_realm(),
            scopes: item.held_scopes(visit),
            events: newest_lines(visit, target(kind), &item.id, "it")?,
            id: item.id,
        };
        visit.answer(&page)
    })
    .await
}

const fn target(kind: TokenKind) -> TargetKind {
    match kind {
        TokenKind::Api => TargetKind::ApiToken,
        TokenKind::Personal => TargetKind::PersonalAccessToken,
        TokenKind::Application => TargetKind::ApplicationCredential,
    }
}
