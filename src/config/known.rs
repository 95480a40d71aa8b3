//! The names of all settings.

use claviger_domain::Bound;

const BEFORE_LIMITS: [&str; 24] = [
    "listen",
    "public_url",
    "database_url",
    "keys_dir",
    "data_dir",
    "node_name",
    "trusted_proxies",
    "tls_cert",
    "tls_key",
    "metrics_listen",
    "otlp_endpoint",
    "workers",
    "max_connections",
    "max_connections_per_address",
    "keep_alive_seconds",
    "log_format",
    "log_level",
    "auth_failures_per_address",
    "auth_failures_per_client",
    "token_cache_bytes",
    "audit_retention_days",
    "log_retention_days",
    "ended_token_retention_days",
    "ended_credential_retention_days",
];

const AFTER_LIMITS: [&str; 1] = ["trust_clock"];

/// In the order of the settings reference.
pub fn known() -> impl Iterator<Item = &'static str> {
    let limits = Bound::ALL.iter().copied().map(Bound::setting);
    BEFORE_LIMITS.into_iter().chain(limits).chain(AFTER_LIMITS)
}
