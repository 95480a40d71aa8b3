//! The list of members.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::MemberView;
use claviger_console::{ListTab, MemberRow, MemberTab, member_list, role_name};

use crate::administration::list_members;
use crate::http::console::lists::in_memory::{Filter, Narrowing, in_memory};
use crate::http::console::members::found::{ENTRY, is_disabled, is_holder, row, stop};
use crate::http::console::members::sign_ins::SignIns;
use crate::http::console::visit::show;
use crate::http::state::AppState;
use claviger_domain::Role;

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_opens(ENTRY)?;
        let members = list_members(&visit.state.administration, &visit.act()).map_err(stop)?;
        let role = Filter {
            key: "role",
            label: "Role",
            any: "Any role",
            choices: Role::ALL.map(|role| (role.as_str().to_owned(), role_name(role).to_owned())).to_vec(),
            has: &|view: &MemberView, role| view.roles.iter().any(|has| has.as_str() == role),
        };
        let narrowing = Narrowing {
            list: visit.links().members(),
            usual_sort: "name",
            tabs: MemberTab::ALL,
            is_in: &is_in,
            filters: vec![role],
        };
        let (state, members) = in_memory(visit, members, narrowing);
        let sign_ins = SignIns::known(visit);
        let rows: Vec<MemberRow> = members.iter().map(|view| row(visit, view, &sign_ins)).collect();
        visit.answer(&member_list(visit.frame(Some(ENTRY)), state, &rows))
    })
    .await
}

fn is_in(tab: MemberTab, view: &MemberView) -> bool {
    match tab {
        MemberTab::Active => !is_disabled(view),
        MemberTab::Holders => !is_disabled(view) && is_holder(view),
        MemberTab::Waiting => !is_disabled(view) && view.roles.is_empty(),
        MemberTab::Disabled => is_disabled(view),
    }
}
