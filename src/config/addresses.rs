//! Where the server listens, how clients reach it, and where it sends traces.

use std::net::SocketAddr;

use url::{Host, Url};

use crate::config::error::ConfigError;
use crate::config::numbers::path;
use crate::config::settings::TlsFiles;
use crate::config::sources::Sources;
use claviger_domain::Network;

pub fn public_url(
    sources: &Sources,
    listen: SocketAddr,
    dev: bool,
    has_tls: bool,
) -> Result<String, ConfigError> {
    let scheme = if has_tls { "https" } else { "http" };
    let Some(text) = sources.get::<String>("public_url", "a URL")?.filter(|_| !dev) else {
        if dev || listen.ip().is_loopback() {
            return Ok(format!("{scheme}://{listen}"));
        }
        return Err(ConfigError::Missing(
            "public_url",
            "set it to the https:// base URL at which clients reach this server",
        ));
    };
    let fits = Url::parse(&text).ok().filter(|url| {
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        (url.scheme() == "https" || (url.scheme() == "http" && loopback))
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    if fits.is_none() {
        let expected = "an https:// URL without query or fragment (http:// only for a loopback address)";
        return Err(sources.invalid("public_url", text, expected));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

pub fn networks(sources: &Sources) -> Result<Vec<Network>, ConfigError> {
    let expected = "address ranges separated by commas, such as 10.0.0.0/8, fd00::/8";
    let Some(text) = sources.get::<String>("trusted_proxies", expected)? else { return Ok(Vec::new()) };
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| part.parse().map_err(|_| sources.invalid("trusted_proxies", text.clone(), expected)))
        .collect()
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

pub fn otlp_endpoint(sources: &Sources) -> Result<Option<String>, ConfigError> {
    let expected = "an http:// or https:// URL, such as http://127.0.0.1:4318";
    let Some(text) = sources.get::<String>("otlp_endpoint", expected)? else { return Ok(None) };
    let fits = Url::parse(&text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.query().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    if fits {
        Ok(Some(text.trim_end_matches('/').to_owned()))
    } else {
        Err(sources.invalid("otlp_endpoint", text, expected))
    }
}
