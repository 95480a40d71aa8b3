//! Members: list, one member, form.

mod detail;
mod form;
mod list;

pub use detail::{IdentityLine, MemberPage};
pub use form::{MemberFault, MemberFormPage, member_fault};
pub use list::{MemberRow, MemberStanding, MemberTab, member_list};
