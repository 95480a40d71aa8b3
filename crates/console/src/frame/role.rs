//! Roles as people read them.

use claviger_domain::Role;

/// As the brief writes it.
pub const fn role_name(role: Role) -> &'static str {
    match role {
        Role::AccountHolder => "Account Holder",
        Role::SysAdmin => "Sys_Admin",
        Role::Auditor => "Auditor",
        Role::Member => "Member",
    }
}
