//! Tests: every setting refuses what it cannot use, and says what would be right.

use crate::config::error::ConfigError;
use crate::config::known::known;
use crate::config::load::settle;
use crate::config::sources::Sources;
use claviger_domain::Bound;

const NO_NUMBERS: [&str; 6] = ["", "-1", "1.5", "60s", "many", "99999999999999999999999"];

/// Values that are refused beside those of `NO_NUMBERS`, and values at the bounds.
const NUMBERS: [(&str, &[&str], &[&str]); 13] = [
    ("workers", &["0", "513"], &["1", "512"]),
    ("max_connections", &["0", "1048577"], &["1", "1048576"]),
    ("max_connections_per_address", &["0", "1048577"], &["1", "1048576"]),
    ("keep_alive_seconds", &["0", "3601"], &["1", "3600"]),
    ("auth_failures_per_address", &["1000001"], &["0", "1000000"]),
    ("auth_failures_per_client", &["1000001"], &["0", "1000000"]),
    ("token_cache_bytes", &["1099511627777"], &["0", "1099511627776"]),
    ("audit_retention_days", &["36501"], &["0", "36500"]),
    ("log_retention_days", &["36501"], &["0", "36500"]),
    ("ended_token_retention_days", &["36501"], &["0", "36500"]),
    ("ended_credential_retention_days", &["36501"], &["0", "36500"]),
    ("vault_revalidation_hours", &["2161"], &["0", "1", "2160"]),
    ("vault_pull_minutes", &["43201"], &["0", "1", "43200"]),
];

const TEXTS: [(&str, &[&str], &[&str]); 20] = [
    (
        "listen",
        &["", "nine", "localhost:8080", "127.0.0.1", "127.0.0.1:65536"],
        &["127.0.0.1:1", "[::1]:65535"],
    ),
    (
        "public_url",
        &["", "x", "http://example.org", "ftp://x", "https://x/?q=1"],
        &["https://x", "http://localhost"],
    ),
    ("database_url", &["", "mysql://u:pw@h/d"], &["sqlite://x.db", "postgres://u@h/d"]),
    ("keys_dir", &[""], &["k"]),
    ("data_dir", &[""], &["d"]),
    ("node_name", &["", "a\nb"], &["node-1"]),
    ("trusted_proxies", &["10.0.0.0/33", "nginx", "10.0.0.1;10.0.0.2"], &["", "10.0.0.0/8, ::1"]),
    ("tls_cert", &[""], &[]),
    ("tls_key", &[""], &[]),
    ("metrics_listen", &["", "9090", "127.0.0.1:8080"], &["127.0.0.1:9090"]),
    ("otlp_endpoint", &["", "127.0.0.1:4318", "ftp://x"], &["http://127.0.0.1:4318"]),
    ("log_format", &["", "xml", "JSON"], &["text", "json"]),
    (
        "log_level",
        &["", "verbose", "claviger", "info,verbose", "claviger=verbose", "info,"],
        &["error", "warn", "info", "debug", "trace", "INFO", "warn,claviger=debug"],
    ),
    ("vault_catalogue", &[""], &["types.toml"]),
    (
        "vault_allowed_hosts",
        &["https://jira.internal", "a/b", "user@a"],
        &["", "jira.internal, 10.0.0.7:8443, [::1]"],
    ),
    (
        "webhook_allowed_hosts",
        &["https://hooks.internal", "a/b", "user@a"],
        &["", "hooks.internal, [::1]:8443"],
    ),
    ("vault_ca_file", &[""], &["authorities.pem"]),
    (
        "sign_in_allowed_hosts",
        &["https://login.internal", "a/b", "user@a"],
        &["", "login.internal, 127.0.0.1:8080"],
    ),
    ("sign_in_ca_file", &[""], &["authorities.pem"]),
    ("trust_clock", &["", "yes", "1"], &["true", "false"]),
];

fn settled(name: &'static str, value: &str) -> Result<(), ConfigError> {
    settle(&Sources::of_environment(&[(name, value)]), false).map(drop)
}

#[track_caller]
fn check(name: &'static str, bad: &[&str], good: &[&str]) {
    for value in bad {
        let error = settled(name, value).expect_err(&format!("{name} = {value:?} is accepted")).to_string();
        assert!(error.starts_with(&format!("setting {name} (from the environment, CLAVIGER_")), "{error}");
        assert!(error.contains("\", but must be ") && !error.contains("pw"), "{error}");
    }
    for value in good {
        settled(name, value).unwrap_or_else(|error| panic!("{name} = {value:?}: {error}"));
    }
}

#[test]
fn every_setting_refuses_bad_values_and_accepts_its_bounds() {
    let limits = Bound::ALL.iter().copied().map(Bound::setting);
    let limits = limits.map(|name| (name, &["4294967296"][..], &["0", "4294967295"][..]));
    let mut numbers: Vec<_> = NUMBERS.into_iter().chain(limits).collect();
    for (name, bad, good) in &numbers {
        check(name, &NO_NUMBERS, &[]);
        check(name, bad, good);
    }
    for (name, bad, good) in TEXTS {
        check(name, bad, good);
    }
    numbers.extend(TEXTS);
    let mut checked: Vec<_> = numbers.iter().map(|(name, ..)| *name).collect();
    let mut all: Vec<_> = known().collect();
    checked.sort_unstable();
    all.sort_unstable();
    assert_eq!(checked, all, "each setting has one row");
}
