//! Adding a member, or changing one.

use askama::Template;
use claviger_domain::Role;

use crate::form::Stale;
use crate::frame::{Frame, role_name};
use crate::links::Address;
use crate::page::page;
use crate::parts::{Choice, Fault, Faults};

#[derive(Template)]
#[template(path = "pages/members/form.html")]
pub struct MemberFormPage {
    pub frame: Frame,
    /// The id of the member that is changed; `None` adds one.
    pub id: Option<String>,
    pub email: String,
    pub name: String,
    pub roles: Vec<Role>,
    pub groups: Vec<Choice>,
    /// Of the member that is changed.
    pub etag: String,
    pub faults: Faults,
    /// Somebody changed the member meanwhile. 412.
    pub stale: Option<Stale>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberFault {
    Email,
    EmailTaken,
    Name,
    LastHolder,
    /// Only account holders appoint and change them.
    ForHolders,
}

pub fn member_fault(fault: MemberFault) -> Fault {
    let (field, label, sentence) = match fault {
        MemberFault::Email => ("email", "E-mail", "An e-mail address has one @ and no spaces."),
        MemberFault::EmailTaken => ("email", "E-mail", "Another member has this address."),
        MemberFault::Name => ("name", "Name", "A name has 1 to 64 visible characters."),
        MemberFault::LastHolder => {
            ("roles", "Roles", "Someone must stay Account Holder. Appoint another one first.")
        }
        MemberFault::ForHolders => ("roles", "Roles", "Only an Account Holder appoints or changes one."),
    };
    Fault { field, label, sentence: sentence.to_owned(), link: None }
}

struct RoleChoice {
    role: Role,
    title: &'static str,
    words: &'static str,
    chosen: bool,
}

impl MemberFormPage {
    /// `maxlength` counts UTF-16 units, of which a character has up to two.
    const MAX_NAME_UNITS: usize = 128;

    fn title(&self) -> &'static str {
        if self.id.is_some() { "Edit member" } else { "Add member" }
    }

    fn roles(&self) -> Vec<RoleChoice> {
        let words = |role| match role {
            Role::AccountHolder => "Manages everything, and alone appoints Account Holders.",
            Role::SysAdmin => "Manages everything but Account Holders.",
            Role::Auditor => "Reads everything.",
            Role::Member => "Manages what they own.",
        };
        let choice = |role| RoleChoice {
            role,
            title: role_name(role),
            words: words(role),
            chosen: self.roles.contains(&role),
        };
        Role::ALL.into_iter().map(choice).collect()
    }

    fn action(&self) -> Address {
        match &self.id {
            Some(id) => self.frame.links.edit_member(id),
            None => self.frame.links.new_member(),
        }
    }

    fn back(&self) -> Address {
        match &self.id {
            Some(id) => self.frame.links.member(id),
            None => self.frame.links.members(),
        }
    }
}

page!(MemberFormPage);
