//! The ID token: verified strictly, without anything that its header asks for (OpenID Connect Core §3.1.3.7).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger_contract::{CLOCK_LEEWAY_SECONDS, CompactJwt, Timestamp, parse_strict_json};
use serde_json::{Map, Value};

use crate::crypto::{is_same_text, token_hash};
use crate::sign_in::algorithm_name::algorithm_named;
use crate::sign_in::failure::IdTokenFault;
use crate::sign_in::key_set::ProviderKeys;
use claviger_domain::{Algorithm, ProviderSubject};

const MAX_BYTES: usize = 64 * 1024;
const MAX_AUDIENCES: usize = 100;

/// What the token must be for.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub access_token: Option<&'a str>,
    /// When this server sent the person to the provider.
    pub started_at: Timestamp,
    /// Whether the person had to sign in anew.
    pub is_fresh: bool,
    pub now: Timestamp,
}

/// Verified.
pub struct IdToken {
    pub subject: ProviderSubject,
    pub claims: Map<String, Value>,
}

/// Verifies the signature first, then what it says. `algorithms` are those that the provider lists.
pub fn verify(
    token: &str,
    keys: &ProviderKeys,
    algorithms: &[Algorithm],
    expected: Expected<'_>,
) -> Result<IdToken, IdTokenFault> {
    if token.len() > MAX_BYTES {
        return Err(IdTokenFault::TooLarge);
    }
    let compact = CompactJwt::split(token).map_err(|_| IdTokenFault::Malformed)?;
    let header = URL_SAFE_NO_PAD.decode(compact.header).map_err(|_| IdTokenFault::Malformed)?;
    let header = object(&header)?;
    let (algorithm, kid) = read_header(&header, algorithms)?;
    let key = keys.find(kid, algorithm).ok_or(IdTokenFault::UnknownKey)?;
    if !key.verifies(compact.signed, compact.signature) {
        return Err(IdTokenFault::Signature);
    }
    let claims = compact.claims_json().map_err(|_| IdTokenFault::Malformed)?;
    let claims = object(claims.as_bytes())?;
    check_parties(&claims, expected)?;
    check_times(&claims, expected)?;
    check_bindings(&claims, algorithm, expected)?;
    let subject =
        claims.get("sub").and_then(|sub| sub.as_str()?.parse().ok()).ok_or(IdTokenFault::Subject)?;
    Ok(IdToken { subject, claims })
}

fn object(json: &[u8]) -> Result<Map<String, Value>, IdTokenFault> {
    match parse_strict_json(json) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(IdTokenFault::Malformed),
    }
}

/// Members that name or contain a key (`jwk`, `jku`, `x5u`, `x5c`) are ignored: keys come from the key set alone.
fn read_header<'a>(
    header: &'a Map<String, Value>,
    algorithms: &[Algorithm],
) -> Result<(Algorithm, Option<&'a str>), IdTokenFault> {
    let algorithm = header.get("alg").and_then(|alg| algorithm_named(alg.as_str()?));
    let algorithm = algorithm.filter(|alg| algorithms.contains(alg)).ok_or(IdTokenFault::Algorithm)?;
    let is_jwt = |typ: &Value| typ.as_str().is_some_and(|typ| typ.eq_ignore_ascii_case("JWT"));
    if !header.get("typ").is_none_or(is_jwt) {
        return Err(IdTokenFault::Type);
    }
    if header.contains_key("crit") {
        return Err(IdTokenFault::Critical);
    }
    match header.get("kid") {
        None => Ok((algorithm, None)),
        Some(Value::String(kid)) => Ok((algorithm, Some(kid))),
        Some(_) => Err(IdTokenFault::Malformed),
    }
}

fn check_parties(claims: &Map<String, Value>, expected: Expected<'_>) -> Result<(), IdTokenFault> {
    if claims.get("iss").and_then(Value::as_str) != Some(expected.issuer) {
        return Err(IdTokenFault::Issuer);
    }
    let audiences = match claims.get("aud") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(all)) if all.len() <= MAX_AUDIENCES => {
            all.iter().map(Value::as_str).collect::<Option<_>>().ok_or(IdTokenFault::Audience)?
        }
        _ => Vec::new(),
    };
    if !audiences.contains(&expected.client_id) {
        return Err(IdTokenFault::Audience);
    }
    match claims.get("azp") {
        Some(azp) if azp == expected.client_id => Ok(()),
        None if audiences.len() == 1 => Ok(()),
        _ => Err(IdTokenFault::AuthorizedParty),
    }
}

fn check_times(claims: &Map<String, Value>, expected: Expected<'_>) -> Result<(), IdTokenFault> {
    // Out of an integer's range is no time.
    let seconds = |name: &str| claims.get(name).map(Value::as_i64);
    let now = expected.now.epoch_seconds();
    let began = expected.started_at.epoch_seconds() - CLOCK_LEEWAY_SECONDS;
    let soon = now + CLOCK_LEEWAY_SECONDS;
    match seconds("exp").flatten() {
        Some(exp) if exp > now - CLOCK_LEEWAY_SECONDS => {}
        _ => return Err(IdTokenFault::Expired),
    }
    match seconds("iat").flatten() {
        Some(iat) if (began..=soon).contains(&iat) => {}
        _ => return Err(IdTokenFault::IssuedAt),
    }
    match seconds("nbf") {
        None => {}
        Some(Some(nbf)) if nbf <= soon => {}
        Some(_) => return Err(IdTokenFault::NotYetValid),
    }
    // Not every provider says when a person signed in: Google never does.
    match seconds("auth_time") {
        Some(Some(auth_time)) if expected.is_fresh && auth_time < began => Err(IdTokenFault::OldSignIn),
        _ => Ok(()),
    }
}

fn check_bindings(
    claims: &Map<String, Value>,
    algorithm: Algorithm,
    expected: Expected<'_>,
) -> Result<(), IdTokenFault> {
    let nonce = claims.get("nonce").and_then(Value::as_str).unwrap_or_default();
    if !is_same_text(nonce, expected.nonce) {
        return Err(IdTokenFault::Nonce);
    }
    let Some(hash) = claims.get("at_hash") else { return Ok(()) };
    let fits = expected.access_token.is_some_and(|token| {
        hash.as_str().is_some_and(|hash| is_same_text(hash, &token_hash(algorithm, token)))
    });
    if fits { Ok(()) } else { Err(IdTokenFault::AccessTokenHash) }
}
