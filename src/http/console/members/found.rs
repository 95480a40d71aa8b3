//! One member, as who looks may read and change it.

use actix_web::HttpRequest;
use claviger_api::{MemberStatus, MemberView};
use claviger_console::{Address, Denied, Entry, MemberRow, MemberStanding};

use crate::administration::{AdministrationError, find_member};
use crate::http::console::members::sign_ins::SignIns;
use crate::http::console::record::Record;
use crate::http::console::request::path_id;
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use claviger_domain::{MemberId, Role};

pub const ENTRY: Entry = Entry::Members;

impl Record for MemberView {
    type Key = MemberId;

    const ENTRY: Entry = ENTRY;

    fn key(request: &HttpRequest) -> Result<MemberId, Stop> {
        path_id(request)
    }

    fn find(visit: &Visit, id: MemberId) -> Result<Self, Stop> {
        find_member(&visit.state.administration, &visit.act(), id).map_err(stop)
    }

    /// Account holders are changed by account holders alone.
    fn ensure_editable(&self, visit: &Visit) -> Result<(), Stop> {
        match is_editable(visit, self) {
            true => Ok(()),
            false => Err(Stop::Denied(Denied::ForAccountHolders(ENTRY))),
        }
    }
}

pub fn stop(error: AdministrationError) -> Stop {
    Stop::of(error, ENTRY)
}

/// As the use cases decide it.
pub fn is_editable(visit: &Visit, view: &MemberView) -> bool {
    let caller = &visit.session.member;
    caller.administers() && (!is_holder(view) || caller.has_role(Role::AccountHolder))
}

/// As the use case decides it.
pub fn is_resettable(visit: &Visit, view: &MemberView) -> bool {
    visit.session.member.has_role(Role::AccountHolder) && has_second_factor(visit, view)
}

pub fn has_second_factor(visit: &Visit, view: &MemberView) -> bool {
    visit.session.realm.local_accounts.get(&view.id).is_some_and(|account| account.has_second_factor)
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
        signs_in_by: SignIns::by(visit, view.id),
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
