//! Sends one message to one webhook, and tells what happened.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use claviger_contract::Timestamp;
use claviger_vault::{OutboundClient, OutboundSettings, Request, USER_AGENT};
use claviger_webhook::{ID_HEADER, SIGNATURE_HEADER, Signed, TIMESTAMP_HEADER, WebhookSecret, sign};
use zeroize::Zeroizing;

use claviger_domain::{Clock, DeliveryAttempt, WebhookUrl};

pub struct WebhookSender {
    outbound: OutboundClient,
    clock: Arc<dyn Clock>,
    counts: Counts,
}

/// Attempts, by what came of them.
#[derive(Default)]
struct Counts {
    delivered: AtomicU64,
    refused: AtomicU64,
    unanswered: AtomicU64,
}

/// What is sent. It contains no secret.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    pub url: &'a WebhookUrl,
    /// By which the receiver recognizes a repeated message.
    pub id: &'a str,
    pub body: &'a str,
}

impl fmt::Debug for WebhookSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSender")
    }
}

impl WebhookSender {
    pub fn new(settings: OutboundSettings, clock: Arc<dyn Clock>) -> Self {
        Self { outbound: OutboundClient::new(settings), clock, counts: Counts::default() }
    }

    /// Whether requests to this URL may ever be sent, as far as its scheme tells: https, or a host that the operator lists.
    pub fn may_send_to(&self, url: &WebhookUrl) -> bool {
        self.outbound.allows_scheme(url.as_url())
    }

    /// How many attempts this server has made, by result.
    pub fn attempts(&self) -> [(&'static str, u64); 3] {
        let Counts { delivered, refused, unanswered } = &self.counts;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        [("delivered", read(delivered)), ("refused", read(refused)), ("unanswered", read(unanswered))]
    }

    /// Signed anew for each attempt. Blocks for as long as the receiver takes, within the limits of outbound requests.
    /// Nothing of the answer is kept but its status.
    pub fn send(&self, message: Message<'_>, secrets: &[&WebhookSecret], now: Timestamp) -> DeliveryAttempt {
        let timestamp = now.epoch_seconds();
        let signed = Signed { id: message.id, timestamp, body: message.body.as_bytes() };
        let signature = sign(secrets.iter().copied(), signed);
        let header = |name: &str, value: String| (name.to_owned(), Zeroizing::new(value));
        let request = Request {
            method: "POST",
            url: message.url.as_url().clone(),
            headers: vec![
                header("content-type", "application/json".to_owned()),
                header("user-agent", USER_AGENT.to_owned()),
                header(ID_HEADER, message.id.to_owned()),
                header(TIMESTAMP_HEADER, timestamp.to_string()),
                header(SIGNATURE_HEADER, signature),
            ],
            body: Zeroizing::new(message.body.as_bytes().to_vec()),
        };
        let begun = self.clock.since_boot();
        let sent = self.outbound.send_for_status(&request);
        let took = self.clock.since_boot().saturating_sub(begun);
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let attempt =
            |response_status, error| DeliveryAttempt { at: now, response_status, duration_ms, error };
        let counted = match sent {
            Ok(200..300) => &self.counts.delivered,
            Ok(_) => &self.counts.refused,
            Err(_) => &self.counts.unanswered,
        };
        counted.fetch_add(1, Ordering::Relaxed);
        match sent {
            Ok(status @ 200..300) => attempt(Some(status), None),
            Ok(status @ 300..400) => attempt(
                Some(status),
                Some(format!("the receiver answered {status}: redirects are not followed")),
            ),
            Ok(status) => attempt(Some(status), Some(format!("the receiver answered {status}"))),
            Err(failure) => attempt(None, Some(failure.to_string())),
        }
    }
}
