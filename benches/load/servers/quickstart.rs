//! `quickstart.json`, in which `claviger serve --dev` writes the settings for a client.

use std::fs;
use std::path::Path;

use serde::Deserialize;

#[derive(Clone, Deserialize)]
pub struct Quickstart {
    pub realm: String,
    #[serde(flatten)]
    pub service_credential: ClientCredential,
    pub resource_server: ClientCredential,
    pub owner: Owner,
}

#[derive(Clone, Deserialize)]
pub struct Owner {
    pub personal_access_token: String,
    /// Of a local account.
    pub email: String,
    pub password: String,
}

#[derive(Clone, Deserialize)]
pub struct ClientCredential {
    pub client_id: String,
    pub client_key: String,
}

impl Quickstart {
    /// `None` while the file is absent or incomplete.
    pub fn find(data_folder: &Path) -> Option<Self> {
        let text = fs::read(data_folder.join("quickstart.json")).ok()?;
        serde_json::from_slice(&text).ok()
    }
}
