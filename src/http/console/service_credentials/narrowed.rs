//! The selects of the list: a group, and who has created.

use claviger_api::MemberView;
use claviger_console::Choice;

use crate::administration::{CREATED_BY, GROUP, list_groups, list_members};
use crate::http::console::service_credentials::found::stop;
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use claviger_domain::Role;

/// The parameter of the address for [`CREATED_BY`].
const BY: &str = "by";

/// What can be chosen, and what is; nothing chosen is an empty text.
pub struct Narrowed {
    groups: Vec<String>,
    group: String,
    /// Id and name. Who has created a credential may have left: the members of today are offered.
    creators: Vec<(String, String)>,
    by: String,
    /// Whether the address names what is not there.
    pub dropped: bool,
}

impl Narrowed {
    pub fn of(visit: &Visit) -> Result<Self, Stop> {
        let (administration, act) = (&visit.state.administration, visit.act());
        let groups = list_groups(administration, &act).map_err(stop)?;
        let groups: Vec<String> = groups.iter().map(|group| group.name.to_string()).collect();
        let creators = creators(&list_members(administration, &act).map_err(stop)?);
        let (group, by) = (visit.asked.parameter(GROUP), visit.asked.parameter(BY));
        let is_known = (
            group.is_empty() || groups.iter().any(|name| name == group),
            by.is_empty() || creators.iter().any(|(id, _)| id == by),
        );
        let kept = |text: &str, is_known| if is_known { text.to_owned() } else { String::new() };
        Ok(Self {
            group: kept(group, is_known.0),
            by: kept(by, is_known.1),
            dropped: is_known != (true, true),
            groups,
            creators,
        })
    }

    pub fn is_whole(&self) -> bool {
        self.group.is_empty() && self.by.is_empty()
    }

    /// What the use case is asked for.
    pub fn asked(&self) -> [(&'static str, String); 2] {
        [(GROUP, self.group.clone()), (CREATED_BY, self.by.clone())]
    }

    /// As the address holds it.
    pub fn fields(&self) -> [(&'static str, String); 2] {
        [(GROUP, self.group.clone()), (BY, self.by.clone())]
    }

    pub fn group_choices(&self) -> Vec<Choice> {
        choices("Any group", self.groups.iter().map(|name| (name, name)), &self.group)
    }

    pub fn creator_choices(&self) -> Vec<Choice> {
        choices("Created by anyone", self.creators.iter().map(|(id, name)| (id, name)), &self.by)
    }
}

fn creators(members: &[MemberView]) -> Vec<(String, String)> {
    let creates = |role: &Role| matches!(role, Role::AccountHolder | Role::SysAdmin);
    let mut named: Vec<_> = members
        .iter()
        .filter(|member| member.roles.iter().any(creates))
        .map(|member| (member.id.to_string(), member.name.to_string()))
        .collect();
    named.sort_by(|(_, one), (_, other)| one.cmp(other));
    named
}

fn choices<'a>(any: &str, all: impl Iterator<Item = (&'a String, &'a String)>, chosen: &str) -> Vec<Choice> {
    let any = Choice { value: String::new(), title: any.to_owned(), chosen: chosen.is_empty() };
    let all = all.map(|(value, title)| Choice {
        value: value.clone(),
        title: title.clone(),
        chosen: value == chosen,
    });
    std::iter::once(any).chain(all).collect()
}
