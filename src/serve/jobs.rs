//! The jobs of a server: every kind, with what it needs.

use std::sync::Arc;

use crate::administration::Administration;
use crate::config::Settings;
use crate::jobs::{
    EndedKeys, ExpiryNotices, JobKind, OldCounts, Retention, RetentionDays, Revalidation, SourcePulls,
    WaitingCuts, WebhookDelivery, WebhookOutbox,
};

pub fn job_kinds(settings: &Settings, administration: &Administration) -> Vec<Arc<dyn JobKind>> {
    let (ledger, store) = (administration.ledger.clone(), administration.ledger.store().clone());
    let days = RetentionDays {
        audit: settings.audit_retention_days,
        log: settings.log_retention_days,
        tokens: settings.ended_token_retention_days,
        credentials: settings.ended_credential_retention_days,
    };
    vec![
        Arc::new(EndedKeys(ledger.clone())),
        Arc::new(ExpiryNotices(administration.clone())),
        Arc::new(OldCounts(store.clone())),
        Arc::new(Retention { ledger, days }),
        Arc::new(Revalidation {
            administration: administration.clone(),
            interval_seconds: settings.vault_revalidation_hours.map(|hours| i64::from(hours) * 3_600),
        }),
        Arc::new(SourcePulls {
            administration: administration.clone(),
            interval_seconds: settings.vault_pull_minutes.map(|minutes| i64::from(minutes) * 60),
        }),
        Arc::new(WaitingCuts(store)),
        Arc::new(WebhookDelivery(administration.clone())),
        Arc::new(WebhookOutbox(administration.clone())),
    ]
}
