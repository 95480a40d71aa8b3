//! The page that has the secret of a webhook, and the one for the same form a second time.

use actix_web::http::StatusCode;
use claviger_api::WebhookWithSecret;
use claviger_console::{SecretAgainPage, SecretPage, ShownValue};

use crate::http::console::answer::Answer;
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use crate::http::console::webhooks::detail::ENTRY;

pub fn secret_page(visit: &Visit, made: &WebhookWithSecret) -> Result<Answer, Stop> {
    let (links, webhook) = (visit.links(), &made.webhook);
    let value = |label, field, value: String, secret| ShownValue { label, field, value, secret };
    let page = SecretPage {
        frame: visit.frame(Some(ENTRY)),
        up: (links.webhooks(), "Webhooks"),
        name: webhook.name.to_string(),
        noun: "secret",
        values: vec![
            value("Secret", "secret", made.secret.expose().to_owned(), true),
            value("Address", "url", webhook.url.to_string(), false),
        ],
        example: None,
        download: None,
        close: links.webhook(&webhook.id.to_string()),
        lost: "The receiver verifies signatures with it. If it is lost, rotate it.",
    };
    Ok(Answer::page_with(StatusCode::CREATED, &page, None)?)
}

pub fn again_page(visit: &Visit, name: &str, id: &str) -> Result<Answer, Stop> {
    let links = visit.links();
    let page = SecretAgainPage {
        frame: visit.frame(Some(ENTRY)),
        up: (links.webhooks(), "Webhooks"),
        name: name.to_owned(),
        noun: "secret",
        open: links.webhook(id),
        lost: "If not, rotate it.",
    };
    Ok(Answer::page_with(StatusCode::CONFLICT, &page, None)?)
}
