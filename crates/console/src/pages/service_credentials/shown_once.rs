//! The answer that has a client key: it is shown this once.

use askama::Template;
use claviger_contract::Timestamp;

use super::examples::{UsageExample, usage_examples};
use crate::frame::Frame;
use crate::links::Address;
use crate::page::page;
use crate::text::minute;

/// Answered with `no-store`, to the POST itself. Without `Debug`: it has the key.
#[derive(Template)]
#[template(path = "pages/service-credentials/shown-once.html")]
pub struct CredentialKeyPage {
    pub frame: Frame,
    pub id: String,
    pub name: String,
    pub client_key: String,
    pub token_endpoint: String,
    /// The server's address, without a slash at its end.
    pub server_url: String,
    /// The complete command, as the API answers it.
    pub curl: String,
    /// A container registry of the realm, for the example of docker.
    pub registry: Option<String>,
    /// Of a renewal: when the old one ends; the moment of this answer if there is no overlap.
    pub old_one_ends_at: Option<Timestamp>,
    /// Of a renewal without overlap: the receipt of the old one.
    pub receipt: Option<Address>,
}

/// The same POST a second time: 409.
#[derive(Template)]
#[template(path = "pages/service-credentials/shown-once-again.html")]
pub struct CredentialKeyAgainPage {
    pub frame: Frame,
    pub id: String,
    pub name: String,
}

/// What `first_use` answers, for the script: nothing but this line.
#[derive(Template)]
#[template(path = "pages/service-credentials/first-use.html")]
pub struct FirstUseLine {
    /// `None`: no token yet, ask again.
    pub first_used_at: Option<Timestamp>,
    pub poll: Address,
}

impl CredentialKeyPage {
    fn title(&self) -> &'static str {
        "Client key"
    }

    fn examples(&self) -> Vec<UsageExample> {
        let mut examples = vec![UsageExample { title: "curl", text: self.curl.clone() }];
        let realm = &self.frame.links.realm;
        examples.extend(usage_examples(
            &self.server_url,
            realm,
            &self.id,
            &self.token_endpoint,
            self.registry.as_deref(),
        ));
        examples
    }

    fn poll(&self) -> Address {
        self.frame.links.first_use(&self.id)
    }

    /// When the old one ends, if it still works.
    fn overlap(&self) -> Option<String> {
        self.old_one_ends_at.filter(|end| *end > self.frame.now).map(|end| minute(&end))
    }
}

impl CredentialKeyAgainPage {
    fn title(&self) -> String {
        format!("{} was already created", self.name)
    }
}

impl FirstUseLine {
    fn moment(&self) -> String {
        self.first_used_at.as_ref().map(crate::text::seconds_of_day).unwrap_or_default()
    }
}

page!(CredentialKeyPage);
page!(CredentialKeyAgainPage);
page!(FirstUseLine);
