//! Exchanges the code for tokens (OpenID Connect Core §3.1.3).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claviger_vault::Outbound;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::sign_in::document::{ProviderDocument, SecretMethod};
use crate::sign_in::failure::{Endpoint, ProviderFault, SignInFailure, error_code};
use crate::sign_in::requests::post_form;

/// As whom this server asks a provider.
#[derive(Clone, Copy)]
pub struct ProviderClient<'a> {
    pub client_id: &'a str,
    /// `None`: the provider knows the client by PKCE and the redirect URI alone.
    pub secret: Option<&'a str>,
    pub redirect_uri: &'a str,
}

pub struct Tokens {
    pub id_token: Zeroizing<String>,
    pub access_token: Option<Zeroizing<String>>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens")
    }
}

pub fn exchange(
    outbound: &dyn Outbound,
    document: &ProviderDocument,
    client: ProviderClient<'_>,
    code: &str,
    verifier: &str,
) -> Result<Tokens, SignInFailure> {
    let ProviderClient { client_id, secret, redirect_uri } = client;
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", verifier),
    ];
    let mut authorization = None;
    match (secret, document.secret_method) {
        (None, _) => form.push(("client_id", client_id)),
        (Some(secret), SecretMethod::Basic) => authorization = Some(basic(client_id, secret)),
        (Some(secret), SecretMethod::Post) => {
            form.extend([("client_id", client_id), ("client_secret", secret)]);
        }
        (Some(_), SecretMethod::Unknown) => return Err(ProviderFault::ClientAuthentication.into()),
    }
    let (status, members) =
        post_form(outbound, Endpoint::Token, &document.token_endpoint, authorization, &form)?;
    if status == 200 { Ok(tokens(members)?) } else { Err(refused(&members)) }
}

/// Both parts are form-encoded first (RFC 6749 §2.3.1).
fn basic(client_id: &str, secret: &str) -> Zeroizing<String> {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let both = Zeroizing::new(format!("{}:{}", encoded(client_id), encoded(secret)));
    Zeroizing::new(format!("Basic {}", STANDARD.encode(&*both)))
}

fn tokens(mut members: Map<String, Value>) -> Result<Tokens, ProviderFault> {
    let mut text = |name: &str| match members.remove(name) {
        Some(Value::String(text)) => Some(Zeroizing::new(text)),
        _ => None,
    };
    let id_token = text("id_token").ok_or(ProviderFault::Malformed(Endpoint::Token, "has no id_token"))?;
    let access_token = text("access_token");
    match text("token_type") {
        Some(kind) if kind.eq_ignore_ascii_case("Bearer") => Ok(Tokens { id_token, access_token }),
        _ => Err(ProviderFault::Malformed(Endpoint::Token, "has another token_type than Bearer")),
    }
}

fn refused(members: &Map<String, Value>) -> SignInFailure {
    match members.get("error").and_then(Value::as_str).map(error_code).as_deref() {
        // The code has ended or was used before.
        Some("invalid_grant") => SignInFailure::Stale,
        Some("invalid_client" | "unauthorized_client") => ProviderFault::ClientRefused.into(),
        Some(code) => ProviderFault::TokenRefused(code.to_owned()).into(),
        None => ProviderFault::Malformed(Endpoint::Token, "has no error").into(),
    }
}
