//! `/console/{realm}/find`: what the field at the top looks for. One exact hit opens at once.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{Address, Entry};

use crate::http::console::answer::Answer;
use crate::http::console::visit::{Visit, show};
use crate::http::state::AppState;
use claviger_domain::{Name, ServiceCredentialId};

/// Service credentials and members by their whole name or id; else the list of credentials, searched.
pub async fn find(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        let text = visit.asked.parameter("q").trim().to_owned();
        let reads = Entry::ServiceCredentials.opens_for(&visit.role());
        let links = visit.links();
        let address = match exact(visit, &text).filter(|_| reads) {
            Some(address) => address,
            None if reads => links.service_credentials().with("q", &text),
            None => links.api_tokens().with("q", &text),
        };
        Ok(Answer::see_other(address))
    })
    .await
}

fn exact(visit: &Visit, text: &str) -> Option<Address> {
    let (realm, links) = (&visit.session.realm, visit.links());
    let by_id = text.parse::<ServiceCredentialId>().ok().filter(|id| realm.credentials.contains_key(id));
    let by_name = || text.parse::<Name>().ok().and_then(|name| realm.live_names.get(&name).copied());
    if let Some(id) = by_id.or_else(by_name) {
        return Some(links.service_credential(&id.to_string()));
    }
    let member = realm.find_member_by_email(text)?;
    Some(links.member(&member.id.to_string()))
}
