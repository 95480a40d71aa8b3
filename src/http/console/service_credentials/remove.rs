//! Removing a group or a resource from one credential. It never asks for a recent sign-in.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{CredentialEdit, CredentialView};
use claviger_console::{RemoveGrantPage, RemovedGrant};

use crate::http::console::answer::Answer;
use crate::http::console::record::{act_on, show_form};
use crate::http::console::service_credentials::edit::{edit, etag};
use crate::http::console::service_credentials::found::{ENTRY, usage};
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::http::state::AppState;
use claviger_domain::{Name, ResourceGrant, effective_scopes};

pub async fn ask_group(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view| ask(visit, &view, RemovedGrant::Group(parameter(visit, "group"))))
        .await
}

pub async fn ask_resource(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view| {
        ask(visit, &view, RemovedGrant::Resource(parameter(visit, "resource")))
    })
    .await
}

pub async fn group(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, form, view: CredentialView| {
        let name = parameter(visit, "group");
        let (groups, _) = rest(&view, &RemovedGrant::Group(name.clone()));
        let change = CredentialEdit { groups: Some(groups), resources: None };
        edit(visit, form, &view, change, &format!("{name} was removed."))
    })
    .await
}

pub async fn resource(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, form, view: CredentialView| {
        let name = parameter(visit, "resource");
        let (_, resources) = rest(&view, &RemovedGrant::Resource(name.clone()));
        let change = CredentialEdit { groups: None, resources: Some(resources) };
        edit(visit, form, &view, change, &format!("{name} was removed."))
    })
    .await
}

fn parameter(visit: &Visit, name: &str) -> String {
    visit.asked.parameter(name).to_owned()
}

fn ask(visit: &Visit, view: &CredentialView, what: RemovedGrant) -> Result<Answer, Stop> {
    let (groups, resources) = rest(view, &what);
    if groups.len() == view.groups.len() && resources.len() == view.resources.len() {
        return Err(Stop::NotFound);
    }
    let known = groups.iter().filter_map(|name| visit.session.realm.groups.get(name));
    let left = effective_scopes(known.map(|group| &**group), &resources);
    let lost = view.effective_scopes.iter().filter(|effective| !left.covers(&effective.scope));
    let page = RemoveGrantPage {
        frame: visit.frame(Some(ENTRY)),
        id: view.id.to_string(),
        credential: view.name.to_string(),
        what,
        lost: lost.map(|effective| effective.scope.to_string()).collect(),
        tokens_alive: usage(visit, view).ok().and_then(|usage| usage.tokens_alive),
        etag: etag(view),
    };
    visit.answer(&page)
}

/// What it keeps.
fn rest(view: &CredentialView, what: &RemovedGrant) -> (Vec<Name>, Vec<ResourceGrant>) {
    let (mut groups, mut resources) = (view.groups.clone(), view.resources.clone());
    match what {
        RemovedGrant::Group(removed) => groups.retain(|name| name.as_str() != removed),
        RemovedGrant::Resource(removed) => {
            resources.retain(|grant| grant.resource.to_string() != *removed);
        }
    }
    (groups, resources)
}
