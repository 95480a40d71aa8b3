//! `/audit-events`.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_contract::Position;

use super::caller::administer;
use super::listing::Page;
use crate::administration::list_audit_events;
use crate::http::AppState;

/// The newest first.
pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let page = Page::of(&request);
    administer(request, state, move |state, act| {
        let page = page?;
        let before = page.cursor::<u64>()?.map(Position::new);
        let events = list_audit_events(&state.administration, act, before, page.asked())?;
        page.answer(&events, |event| event.position.to_string())
    })
    .await
}
