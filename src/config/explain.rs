//! Every setting with its effective value and origin.

use std::path::PathBuf;

use serde::Serialize;

use crate::config::error::ConfigError;
use crate::config::flags::Flags;
use crate::config::known::known;
use crate::config::load::settle;
use crate::config::settings::{LogFormat, Settings};
use crate::config::sources::{Sources, without_user_info};
use claviger_domain::{Bound, DatabaseUrl};

/// The effective value of one setting, and its origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    pub name: &'static str,
    /// `None` without a value; secrets are omitted.
    pub value: Option<String>,
    pub origin: String,
}

/// Every setting, and the error of their combination, if any.
pub fn explain(flags: &Flags) -> Result<(Vec<Explained>, Option<ConfigError>), ConfigError> {
    let sources = Sources::read(flags)?;
    let (settled, error) = match settle(&sources, flags.dev) {
        Ok(settings) => (Some(settings), None),
        Err(error) => (None, Some(error)),
    };
    let explained = known().map(|name| {
        let found = sources.find(name).filter(|_| !(flags.dev && name == "public_url"));
        let default = || settled.as_ref().and_then(|settings| settings.shown(name));
        match found {
            Some((origin, text)) => {
                let value =
                    settled.as_ref().map_or(without_secrets(name, text), |settings| settings.shown(name));
                Explained { name, value, origin: origin.trim_start_matches("from ").to_owned() }
            }
            None => Explained { name, value: default(), origin: "default".to_owned() },
        }
    });
    Ok((explained.collect(), error))
}

/// Database URLs may contain a password.
fn without_secrets(name: &str, text: String) -> Option<String> {
    match name {
        "database_url" => Some(text.parse::<DatabaseUrl>().map_or("…".to_owned(), |url| url.to_string())),
        _ => Some(without_user_info(&text)),
    }
}

impl Settings {
    /// The value as a user would write it; every setting has an arm here.
    fn shown(&self, name: &str) -> Option<String> {
        let file = |file: Option<&PathBuf>| file.map(|file| file.display().to_string());
        let list = |all: &[String]| (!all.is_empty()).then(|| all.join(","));
        match name {
            "listen" => Some(self.listen.to_string()),
            "public_url" => Some(self.public_url.clone()),
            "database_url" => Some(self.database_url.to_string()),
            "keys_dir" => file(Some(&self.keys_dir)),
            "data_dir" => file(Some(&self.data_dir)),
            "node_name" => Some(self.node_name.clone()),
            "trusted_proxies" => {
                let all: Vec<String> = self.trusted_proxies.iter().map(ToString::to_string).collect();
                (!all.is_empty()).then(|| all.join(","))
            }
            "tls_cert" => file(self.tls.as_ref().map(|tls| &tls.cert)),
            "tls_key" => file(self.tls.as_ref().map(|tls| &tls.key)),
            "metrics_listen" => self.metrics_listen.map(|address| address.to_string()),
            "otlp_endpoint" => self.otlp_endpoint.clone(),
            "workers" => self.workers.map(|workers| workers.to_string()),
            "max_connections" => self.max_connections.map(|most| most.to_string()),
            "max_connections_per_address" => self.max_connections_per_address.map(|most| most.to_string()),
            "keep_alive_seconds" => Some(self.keep_alive_seconds.to_string()),
            "log_format" => Some(if self.log_format == LogFormat::Json { "json" } else { "text" }.to_owned()),
            "log_level" => Some(self.log_level.clone()),
            "auth_failures_per_address" => Some(self.auth_failures_per_address.to_string()),
            "auth_failures_per_client" => Some(self.auth_failures_per_client.to_string()),
            "token_cache_bytes" => Some(self.token_cache_bytes.to_string()),
            "audit_retention_days" => self.audit_retention_days.map(|days| days.to_string()),
            "vault_catalogue" => file(self.vault_catalogue.as_ref()),
            "vault_allowed_hosts" => list(&self.vault_allowed_hosts),
            "vault_ca_file" => file(self.vault_ca_file.as_ref()),
            "vault_revalidation_hours" => self.vault_revalidation_hours.map(|hours| hours.to_string()),
            "vault_pull_minutes" => self.vault_pull_minutes.map(|minutes| minutes.to_string()),
            "webhook_allowed_hosts" => list(&self.webhook_allowed_hosts),
            "sign_in_allowed_hosts" => list(&self.sign_in_allowed_hosts),
            "sign_in_ca_file" => file(self.sign_in_ca_file.as_ref()),
            "trust_clock" => Some(self.trust_clock.to_string()),
            "log_retention_days" => self.log_retention_days.map(|days| days.to_string()),
            "ended_token_retention_days" => self.ended_token_retention_days.map(|days| days.to_string()),
            "ended_credential_retention_days" => {
                self.ended_credential_retention_days.map(|days| days.to_string())
            }
            _ => {
                let bound = Bound::ALL.iter().copied().find(|bound| bound.setting() == name)?;
                Some(self.limits.get(bound).to_string())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every new setting must say how it is shown.
    #[test]
    fn every_setting_is_shown_when_it_has_a_value() {
        let environment = [
            ("listen", "127.0.0.1:9"),
            ("public_url", "https://keys.example.org"),
            ("database_url", "postgres://me:pw@db/claviger"),
            ("trusted_proxies", "10.0.0.0/8"),
            ("tls_cert", "c.pem"),
            ("tls_key", "k.pem"),
            ("metrics_listen", "127.0.0.1:10"),
            ("otlp_endpoint", "http://127.0.0.1:4318"),
            ("workers", "2"),
            ("max_connections", "500"),
            ("max_connections_per_address", "50"),
            ("audit_retention_days", "400"),
            ("log_retention_days", "30"),
            ("vault_catalogue", "types.toml"),
            ("vault_allowed_hosts", "jira.internal"),
            ("vault_ca_file", "authorities.pem"),
            ("vault_pull_minutes", "60"),
            ("webhook_allowed_hosts", "127.0.0.1"),
            ("sign_in_allowed_hosts", "login.internal"),
            ("sign_in_ca_file", "authorities.pem"),
        ];
        let settings = settle(&Sources::of_environment(&environment), false).unwrap();
        for name in known() {
            let shown = settings.shown(name);
            assert!(shown.as_ref().is_some_and(|text| !text.is_empty()), "{name} is not shown");
            assert!(!shown.is_some_and(|text| text.contains("pw")), "{name} shows a password");
        }
    }
}
