//! One member, as who looks may read and change it.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{MemberStatus, MemberView};
use claviger_console::{Address, Denied, Entry, MemberRow, MemberStanding};

use crate::administration::{AdministrationError, find_member};
use crate::http::console::answer::Answer;
use crate::http::console::members::sign_ins::SignIns;
use crate::http::console::request::path_id;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, show};
use crate::http::state::AppState;
use claviger_domain::{MemberId, Role};

pub const ENTRY: Entry = Entry::Members;

/// Shows a page whose form changes one member.
pub async fn show_form(
    request: HttpRequest,
    state: Data<AppState>,
    page: impl FnOnce(&Visit, MemberView) -> Result<Answer, Stop> + Send + 'static,
) -> HttpResponse {
    let id = path_id(&request);
    show(request, state, |visit| page(visit, find_to_change(visit, id)?)).await
}

/// For those who may change members; an account holder only for account holders.
pub fn find_to_change(visit: &Visit, id: Result<MemberId, Stop>) -> Result<MemberView, Stop> {
    visit.ensure_changes(ENTRY)?;
    let view = find(visit, id?)?;
    match is_editable(visit, &view) {
        true => Ok(view),
        false => Err(Stop::Denied(Denied::ForAccountHolders(ENTRY))),
    }
}

pub fn find(visit: &Visit, id: MemberId) -> Result<MemberView, Stop> {
    find_member(&visit.state.administration, &visit.act(), id).map_err(stop)
}

pub fn stop(error: AdministrationError) -> Stop {
    Stop::of(error, ENTRY)
}

/// As the use cases decide it.
pub fn is_editable(visit: &Visit, view: &MemberView) -> bool {
    let caller = &visit.session.member;
    caller.administers() && (!is_holder(view) || caller.has_role(Role::AccountHolder))
}

pub fn is_holder(view: &MemberView) -> bool {
    view.roles.contains(&Role::AccountHolder)
}

pub fn is_disabled(view: &MemberView) -> bool {
    view.status == MemberStatus::Disabled
}

pub fn page_of(visit: &Visit, view: &MemberView) -> Address {
    visit.links().member(&view.id.to_string())
}

pub fn row(visit: &Visit, view: &MemberView, sign_ins: &SignIns) -> MemberRow {
    MemberRow {
        id: view.id.to_string(),
        name: view.name.to_string(),
        email: view.email.to_string(),
        standing: standing(view),
        roles: view.roles.clone(),
        groups: view.groups.iter().map(ToString::to_string).collect(),
        signs_in_by: sign_ins.by(visit, view.id),
        signed_in_at: sign_ins.at(view.id),
    }
}

pub fn standing(view: &MemberView) -> MemberStanding {
    match view.status {
        MemberStatus::Disabled => MemberStanding::Disabled,
        MemberStatus::Active if view.roles.is_empty() => MemberStanding::WaitingForRole,
        MemberStatus::Active => MemberStanding::Active,
    }
}
