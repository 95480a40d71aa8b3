//! Addresses of groups, resources and scopes. Names that people chose stand in the query.

use super::address::Address;
use super::realm::Links;

impl Links {
    pub fn group(&self, name: &str) -> Address {
        self.groups().segment("group").with("group", name)
    }

    /// GET: form. POST: creates.
    pub fn new_group(&self) -> Address {
        self.groups().segment("new")
    }

    /// GET: form. POST: saves.
    pub fn edit_group(&self, name: &str) -> Address {
        self.groups().segment("edit").with("group", name)
    }

    /// GET asks, POST deletes.
    pub fn delete_group(&self, name: &str) -> Address {
        self.groups().segment("delete").with("group", name)
    }

    /// `name` is `type/name`.
    pub fn resource(&self, name: &str) -> Address {
        self.resources().segment("resource").with("resource", name)
    }

    /// GET: form. POST: creates.
    pub fn new_resource(&self) -> Address {
        self.resources().segment("new")
    }

    /// GET: form. POST: saves.
    pub fn edit_resource(&self, name: &str) -> Address {
        self.resources().segment("edit").with("resource", name)
    }

    /// GET asks, POST deletes.
    pub fn delete_resource(&self, name: &str) -> Address {
        self.resources().segment("delete").with("resource", name)
    }

    pub fn scope(&self, scope: &str) -> Address {
        self.scopes().segment("scope").with("scope", scope)
    }

    /// GET: form. POST: registers.
    pub fn new_scope(&self) -> Address {
        self.scopes().segment("new")
    }

    /// GET: form. POST: saves.
    pub fn edit_scope(&self, scope: &str) -> Address {
        self.scopes().segment("edit").with("scope", scope)
    }

    /// GET asks, POST deletes.
    pub fn delete_scope(&self, scope: &str) -> Address {
        self.scopes().segment("delete").with("scope", scope)
    }

    pub fn scope_presets(&self) -> Address {
        self.scopes().segment("presets")
    }
}
