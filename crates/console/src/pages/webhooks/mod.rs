//! Webhooks: one with its deliveries, form, rotation of its secret.

mod detail;
mod form;
mod rotate;

pub use detail::{DeliveryRow, WebhookPage, WebhookState};
pub use form::WebhookFormPage;
pub use rotate::RotateWebhookPage;
