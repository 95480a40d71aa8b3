//! Clients of a realm, of all kinds.

use crate::snapshot::credential::GrantedCredential;
use crate::snapshot::realm_view::{Application, RealmView};
use crate::snapshot::resource_servers::LiveServer;
use claviger_domain::{ClientId, SecretDigest};

/// A client that may authenticate with an id and a key.
pub enum Client<'a> {
    Credential(GrantedCredential),
    Application(&'a Application),
    ResourceServer(&'a LiveServer),
}

impl Client<'_> {
    pub fn key_digest(&self) -> &SecretDigest {
        match self {
            Self::Credential(credential) => &credential.key_digest,
            Self::Application(application) => &application.record.key_digest,
            Self::ResourceServer(server) => &server.record.key_digest,
        }
    }
}

impl RealmView {
    pub fn find_client(&self, id: ClientId) -> Option<Client<'_>> {
        let credential = self.find_credential(id.for_lookup()).map(Client::Credential);
        let server = || self.servers.get(id.for_lookup()).map(Client::ResourceServer);
        let application = || self.applications.get(&id.for_lookup()).map(Client::Application);
        credential.or_else(server).or_else(application)
    }
}
