//! Which operations a service credential may call, and the scope that each needs. One that is not listed is refused.

use claviger_domain::AdminScope;

/// Method, path below the realm, and scope.
const NEEDED: &[(&str, &str, AdminScope)] = &[
    ("get", "/audit-events", AdminScope::AuditEventsRead),
    // Shows other kinds only to those that may read them.
    ("get", "/expirations", AdminScope::ServiceCredentialsRead),
    ("get", "/groups", AdminScope::GroupsRead),
    ("get", "/groups/{name}", AdminScope::GroupsRead),
    ("post", "/groups", AdminScope::GroupsWrite),
    ("patch", "/groups/{name}", AdminScope::GroupsWrite),
    ("delete", "/groups/{name}", AdminScope::GroupsWrite),
    ("get", "/resource-servers", AdminScope::ResourceServersRead),
    ("get", "/resource-servers/{id}", AdminScope::ResourceServersRead),
    ("post", "/resource-servers", AdminScope::ResourceServersWrite),
    ("post", "/resource-servers/{id}/renew", AdminScope::ResourceServersWrite),
    ("delete", "/resource-servers/{id}", AdminScope::ResourceServersWrite),
    ("get", "/resources", AdminScope::ResourcesRead),
    ("get", "/resources/{type}/{name}", AdminScope::ResourcesRead),
    ("post", "/resources", AdminScope::ResourcesWrite),
    ("patch", "/resources/{type}/{name}", AdminScope::ResourcesWrite),
    ("delete", "/resources/{type}/{name}", AdminScope::ResourcesWrite),
    ("get", "/scopes", AdminScope::ScopesRead),
    ("get", "/scopes/{scope}", AdminScope::ScopesRead),
    ("post", "/scopes", AdminScope::ScopesWrite),
    ("patch", "/scopes/{scope}", AdminScope::ScopesWrite),
    ("delete", "/scopes/{scope}", AdminScope::ScopesWrite),
    ("get", "/service-credentials", AdminScope::ServiceCredentialsRead),
    ("get", "/service-credentials/{id}", AdminScope::ServiceCredentialsRead),
    ("get", "/service-credentials/{id}/usage", AdminScope::ServiceCredentialsRead),
    ("post", "/service-credentials", AdminScope::ServiceCredentialsWrite),
    ("post", "/service-credentials/import", AdminScope::ServiceCredentialsWrite),
    ("patch", "/service-credentials/{id}", AdminScope::ServiceCredentialsWrite),
    ("post", "/service-credentials/{id}/renew", AdminScope::ServiceCredentialsWrite),
    ("post", "/service-credentials/{id}/revoke", AdminScope::ServiceCredentialsWrite),
];

/// `method` in any case. A `HEAD` needs what a `GET` needs.
pub fn needed_scope(method: &str, path: &str) -> Option<AdminScope> {
    let method = if method.eq_ignore_ascii_case("head") { "get" } else { method };
    let is_it =
        |(known, at, _): &&(&str, &str, AdminScope)| known.eq_ignore_ascii_case(method) && *at == path;
    NEEDED.iter().find(is_it).map(|(_, _, scope)| *scope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::admin::routes::operations;

    #[test]
    fn every_listed_operation_exists_and_is_one_of_a_reader_or_an_administrator() {
        use crate::http::openapi::Who;
        let operations = operations();
        for (method, path, scope) in NEEDED {
            let found = operations.iter().find(|one| (one.method, one.path) == (*method, *path));
            let found = found.unwrap_or_else(|| panic!("{method} {path} is no operation"));
            let fits = match scope.writes() {
                true => found.who == Who::Administrator,
                // Every member may see the register of scopes.
                false => matches!(found.who, Who::Reader | Who::Owner),
            };
            assert!(fits, "{method} {path}");
        }
    }
}
