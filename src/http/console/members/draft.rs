//! What was typed into the form of a member.

use claviger_api::MemberView;
use claviger_console::{Address, Faults, MemberFault, member_fault};

use claviger_domain::{EmailAddress, Name, Role};

#[derive(Default)]
pub struct Draft {
    pub email: String,
    pub name: String,
    pub roles: Vec<Role>,
    pub groups: Vec<String>,
}

/// As the use cases take it.
pub struct Wanted {
    pub name: Name,
    pub roles: Vec<Role>,
    pub groups: Vec<Name>,
}

/// What names no role is left out.
pub fn read<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Draft {
    let mut draft = Draft::default();
    for (name, value) in fields {
        match name {
            "email" => value.clone_into(&mut draft.email),
            "name" => value.clone_into(&mut draft.name),
            "roles" => draft.roles.extend(value.parse::<Role>()),
            "groups" => draft.groups.push(value.to_owned()),
            _ => {}
        }
    }
    draft
}

impl Draft {
    pub fn of(view: &MemberView) -> Self {
        Self {
            email: view.email.to_string(),
            name: view.name.to_string(),
            roles: view.roles.clone(),
            groups: view.groups.iter().map(ToString::to_string).collect(),
        }
    }

    /// The form with all of it.
    pub fn address(&self, form: Address) -> Address {
        let form = form.with("email", &self.email).with("name", &self.name);
        let form = self.roles.iter().fold(form, |address, role| address.with("roles", role.as_str()));
        self.groups.iter().fold(form, |address, group| address.with("groups", group))
    }

    /// Whether the member would have a role or a group more.
    pub fn gives_more_than(&self, view: &MemberView) -> bool {
        self.roles.iter().any(|role| !view.roles.contains(role))
            || self.groups.iter().any(|group| !view.groups.iter().any(|has| has.as_str() == group))
    }

    /// Whether the groups exist is decided when they are given.
    pub fn judged(&self) -> Result<Wanted, Faults> {
        let groups = self.groups.iter().filter_map(|group| group.parse().ok()).collect();
        match self.name.parse() {
            Ok(name) => Ok(Wanted { name, roles: self.roles.clone(), groups }),
            Err(_) => Err(Faults(vec![member_fault(MemberFault::Name)])),
        }
    }

    pub fn address_of_member(&self) -> Option<EmailAddress> {
        self.email.parse().ok()
    }
}
