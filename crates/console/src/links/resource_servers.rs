//! Addresses of resource servers.

use super::address::Address;
use super::realm::Links;

impl Links {
    pub fn resource_servers(&self) -> Address {
        self.below("/resource-servers")
    }

    pub fn resource_server(&self, id: &str) -> Address {
        self.resource_servers().segment(id)
    }

    /// GET: form. POST: creates.
    pub fn new_resource_server(&self) -> Address {
        self.resource_servers().segment("new")
    }

    /// GET asks, POST renews.
    pub fn renew_resource_server(&self, id: &str) -> Address {
        self.resource_server(id).segment("renew")
    }

    /// GET asks, POST deletes.
    pub fn delete_resource_server(&self, id: &str) -> Address {
        self.resource_server(id).segment("delete")
    }

    /// POST: sends the key that was shown as a file.
    pub fn download_server_key(&self) -> Address {
        self.resource_servers().segment("download")
    }
}
