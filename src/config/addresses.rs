//! Where the server listens, and how clients reach it.

use std::net::SocketAddr;

use crate::config::base_url::{PUBLIC, base_url};
use crate::config::error::ConfigError;
use crate::config::numbers::path;
use crate::config::settings::TlsFiles;
use crate::config::sources::Sources;
use claviger_domain::Network;
use claviger_vault::ListedHosts;

pub fn public_url(
    sources: &Sources,
    listen: SocketAddr,
    dev: bool,
    has_tls: bool,
) -> Result<String, ConfigError> {
    let scheme = if has_tls { "https" } else { "http" };
    if dev {
        return Ok(format!("{scheme}://{listen}"));
    }
    match base_url(sources, "public_url", &PUBLIC)? {
        Some(url) => match own_route(&url) {
            None => Ok(url),
            Some(route) => {
                let expected =
                    format!("a URL whose path does not begin with /{route}, a path of this server");
                Err(sources.invalid("public_url", url, &expected))
            }
        },
        None if listen.ip().is_loopback() => Ok(format!("{scheme}://{listen}")),
        None => Err(ConfigError::Missing(
            "public_url",
            "set it to the https:// base URL at which clients reach this server",
        )),
    }
}

/// The first segment of the path, if routes of this server begin with it: a request could then be meant with the path
/// of `public_url` or without it.
fn own_route(url: &str) -> Option<&str> {
    let first = url.split('/').nth(3)?;
    ["realms", "oauth", "api", "health", ".well-known"].into_iter().find(|route| *route == first)
}

pub fn networks(sources: &Sources) -> Result<Vec<Network>, ConfigError> {
    let expected = "address ranges separated by commas, such as 10.0.0.0/8, fd00::/8";
    let Some(text) = sources.get::<String>("trusted_proxies", expected)? else { return Ok(Vec::new()) };
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| part.parse().map_err(|_| sources.invalid("trusted_proxies", text.clone(), expected)))
        .collect()
}

pub fn allowed_hosts(sources: &Sources, name: &'static str) -> Result<Vec<String>, ConfigError> {
    let expected = "hosts or addresses, with or without a port, separated by commas, such as jira.internal, 10.0.0.7:8443";
    let Some(text) = sources.get::<String>(name, expected)? else { return Ok(Vec::new()) };
    let parts: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    match ListedHosts::new(parts.iter().copied()) {
        Ok(_) => Ok(parts.into_iter().map(str::to_owned).collect()),
        Err(_) => Err(sources.invalid(name, text, expected)),
    }
}

pub fn tls(sources: &Sources) -> Result<Option<TlsFiles>, ConfigError> {
    match (path(sources, "tls_cert", "a file")?, path(sources, "tls_key", "a file")?) {
        (None, None) => Ok(None),
        (Some(cert), Some(key)) => Ok(Some(TlsFiles { cert, key })),
        (Some(_), None) => {
            Err(ConfigError::Missing("tls_key", "set it to the file with the private key of tls_cert"))
        }
        (None, Some(_)) => {
            Err(ConfigError::Missing("tls_cert", "set it to the file with the certificate of tls_key"))
        }
    }
}

/// Metrics must not share the port of the API.
pub fn metrics_listen(sources: &Sources, listen: SocketAddr) -> Result<Option<SocketAddr>, ConfigError> {
    let expected = "an address and a port, such as 127.0.0.1:9090";
    let asked: Option<SocketAddr> = sources.get("metrics_listen", expected)?;
    match asked {
        Some(metrics) if metrics.port() == listen.port() && metrics.port() != 0 => {
            let expected = "another port than the one of listen";
            Err(sources.invalid("metrics_listen", metrics.to_string(), expected))
        }
        asked => Ok(asked),
    }
}
