//! What the handlers of a sidecar share.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::StatusCode;
use claviger_contract::RealmLabel;
use claviger_verifier::Verifier;

use crate::http::path_prefix::PathPrefix;

pub struct Sidecar {
    pub(super) verifier: Verifier,
    pub(super) realm: RealmLabel,
    /// The path of the issuer's `public_url`: proxies may send it, as to the server.
    pub(super) path_prefix: PathPrefix,
    pub(super) answers: Answers,
}

impl Sidecar {
    /// `None` if the issuer of the verifier names no realm.
    pub fn new(verifier: Verifier) -> Option<Self> {
        let (public_url, realm) = verifier.issuer().rsplit_once("/realms/")?;
        let (path_prefix, realm) = (PathPrefix::of(public_url), realm.parse().ok()?);
        Some(Self { verifier, realm, path_prefix, answers: Answers::default() })
    }
}

/// How many requests of proxies were answered with each status.
#[derive(Debug, Default)]
pub(super) struct Answers([AtomicU64; 4]);

const STATUSES: [StatusCode; 4] =
    [StatusCode::OK, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::SERVICE_UNAVAILABLE];

impl Answers {
    pub(super) fn note(&self, status: StatusCode) {
        for (counted, count) in STATUSES.iter().zip(&self.0) {
            if *counted == status {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// In the text format of Prometheus.
    pub(super) fn metrics(&self) -> String {
        let name = "claviger_sidecar_answers_total";
        let mut text = format!("# HELP {name} Answers to proxies by HTTP status.\n# TYPE {name} counter\n");
        for (status, count) in STATUSES.iter().zip(&self.0) {
            let (status, count) = (status.as_u16(), count.load(Ordering::Relaxed));
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{name}{{status=\"{status}\"}} {count}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_status() {
        let answers = Answers::default();
        for status in [200, 401, 200, 403, 503, 404] {
            answers.note(StatusCode::from_u16(status).expect("a status"));
        }
        let expected = "\
# HELP claviger_sidecar_answers_total Answers to proxies by HTTP status.
# TYPE claviger_sidecar_answers_total counter
claviger_sidecar_answers_total{status=\"200\"} 2
claviger_sidecar_answers_total{status=\"401\"} 1
claviger_sidecar_answers_total{status=\"403\"} 1
claviger_sidecar_answers_total{status=\"503\"} 1
";
        assert_eq!(answers.metrics(), expected);
    }
}
