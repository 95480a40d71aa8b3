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

const AFTER_LIMITS: [&str; 9] = [
    "vault_catalogue",
    "vault_allowed_hosts",
    "vault_ca_file",
    "vault_revalidation_hours",
    "vault_pull_minutes",
    "webhook_allowed_hosts",
    "sign_in_allowed_hosts",
    "sign_in_ca_file",
    "trust_clock",
];

/// Of 1. Below it, names have little in common.
const MIN_SIMILARITY: f64 = 0.75;

/// In the order of the settings reference.
pub fn known() -> impl Iterator<Item = &'static str> {
    let limits = Bound::ALL.iter().copied().map(Bound::setting);
    BEFORE_LIMITS.into_iter().chain(limits).chain(AFTER_LIMITS)
}

/// The most similar name, if it is similar at all.
pub fn nearest(name: &str, names: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let similarity = |known: &&str| strsim::jaro_winkler(known, &name);
    let found = names.max_by(|one, other| similarity(one).total_cmp(&similarity(other)))?;
    (similarity(&found) > MIN_SIMILARITY).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_settings_are_recognized() {
        for (written, meant) in [
            ("listne", Some("listen")),
            ("worker", Some("workers")),
            ("database", Some("database_url")),
            ("loglevel", Some("log_level")),
            ("trusted_proxy", Some("trusted_proxies")),
            ("max_group_per_realm", Some("max_groups_per_realm")),
            ("xyzzy", None),
        ] {
            assert_eq!(nearest(written, known()), meant, "{written}");
        }
        for name in known() {
            assert_eq!(nearest(name, known()), Some(name));
        }
    }
}
