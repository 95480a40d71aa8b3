//! Webhooks: the list, one with its deliveries, form, rotation of its secret.

mod detail;
mod form;
mod list;
mod rotate;

pub use detail::{DeliveryRow, WebhookPage, WebhookState};
pub use form::WebhookFormPage;
pub use list::{WebhookRow, WebhookTab, webhook_list};
pub use rotate::RotateWebhookPage;
