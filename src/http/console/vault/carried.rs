//! Secrets between two steps of the form: sealed in a hidden field of the page, for ten minutes and one session. Nothing is
//! stored, so any node can go on.

use std::collections::BTreeMap;

use claviger_api::AuthModeView;
use claviger_contract::{CLOCK_LEEWAY_SECONDS, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::http::console::stop::Stop;
use crate::http::console::vault::draft::{Draft, is_secret};
use crate::http::console::visit::Visit;

pub type Secrets = BTreeMap<String, Zeroizing<String>>;

const LIFETIME_SECONDS: i64 = 600;
/// The secrets of a form of 64 KiB, in base64.
const MAX_SEALED_BYTES: usize = 48 << 10;

#[derive(Serialize, Deserialize)]
struct Carried {
    at: Timestamp,
    /// Type and way to authenticate: a secret is sent to no other provider than the one it was typed for.
    of: (String, String),
    secrets: BTreeMap<String, String>,
}

/// The secrets that were typed, or else those of the attempt before; empty if there are none.
pub fn seal(visit: &Visit, draft: &Draft, mode: &AuthModeView) -> Result<String, Stop> {
    let mut secrets = open(visit, draft);
    for field in mode.fields.iter().filter(|field| is_secret(field)) {
        let typed = draft.field(&field.name);
        if !typed.is_empty() {
            secrets.insert(field.name.clone(), Zeroizing::new(typed.to_owned()));
        }
    }
    if secrets.is_empty() {
        return Ok(String::new());
    }
    let secrets = secrets.iter().map(|(name, secret)| (name.clone(), secret.to_string())).collect();
    let carried = Carried { at: visit.now(), of: of(draft), secrets };
    let broken = |error: &dyn std::fmt::Display| Stop::Broken(error.to_string());
    let text = serde_json::to_vec(&carried).map(Zeroizing::new).map_err(|error| broken(&error))?;
    let administration = &visit.state.administration;
    let randomness = administration.ledger.randomness();
    let sealed = administration.keyring.seal_text(&identity(visit), &text, randomness);
    sealed.map_err(|error| broken(&error))
}

/// None if they are too old, or of another session, type or way to authenticate.
pub fn open(visit: &Visit, draft: &Draft) -> Secrets {
    opened(visit, draft).unwrap_or_default()
}

fn opened(visit: &Visit, draft: &Draft) -> Option<Secrets> {
    if draft.sealed.is_empty() || draft.sealed.len() > MAX_SEALED_BYTES {
        return None;
    }
    let keyring = &visit.state.administration.keyring;
    let opened = keyring.open_text(&identity(visit), &draft.sealed).ok()?;
    let carried: Carried = serde_json::from_slice(&opened).ok()?;
    let now = visit.now();
    let is_live = carried.at <= now.plus_seconds(CLOCK_LEEWAY_SECONDS)
        && now <= carried.at.plus_seconds(LIFETIME_SECONDS);
    let secrets = carried.secrets.into_iter().map(|(name, secret)| (name, Zeroizing::new(secret)));
    (is_live && carried.of == of(draft)).then(|| secrets.collect())
}

fn of(draft: &Draft) -> (String, String) {
    (draft.source_type.clone(), draft.mode.clone())
}

fn identity(visit: &Visit) -> String {
    format!("source_credential_form/{}/{}", visit.session.realm.record.label, visit.session.token.id)
}
