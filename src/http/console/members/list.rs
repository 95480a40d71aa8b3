//! The list of members.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::MemberView;
use claviger_console::{Choice, MemberCounts, MemberListPage, MemberTab, role_name};

use crate::administration::list_members;
use crate::http::console::lists::{asked_list, keep_found, pager};
use crate::http::console::members::found::{ENTRY, is_disabled, is_holder, row, stop};
use crate::http::console::members::sign_ins::SignIns;
use crate::http::console::visit::show;
use crate::http::state::AppState;
use claviger_domain::Role;

const USUAL: [(&str, &str); 1] = [("sort", "name")];

pub async fn list(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        visit.ensure_opens(ENTRY)?;
        let mut members = list_members(&visit.state.administration, &visit.act()).map_err(stop)?;
        let counts = counts(&members);
        let (given, role) = (visit.asked.parameter("status"), visit.asked.parameter("role"));
        let known = MemberTab::ALL.into_iter().find(|tab| tab.as_str() == given);
        let tab = known.unwrap_or(MemberTab::Active);
        let asked = asked_list::<MemberView>(&visit.asked, visit.links().members(), &[], &USUAL, &[]);
        let mut query = asked.query;
        query.fields.push(("status", tab.as_str().to_owned()));
        let chosen: Option<Role> = role.parse().ok();
        query.fields.extend(chosen.map(|role| ("role", role.as_str().to_owned())));
        members.retain(|view| is_in(tab, view) && chosen.is_none_or(|role| view.roles.contains(&role)));
        keep_found(&mut members, &query);
        let total = count(members.len());
        let page = asked.page.select(members);
        let sign_ins = SignIns::known(visit);
        let page = MemberListPage {
            frame: visit.frame(Some(ENTRY)),
            tab,
            counts,
            pager: pager(&query, page.items.len(), total, page.next_cursor),
            query,
            roles: roles(chosen),
            filter_dropped: asked.dropped
                || (known.is_none() && !given.is_empty())
                || (chosen.is_none() && !role.is_empty()),
            rows: page.items.iter().map(|view| row(visit, view, &sign_ins)).collect(),
        };
        visit.answer(&page)
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

fn counts(members: &[MemberView]) -> MemberCounts {
    let of = |tab| count(members.iter().filter(|view| is_in(tab, view)).count());
    MemberCounts {
        active: of(MemberTab::Active),
        holders: of(MemberTab::Holders),
        waiting: of(MemberTab::Waiting),
        disabled: of(MemberTab::Disabled),
    }
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

fn roles(chosen: Option<Role>) -> Vec<Choice> {
    let any = Choice { value: String::new(), title: "Any role".to_owned(), chosen: chosen.is_none() };
    let roles = Role::ALL.into_iter().map(|role| Choice {
        value: role.as_str().to_owned(),
        title: role_name(role).to_owned(),
        chosen: chosen == Some(role),
    });
    std::iter::once(any).chain(roles).collect()
}
