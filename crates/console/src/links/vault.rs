//! Addresses of the vault: source credentials and sources.

use super::address::Address;
use super::realm::Links;

impl Links {
    pub fn source_credentials(&self) -> Address {
        self.below("/source-credentials")
    }

    pub fn source_credential(&self, id: &str) -> Address {
        self.source_credentials().segment(id)
    }

    /// GET: the types to choose from, or with `type` the form. POST: validates and saves.
    pub fn new_source_credential(&self) -> Address {
        self.source_credentials().segment("new")
    }

    /// GET: form. POST: validates and saves.
    pub fn edit_source_credential(&self, id: &str) -> Address {
        self.source_credential(id).segment("edit")
    }

    /// POST: asks the provider again.
    pub fn validate_source_credential(&self, id: &str) -> Address {
        self.source_credential(id).segment("validate")
    }

    /// GET asks for the name, POST deletes.
    pub fn delete_source_credential(&self, id: &str) -> Address {
        self.source_credential(id).segment("delete")
    }

    pub fn sources(&self) -> Address {
        self.below("/sources")
    }

    pub fn source(&self, id: &str) -> Address {
        self.sources().segment(id)
    }

    /// GET: the types to choose from, or with `type` the form. POST: adds.
    pub fn new_source(&self) -> Address {
        self.sources().segment("new")
    }

    /// GET: form. POST: saves.
    pub fn edit_source(&self, id: &str) -> Address {
        self.source(id).segment("edit")
    }

    /// POST: `credential`.
    pub fn link_source(&self, id: &str) -> Address {
        self.source(id).segment("link")
    }

    /// POST: reads its list once.
    pub fn pull_source(&self, id: &str) -> Address {
        self.source(id).segment("pull")
    }

    /// GET asks, POST removes.
    pub fn remove_source(&self, id: &str) -> Address {
        self.source(id).segment("remove")
    }
}
