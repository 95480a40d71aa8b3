//! Adding groups and resources to one credential, and changing the actions on its resources.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{CredentialEdit, CredentialView};
use claviger_console::{AccessTarget, ActionMatrixPage, GroupPickerPage, ResourcePickerPage, text};

use crate::http::console::answer::Answer;
use crate::http::console::record::{act_on, show_form};
use crate::http::console::service_credentials::draft::grant;
use crate::http::console::service_credentials::edit::{edit, etag};
use crate::http::console::service_credentials::found::ENTRY;
use crate::http::console::service_credentials::pickers::{pickable_groups, pickable_resources, rows};
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::http::state::AppState;
use claviger_domain::{Name, ResourceGrant};

pub async fn pick_groups(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view: CredentialView| {
        visit.ensure_recent()?;
        let mut groups = pickable_groups(visit, &parameters(visit, "groups"));
        groups.retain(|group| !view.groups.iter().any(|has| *has.as_str() == group.name));
        visit.answer(&GroupPickerPage { frame: visit.frame(Some(ENTRY)), target: target(&view), groups })
    })
    .await
}

pub async fn add_groups(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, form, view: CredentialView| {
        let chosen: Vec<&str> = form.values("groups").collect();
        let links = visit.links();
        let again = chosen
            .iter()
            .fold(links.add_groups(&view.id.to_string()), |address, name| address.with("groups", name));
        visit.ensure_recent_or(&again)?;
        let added: Result<Vec<Name>, _> = chosen.iter().map(|name| name.parse::<Name>()).collect();
        let added = added.map_err(|_| Stop::Malformed)?;
        if added.is_empty() {
            return Ok(Answer::see_other(links.service_credential(&view.id.to_string())));
        }
        let were = if let [_] = added[..] { "was added. Its" } else { "were added. Their" };
        let done = format!("{} {were} scopes come with the next token.", text::listed(&chosen));
        let groups = view.groups.iter().cloned().chain(added).collect();
        edit(visit, form, &view, CredentialEdit { groups: Some(groups), resources: None }, &done)
    })
    .await
}

pub async fn pick_resources(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view: CredentialView| {
        visit.ensure_recent()?;
        resource_picker(visit, &view, false)
    })
    .await
}

/// The matrix of the chosen resources; without one, the picker again.
pub async fn pick_actions(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view: CredentialView| {
        let resources = parameters(visit, "resource");
        if resources.is_empty() {
            return resource_picker(visit, &view, true);
        }
        let mut ticked = granted(&view);
        ticked.extend(parameters(visit, "grant"));
        visit.answer(&matrix(visit, &view, resources, &ticked, false))
    })
    .await
}

/// Replaces the actions on the resources that the form names.
pub async fn set_actions(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, form, view: CredentialView| {
        let resources: Vec<String> = form.values("resource").map(str::to_owned).collect();
        let ticked: Vec<String> = form.values("grant").map(str::to_owned).collect();
        if resources.is_empty() {
            return Ok(Answer::see_other(visit.links().add_resources(&view.id.to_string())));
        }
        let Some(chosen) = chosen_grants(&resources, &ticked) else {
            let page = matrix(visit, &view, resources, &ticked, true);
            return Ok(Answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page, None)?);
        };
        let had = granted(&view);
        if ticked.iter().any(|grant| !had.contains(grant)) {
            ensure_recent(visit, &view, &resources, &ticked)?;
        }
        let kept = view.resources.iter().filter(|grant| !resources.contains(&grant.resource.to_string()));
        let grants = kept.cloned().chain(chosen).collect();
        let done = format!(
            "Access to {} was changed. New actions come with the next token.",
            text::listed(&resources)
        );
        edit(visit, form, &view, CredentialEdit { groups: None, resources: Some(grants) }, &done)
    })
    .await
}

/// Comes back to the matrix with these ticks.
fn ensure_recent(
    visit: &Visit,
    view: &CredentialView,
    resources: &[String],
    ticked: &[String],
) -> Result<(), Stop> {
    let matrix = visit.links().edit_actions(&view.id.to_string());
    let matrix = resources.iter().fold(matrix, |address, name| address.with("resource", name));
    visit.ensure_recent_or(&ticked.iter().fold(matrix, |address, grant| address.with("grant", grant)))
}

/// `None` if a resource has no action, or an action is of none of them.
fn chosen_grants(resources: &[String], ticked: &[String]) -> Option<Vec<ResourceGrant>> {
    let mut grants = Vec::new();
    for text in ticked {
        let (resource, action) = grant(text)?;
        resources.contains(&resource.to_string()).then_some(())?;
        grants.push(ResourceGrant { resource, actions: vec![action] });
    }
    let grants = ResourceGrant::normalize(grants);
    let has_action = |name: &String| grants.iter().any(|grant| grant.resource.to_string() == *name);
    resources.iter().all(has_action).then_some(grants)
}

fn resource_picker(visit: &Visit, view: &CredentialView, none_chosen: bool) -> Result<Answer, Stop> {
    let mut resources = pickable_resources(visit, &parameters(visit, "resource"));
    resources.retain(|one| !view.resources.iter().any(|has| has.resource.to_string() == one.resource));
    let target = target(view);
    visit.answer(&ResourcePickerPage { frame: visit.frame(Some(ENTRY)), target, resources, none_chosen })
}

fn matrix(
    visit: &Visit,
    view: &CredentialView,
    resources: Vec<String>,
    ticked: &[String],
    sent: bool,
) -> ActionMatrixPage {
    let rows = rows(visit, resources, ticked);
    ActionMatrixPage { frame: visit.frame(Some(ENTRY)), target: target(view), rows, sent }
}

fn target(view: &CredentialView) -> AccessTarget {
    AccessTarget::Existing { id: view.id.to_string(), name: view.name.to_string(), etag: etag(view) }
}

/// `type/name:action` each.
pub fn granted(view: &CredentialView) -> Vec<String> {
    let granted = view
        .resources
        .iter()
        .flat_map(|grant| grant.actions.iter().map(move |action| format!("{}:{action}", grant.resource)));
    granted.collect()
}

fn parameters(visit: &Visit, name: &str) -> Vec<String> {
    let named = visit.asked.query.iter().filter(|(known, _)| known == name);
    named.map(|(_, value)| value.clone()).collect()
}
