//! When the certificate of this server ends.

use std::sync::atomic::{AtomicI64, Ordering};

use claviger_contract::Timestamp;

/// Unset until a certificate is loaded, and if the end of one cannot be read.
#[derive(Debug)]
pub struct CertificateEnd(AtomicI64);

const UNSET: i64 = i64::MAX;

impl Default for CertificateEnd {
    fn default() -> Self {
        Self(AtomicI64::new(UNSET))
    }
}

impl CertificateEnd {
    pub fn set(&self, end: Option<Timestamp>) {
        self.0.store(end.map_or(UNSET, Timestamp::epoch_seconds), Ordering::Relaxed);
    }

    pub fn get(&self) -> Option<Timestamp> {
        let seconds = self.0.load(Ordering::Relaxed);
        (seconds != UNSET).then(|| Timestamp::from_epoch_seconds(seconds))
    }
}
