//! Adding a webhook, or changing one.

use askama::Template;

use crate::frame::Frame;
use crate::links::Address;
use crate::page::page;
use crate::parts::{Choice, Faults};

#[derive(Template)]
#[template(path = "pages/webhooks/form.html")]
pub struct WebhookFormPage {
    pub frame: Frame,
    /// The id of the webhook that is changed; `None` adds one.
    pub id: Option<String>,
    /// The name that it has now, if it is changed.
    pub known_as: String,
    pub name: String,
    pub url: String,
    pub events: Vec<Choice>,
    pub etag: String,
    pub idempotency_key: String,
    pub faults: Faults,
}

impl WebhookFormPage {
    /// `maxlength` counts UTF-16 units, of which a character has up to two.
    const MAX_NAME_UNITS: usize = 128;
    const URL_HINT: &'static str =
        "Begins with https://. Private addresses are refused, unless the operator lists their host.";

    fn title(&self) -> &'static str {
        if self.id.is_some() { "Edit webhook" } else { "Add webhook" }
    }

    fn action(&self) -> Address {
        match &self.id {
            Some(id) => self.frame.links.edit_webhook(id),
            None => self.frame.links.new_webhook(),
        }
    }

    fn back(&self) -> Address {
        match &self.id {
            Some(id) => self.frame.links.webhook(id),
            None => self.frame.links.webhooks(),
        }
    }
}

page!(WebhookFormPage);
