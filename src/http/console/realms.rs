//! `/console/`: choosing a realm.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{ChooseRealmPage, RealmChoice, Site};

use crate::http::console::answer::Answer;
use crate::http::console::cookies;
use crate::http::console::request::Asked;
use crate::http::console::visit::{alone_frame, blocking, realm_name};
use crate::http::state::AppState;

/// Leads to the only realm, or to the one that was typed. Else shows those that this browser is signed in to: a list of
/// all would tell strangers who the tenants are.
pub async fn choose(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let known = cookies::realms_signed_in(&request, &state);
    blocking(Asked::of(&request, &state), state.into_inner(), move |asked, state| {
        Ok(answer(asked, state, &known)?)
    })
    .await
}

fn answer(
    asked: &Asked,
    state: &Arc<AppState>,
    known: &[String],
) -> Result<Answer, claviger_console::RenderFailed> {
    let snapshot = state.administration.ledger.latest();
    let typed = asked.parameter("realm").trim().to_lowercase();
    let mut labels = snapshot.realms().map(|realm| &realm.record.label);
    let only = labels.next().filter(|_| labels.next().is_none());
    if let Some(only) = only.filter(|_| typed.is_empty()) {
        return Ok(Answer::see_other(asked.site.realm(only.as_str()).overview()));
    }
    if !typed.is_empty() && snapshot.find_realm(&typed).is_some() {
        return Ok(Answer::see_other(asked.site.realm(&typed).overview()));
    }
    let choice = |site: &Site, label: &str| {
        let realm = snapshot.find_realm(label)?;
        Some(RealmChoice { links: site.realm(label), name: realm_name(&realm.record) })
    };
    let page = ChooseRealmPage {
        frame: alone_frame(asked, &asked.host),
        realms: known.iter().filter_map(|label| choice(&asked.site, label)).collect(),
        unknown: !typed.is_empty(),
        typed,
    };
    let status = if page.unknown { StatusCode::NOT_FOUND } else { StatusCode::OK };
    Answer::page_with(status, &page, None)
}
