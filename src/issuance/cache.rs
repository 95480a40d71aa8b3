//! Signatures that were checked before: bounded, per worker, and never an answer by itself.

use std::cell::RefCell;
use std::sync::Arc;

use super::VerifiedToken;
use crate::crypto::Fingerprint;

/// A verified token and its introspection answer while it is active. Expiry and cuts are checked on every hit.
pub struct Seen {
    pub token: VerifiedToken,
    pub active_answer: Arc<str>,
}

/// Slots per worker thread; a newer token takes the slot of an older one. Full, it holds about 10 MB.
const SLOTS: usize = 8_192;

type Slots = Vec<Option<(Fingerprint, Arc<Seen>)>>;

thread_local! {
    static CACHE: RefCell<Slots> = const { RefCell::new(Vec::new()) };
}

pub fn find(fingerprint: &Fingerprint) -> Option<Arc<Seen>> {
    CACHE.with_borrow(|slots| match slots.get(slot(fingerprint)) {
        Some(Some((known, seen))) if known == fingerprint => Some(seen.clone()),
        _ => None,
    })
}

pub fn keep(fingerprint: Fingerprint, seen: Arc<Seen>) {
    CACHE.with_borrow_mut(|slots| {
        if slots.is_empty() {
            slots.resize(SLOTS, None);
        }
        if let Some(place) = slots.get_mut(slot(&fingerprint)) {
            *place = Some((fingerprint, seen));
        }
    });
}

fn slot(fingerprint: &Fingerprint) -> usize {
    let [a, b, ..] = fingerprint.0;
    usize::from(u16::from_le_bytes([a, b])) % SLOTS
}
