//! The discovery document of a provider (OpenID Connect Discovery §3).

use serde_json::{Map, Value};
use url::Url;

use crate::sign_in::algorithm_name::algorithm_named;
use crate::sign_in::failure::{Endpoint, ProviderFault};
use claviger_domain::{Algorithm, IssuerUrl, is_provider_url};

const MAX_URL_BYTES: usize = 2_048;
/// Of an issuer that is shown in an error.
const MAX_SHOWN: usize = 512;

#[derive(Clone, Debug)]
pub struct ProviderDocument {
    pub authorization_endpoint: Url,
    pub token_endpoint: Url,
    pub jwks_uri: Url,
    pub userinfo_endpoint: Option<Url>,
    /// Those of ours that may sign its ID tokens.
    pub algorithms: Vec<Algorithm>,
    pub secret_method: SecretMethod,
    /// Whether each answer of the authorization endpoint names its issuer (RFC 9207).
    pub names_issuer: bool,
}

/// How a client secret is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretMethod {
    Basic,
    Post,
    /// By another method than these.
    Unknown,
}

impl ProviderDocument {
    pub fn read(issuer: &IssuerUrl, members: &Map<String, Value>) -> Result<Self, ProviderFault> {
        let found = members.get("issuer").and_then(Value::as_str).unwrap_or_default();
        if found != issuer.as_str() {
            return Err(ProviderFault::OtherIssuer(found.chars().take(MAX_SHOWN).collect()));
        }
        let malformed = |what| ProviderFault::Malformed(Endpoint::Discovery, what);
        let listed = |name: &str| members.get(name).and_then(Value::as_array).cloned();
        let url = |name: &str| url(members.get(name)?.as_str()?);
        let algorithms = match listed("id_token_signing_alg_values_supported") {
            Some(names) => names.iter().filter_map(|name| algorithm_named(name.as_str()?)).collect(),
            // Every provider must support it.
            None => vec![Algorithm::Rs256],
        };
        if algorithms.is_empty() {
            return Err(ProviderFault::Algorithms);
        }
        let userinfo_endpoint = match members.contains_key("userinfo_endpoint") {
            true => {
                Some(url("userinfo_endpoint").ok_or_else(|| malformed("has an unusable userinfo_endpoint"))?)
            }
            false => None,
        };
        Ok(Self {
            authorization_endpoint: url("authorization_endpoint")
                .ok_or_else(|| malformed("has no usable authorization_endpoint"))?,
            token_endpoint: url("token_endpoint").ok_or_else(|| malformed("has no usable token_endpoint"))?,
            jwks_uri: url("jwks_uri").ok_or_else(|| malformed("has no usable jwks_uri"))?,
            userinfo_endpoint,
            algorithms,
            secret_method: secret_method(listed("token_endpoint_auth_methods_supported").as_deref()),
            names_issuer: members.get("authorization_response_iss_parameter_supported")
                == Some(&Value::Bool(true)),
        })
    }
}

fn url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|_| text.len() <= MAX_URL_BYTES)?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (is_plain && is_provider_url(&url)).then_some(url)
}

fn secret_method(listed: Option<&[Value]>) -> SecretMethod {
    // The default of the standard.
    let Some(listed) = listed else { return SecretMethod::Basic };
    let has = |name: &str| listed.iter().any(|one| one == name);
    match (has("client_secret_basic"), has("client_secret_post")) {
        (true, _) => SecretMethod::Basic,
        (false, true) => SecretMethod::Post,
        (false, false) => SecretMethod::Unknown,
    }
}
