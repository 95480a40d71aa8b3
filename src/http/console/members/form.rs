//! Adding a member, and changing one.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{MemberEdit, MemberView, NewMember};
use claviger_console::{
    Cell, Choice, Fault, Faults, MemberFault, MemberFormPage, Tone, member_fault, role_name, text,
};

use crate::administration::{AdministrationError, create_member, edit_member, entity_tag};
use crate::http::console::answer::Answer;
use crate::http::console::done::{go_on, settle_and_go_on};
use crate::http::console::editing::stale;
use crate::http::console::form::Form;
use crate::http::console::members::draft::{Draft, read};
use crate::http::console::members::found::{ENTRY, page_of, stop};
use crate::http::console::record::{Record, act_on, show_form};
use crate::http::console::service_credentials::draft::holds_group;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act, show};
use crate::http::state::AppState;
use crate::ledger::{Act, Denied};
use claviger_domain::{Role, TargetKind};

pub async fn new(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_changes(ENTRY)?;
        visit.ensure_recent()?;
        let draft = match typed(visit) {
            Some(draft) => draft,
            None => Draft { roles: vec![Role::Member], ..Draft::default() },
        };
        visit.answer(&page(visit, None, &draft, Faults::default()))
    })
    .await
}

/// What the address holds; `None` if it holds nothing.
fn typed(visit: &Visit) -> Option<Draft> {
    let fields = visit.asked.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    (!visit.asked.query.is_empty()).then(|| read(fields))
}

pub async fn add(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, |visit, form| {
        visit.ensure_changes(ENTRY)?;
        added(visit, &read(form.fields()))
    })
    .await
}

/// The address is unique, so that the same form a second time adds nothing.
fn added(visit: &Visit, draft: &Draft) -> Result<Answer, Stop> {
    visit.ensure_recent_or(&draft.address(visit.links().new_member()))?;
    let (email, wanted) = match (draft.address_of_member(), draft.judged()) {
        (Some(email), Ok(wanted)) => (email, wanted),
        (email, wanted) => {
            let mut faults = Faults::default();
            faults.0.extend(email.is_none().then(|| member_fault(MemberFault::Email)));
            faults.0.extend(wanted.err().into_iter().flat_map(|faults| faults.0));
            return faulty(visit, None, draft, faults);
        }
    };
    let new = NewMember { email, name: wanted.name, roles: wanted.roles, groups: wanted.groups };
    match create_member(&visit.state.administration, &visit.act(), new) {
        Ok(view) => {
            let words = format!("{} was added.", view.name);
            Ok(go_on(visit, page_of(visit, &view), Tone::Ok, &words))
        }
        Err(error) => faulty(visit, None, draft, Faults(vec![fault(error, draft, MemberFault::EmailTaken)?])),
    }
}

pub async fn edit(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show_form(request, state, |visit, view: MemberView| {
        let draft = typed(visit).unwrap_or_else(|| Draft::of(&view));
        visit.answer(&page(visit, Some(&view), &draft, Faults::default()))
    })
    .await
}

pub async fn save(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act_on(request, payload, state, |visit, form, view: MemberView| saved(visit, form, &view)).await
}

fn saved(visit: &Visit, form: &Form, view: &MemberView) -> Result<Answer, Stop> {
    let draft = read(form.fields());
    if draft.gives_more_than(view) {
        visit.ensure_recent_or(&draft.address(visit.links().edit_member(&view.id.to_string())))?;
    }
    let wanted = match draft.judged() {
        Ok(wanted) => wanted,
        Err(faults) => return faulty(visit, Some(view), &draft, faults),
    };
    let tag = form.text("etag").parse().map_err(|_| Stop::Malformed)?;
    let act = Act { if_match: Some(tag), ..visit.act() };
    let (name, roles, groups) = (Some(wanted.name), Some(wanted.roles), Some(wanted.groups));
    match edit_member(&visit.state.administration, &act, view.id, MemberEdit { name, roles, groups }) {
        Ok(edited) => {
            let done = format!("{} was changed.", draft.name);
            Ok(settle_and_go_on(visit, edited, page_of(visit, view), &done, "What they lost has ended"))
        }
        Err(AdministrationError::Stale) => changed_meanwhile(visit, view, &draft),
        Err(error) => {
            faulty(visit, Some(view), &draft, Faults(vec![fault(error, &draft, MemberFault::LastHolder)?]))
        }
    }
}

/// `conflict` is what a conflict with others means here.
fn fault(error: AdministrationError, draft: &Draft, conflict: MemberFault) -> Result<Fault, Stop> {
    let roles = |sentence| Fault { field: "roles", label: "Roles", sentence, link: None };
    Ok(match error {
        AdministrationError::Conflict(_) => member_fault(conflict),
        AdministrationError::Denied(Denied::MissingRole(_)) if draft.roles.contains(&Role::AccountHolder) => {
            member_fault(MemberFault::ForHolders)
        }
        AdministrationError::Invalid(errors) => {
            let details = errors.iter().map(|error| error.detail.as_str());
            roles(format!("{}.", details.collect::<Vec<_>>().join("; ")))
        }
        AdministrationError::Limit(reached) => roles(format!("{reached}.")),
        error => return Err(stop(error)),
    })
}

/// The same form again: sent once more, it makes this change on what the member is now.
fn changed_meanwhile(visit: &Visit, view: &MemberView, draft: &Draft) -> Result<Answer, Stop> {
    let view = MemberView::find(visit, view.id)?;
    let roles: Vec<&str> = view.roles.iter().map(|role| role_name(*role)).collect();
    let groups = view.groups.iter().map(ToString::to_string).collect();
    let now = vec![
        ("Name", Cell::Text(view.name.to_string())),
        ("Roles", Cell::text_or(text::listed(&roles), "none")),
        ("Groups", Cell::chips_or("group", groups, "none")),
    ];
    let mut page = page(visit, Some(&view), draft, Faults::default());
    page.stale = Some(stale(visit, TargetKind::Member, &view.id.to_string(), view.updated_at, now));
    Ok(Answer::page_with(StatusCode::PRECONDITION_FAILED, &page, None)?)
}

fn faulty(visit: &Visit, view: Option<&MemberView>, draft: &Draft, faults: Faults) -> Result<Answer, Stop> {
    let page = page(visit, view, draft, faults);
    Ok(Answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page, None)?)
}

fn page(visit: &Visit, view: Option<&MemberView>, draft: &Draft, faults: Faults) -> MemberFormPage {
    MemberFormPage {
        frame: visit.frame(Some(ENTRY)),
        id: view.map(|view| view.id.to_string()),
        email: draft.email.clone(),
        name: draft.name.clone(),
        roles: draft.roles.clone(),
        groups: groups(visit, draft),
        etag: view.map(|view| entity_tag(view).to_string()).unwrap_or_default(),
        faults,
        stale: None,
    }
}

/// Those whose scopes who looks holds, and those that are chosen.
fn groups(visit: &Visit, draft: &Draft) -> Vec<Choice> {
    let groups = visit.session.realm.groups.values().filter_map(|group| {
        let name = group.name.to_string();
        let chosen = draft.groups.contains(&name);
        (chosen || holds_group(visit, group)).then(|| Choice { value: name.clone(), title: name, chosen })
    });
    groups.collect()
}
