//! Pickers of the wizard: groups, resources, and the actions on them.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{
    AccessTarget, ActionMatrixPage, Draft, Entry, GroupPickerPage, MatrixRow, OfferedAction, PickableGroup,
    PickableResource, ResourcePickerPage,
};

use crate::http::console::answer::Answer;
use crate::http::console::service_credentials::draft::{begin, holds_action, holds_group};
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, show};
use crate::http::state::AppState;
use claviger_domain::{Resource, ResourceName, explain_scopes};

const ENTRY: Entry = Entry::ServiceCredentials;

pub async fn groups(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        let draft = begin(visit)?;
        let groups = pickable_groups(visit, &draft.groups);
        let target = AccessTarget::New(Box::new(draft));
        visit.answer(&GroupPickerPage { frame: visit.frame(Some(ENTRY)), target, groups })
    })
    .await
}

/// Those whose scopes the member holds.
pub fn pickable_groups(visit: &Visit, chosen: &[String]) -> Vec<PickableGroup> {
    let held = visit.session.realm.groups.values().filter(|group| holds_group(visit, group));
    let groups = held.map(|group| PickableGroup {
        name: group.name.to_string(),
        description: group.description.to_string(),
        scopes: explain_scopes([&**group], &[]).iter().map(|one| one.scope.to_string()).collect(),
        chosen: chosen.contains(&group.name.to_string()),
    });
    groups.collect()
}

pub async fn resources(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| resource_picker(visit, begin(visit)?, false)).await
}

/// The matrix of the chosen resources; without one, the picker again.
pub async fn actions(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        let draft = begin(visit)?;
        match draft.resources.is_empty() && draft.grants.is_empty() {
            true => resource_picker(visit, draft, true),
            false => matrix(visit, draft, false),
        }
    })
    .await
}

fn resource_picker(visit: &Visit, draft: Draft, none_chosen: bool) -> Result<Answer, Stop> {
    let resources = pickable_resources(visit, &chosen(&draft));
    let target = AccessTarget::New(Box::new(draft));
    visit.answer(&ResourcePickerPage { frame: visit.frame(Some(ENTRY)), target, resources, none_chosen })
}

/// Those of which the member holds an action.
pub fn pickable_resources(visit: &Visit, chosen: &[String]) -> Vec<PickableResource> {
    let offered = visit.session.realm.resources.values().filter_map(|resource| {
        let actions = held_actions(visit, resource);
        let name = resource.name.to_string();
        (!actions.is_empty()).then(|| PickableResource {
            chosen: chosen.contains(&name),
            resource: name,
            description: resource.description.to_string(),
            actions,
        })
    });
    offered.collect()
}

/// `sent`: a row without a tick is wrong.
pub fn matrix(visit: &Visit, draft: Draft, sent: bool) -> Result<Answer, Stop> {
    let rows = rows(visit, chosen(&draft), &draft.grants);
    let target = AccessTarget::New(Box::new(draft));
    visit.answer(&ActionMatrixPage { frame: visit.frame(Some(ENTRY)), target, rows, sent })
}

/// A row for each resource that exists, ticked where `grants` has the action.
pub fn rows(visit: &Visit, resources: Vec<String>, grants: &[String]) -> Vec<MatrixRow> {
    let rows = resources.into_iter().filter_map(|name| {
        let resource = visit.session.realm.resources.get(&name.parse::<ResourceName>().ok()?)?;
        let offered = held_actions(visit, resource).into_iter().map(|action| OfferedAction {
            ticked: grants.contains(&format!("{name}:{action}")),
            words: action.clone(),
            action,
        });
        let (description, offered) = (resource.description.to_string(), offered.collect());
        Some(MatrixRow { of: name, description, offered })
    });
    rows.collect()
}

/// Resources of the draft, each once: those that were picked, and those that have an action.
fn chosen(draft: &Draft) -> Vec<String> {
    let granted = draft.grants.iter().filter_map(|grant| grant.rsplit_once(':')).map(|(name, _)| name);
    let mut names: Vec<String> =
        draft.resources.iter().map(String::as_str).chain(granted).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

pub fn has_row_without_action(draft: &Draft) -> bool {
    draft.resources.iter().any(|name| {
        !draft.grants.iter().any(|grant| grant.rsplit_once(':').is_some_and(|(granted, _)| granted == name))
    })
}

fn held_actions(visit: &Visit, resource: &Resource) -> Vec<String> {
    let held = resource.actions.iter().filter(|action| holds_action(visit, &resource.name, action));
    held.cloned().collect()
}
