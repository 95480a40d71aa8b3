//! Approving who asks to sign in as a member, which gives access; declining, and removing, which never waits for a recent
//! sign-in. Only account holders may.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{IdentityStatus, MemberIdentity, MemberView, NewIdentity};
use claviger_console::{ActPage, Denied, ImpactLine, Tone};

use crate::administration::{AdministrationError, link_identity, remove_identity};
use crate::http::console::answer::Answer;
use crate::http::console::done::{go_on, settle_and_go_on};
use crate::http::console::members::found::{ENTRY, page_of, stop};
use crate::http::console::members::standing::page;
use crate::http::console::record::find_to_change;
use crate::http::console::request::path_id;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act, show};
use crate::http::state::AppState;
use claviger_domain::{MemberId, Role};

pub async fn ask_to_approve(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request);
    show(request, state, |visit| {
        let view = find_for_holder(visit, id)?;
        match identity(&view, visit.asked.parameter("identity")) {
            Some(asking) if is_asking(asking) => {
                visit.ensure_recent()?;
                visit.answer(&approving_page(visit, &view, asking))
            }
            _ => Ok(answered(visit, &view)),
        }
    })
    .await
}

pub async fn approve(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request);
    act(request, payload, state, |visit, form| {
        let view = find_for_holder(visit, id)?;
        let Some(asking) = identity(&view, form.text("identity")).filter(|one| is_asking(one)) else {
            return Ok(answered(visit, &view));
        };
        let (links, member) = (visit.links(), view.id.to_string());
        visit.ensure_recent_or(&links.approve_identity(&member, &asking.id.to_string()))?;
        let new = NewIdentity { issuer: asking.issuer.clone(), subject: asking.subject.clone() };
        match link_identity(&visit.state.administration, &visit.act(), view.id, new) {
            Ok(_) => {
                let words = format!("{} was approved, and can sign in as {} now.", called(asking), view.name);
                Ok(go_on(visit, page_of(visit, &view), Tone::Ok, &words))
            }
            Err(AdministrationError::Conflict(_)) => Ok(answered(visit, &view)),
            Err(error) => Err(stop(error)),
        }
    })
    .await
}

pub async fn ask_to_remove(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request);
    show(request, state, |visit| {
        let view = find_for_holder(visit, id)?;
        match identity(&view, visit.asked.parameter("identity")) {
            Some(identity) => visit.answer(&removing_page(visit, &view, identity)),
            None => Ok(answered(visit, &view)),
        }
    })
    .await
}

pub async fn remove(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let id = path_id(&request);
    act(request, payload, state, |visit, form| {
        let view = find_for_holder(visit, id)?;
        let Some(identity) = identity(&view, form.text("identity")) else {
            return Ok(answered(visit, &view));
        };
        let removed = remove_identity(&visit.state.administration, &visit.act(), view.id, identity.id);
        let removed = removed.map_err(stop)?;
        let (done, ended) = match is_asking(identity) {
            true => (format!("The request of {} was declined.", called(identity)), ""),
            false => {
                (format!("{} was removed.", called(identity)), "Sessions that began at the provider ended")
            }
        };
        Ok(settle_and_go_on(visit, removed, page_of(visit, &view), &done, ended))
    })
    .await
}

fn find_for_holder(visit: &Visit, id: Result<MemberId, Stop>) -> Result<MemberView, Stop> {
    visit.ensure_changes(ENTRY)?;
    match visit.session.member.has_role(Role::AccountHolder) {
        true => find_to_change(visit, id),
        false => Err(Stop::Denied(Denied::ForAccountHolders(ENTRY))),
    }
}

fn identity<'a>(view: &'a MemberView, id: &str) -> Option<&'a MemberIdentity> {
    view.identities.iter().find(|identity| identity.id.to_string() == id)
}

fn is_asking(identity: &MemberIdentity) -> bool {
    identity.status == IdentityStatus::Requested
}

fn called(identity: &MemberIdentity) -> String {
    identity.name.as_ref().map_or_else(|| identity.subject.to_string(), ToString::to_string)
}

/// Somebody was quicker, or it was the second click.
fn answered(visit: &Visit, view: &MemberView) -> Answer {
    let words = "This request was answered already, or has ended. Nothing was changed.";
    go_on(visit, page_of(visit, view), Tone::Warn, words)
}

fn approving_page(visit: &Visit, view: &MemberView, asking: &MemberIdentity) -> ActPage {
    let line =
        |icon, words: String, more: &str| ImpactLine { tone: Tone::Off, icon, words, more: more.to_owned() };
    let sentence = format!(
        "{} at {} will sign in as this member, with everything that the member may do. Ask them whether they did, and \
         not by a mail to {}.",
        called(asking),
        asking.issuer,
        view.email
    );
    let (member, identity) = (view.id.to_string(), asking.id.to_string());
    ActPage {
        lines: vec![
            line(
                "person",
                format!("Subject {}", asking.subject),
                "The provider's name for them, which never changes.",
            ),
            line("out", "They sign in again".to_owned(), "Nothing else happens before."),
        ],
        action: visit.links().approve_identity(&member, &identity),
        fields: vec![("identity", identity)],
        name: called(asking),
        ..page(visit, view, "Approve", &sentence)
    }
}

fn removing_page(visit: &Visit, view: &MemberView, identity: &MemberIdentity) -> ActPage {
    let (member, id) = (view.id.to_string(), identity.id.to_string());
    let page = match is_asking(identity) {
        true => {
            let sentence =
                format!("{} is not let in. They can ask again by signing in again.", called(identity));
            page(visit, view, "Decline", &sentence)
        }
        false => {
            let sentence = format!(
                "{} no longer signs in as this member. Sessions that began at the provider end at once.",
                called(identity)
            );
            ActPage { destroys: true, ..page(visit, view, "Remove", &sentence) }
        }
    };
    let action = visit.links().remove_identity(&member, &id);
    ActPage { action, fields: vec![("identity", id)], name: called(identity), ..page }
}
