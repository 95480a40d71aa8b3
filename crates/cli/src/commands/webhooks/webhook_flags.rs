//! Flags for the creation, the change and the new secret of a webhook, written out as the API takes them.

use clap::{ArgAction, Args};
use claviger_domain::EventType;
use serde::Serialize;

use crate::values::lifetime::Lifetime;
use crate::values::shared_flags::emptied_if;

#[derive(Debug, Args, Serialize)]
pub struct NewWebhook {
    /// A name that no webhook of the realm has
    name: String,

    /// Where events are sent; https, unless the operator lists its host
    #[arg(long, value_name = "URL")]
    #[serde(rename = "url")]
    to: String,

    /// An event to be told of, such as service_credential.expiring; may be repeated
    #[arg(long = "event", value_name = "TYPE")]
    events: Vec<EventType>,

    /// Tell it of events from now on [default: true]
    #[arg(long, value_name = "BOOL", action = ArgAction::Set)]
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
}

/// A member that is missing remains unchanged.
#[derive(Debug, Args, Serialize)]
#[group(required = true, multiple = true)]
pub struct WebhookEdit {
    /// A name that no other webhook of the realm has
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,

    /// Where events are sent; https, unless the operator lists its host
    #[arg(long, value_name = "URL")]
    #[serde(rename = "url", skip_serializing_if = "Option::is_none")]
    to: Option<String>,

    /// Event to be told of, replacing the list; may be repeated
    #[arg(long = "event", value_name = "TYPE", conflicts_with = "all_events")]
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<EventType>>,

    /// Tell it of all events
    #[arg(long)]
    #[serde(skip)]
    all_events: bool,

    /// Tell it of events or not; what waits for a disabled one is not sent
    #[arg(long, value_name = "BOOL", action = ArgAction::Set)]
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
}

impl WebhookEdit {
    /// With the list that is to be empty.
    #[must_use]
    pub fn body(mut self) -> Self {
        emptied_if(self.all_events, &mut self.events);
        self
    }
}

#[derive(Debug, Args, Serialize)]
pub struct WebhookRotation {
    /// How long the secret before signs too: 1h, 90m, up to 720h; 0s ends it at once
    #[arg(long, value_name = "TIME")]
    #[serde(rename = "overlap_seconds")]
    overlap: Lifetime,
}
