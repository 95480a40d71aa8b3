//! Client authentication: Basic or form, exactly one of them (RFC 6749 §2.3.1).

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderValue};
use claviger_contract::{Authorization, Unclear};
use zeroize::Zeroizing;

use crate::http::client_address::client_address;
use crate::http::oauth::form::Form;
use crate::http::state::AppState;
use crate::issuance::{Origin, PresentedClient, Refusal};
use claviger_domain::Door;

/// Parameters of unsupported methods: combined with another method, they make two methods.
const ASSERTION: [&str; 2] = ["client_assertion", "client_assertion_type"];

pub fn presented_client(
    request: &HttpRequest,
    form: &Form,
    state: &AppState,
    door: Door,
) -> Result<PresentedClient, Refusal> {
    let origin = Origin { door, address: client_address(request, state) };
    let in_header = basic(request)?;
    let in_form = form.find("client_secret");
    let methods = usize::from(in_header.is_some())
        + usize::from(in_form.is_some())
        + usize::from(form.all(&ASSERTION).next().is_some());
    if methods > 1 {
        return Err(Refusal::InvalidRequest(
            "authenticate with one method: Basic or client_secret, not both",
        ));
    }
    let named = form.find("client_id");
    match (in_header, in_form, named) {
        (Some((id, key)), _, named) => {
            if named.is_some_and(|named| named != id) {
                return Err(Refusal::InvalidRequest(
                    "client_id differs from the one in the Authorization header",
                ));
            }
            Ok(PresentedClient { client_id: id, presented_key: key, origin })
        }
        (None, Some(key), Some(id)) => Ok(PresentedClient {
            client_id: id.to_owned(),
            presented_key: Zeroizing::new(key.to_owned()),
            origin,
        }),
        (None, Some(_), None) => Err(Refusal::InvalidRequest("client_id is missing")),
        (None, None, _) => Err(Refusal::InvalidClient),
    }
}

/// For requests without a body: Basic alone.
pub fn client_in_header(
    request: &HttpRequest,
    state: &AppState,
    door: Door,
) -> Result<PresentedClient, Refusal> {
    let (client_id, presented_key) = basic(request)?.ok_or(Refusal::InvalidClient)?;
    let origin = Origin { door, address: client_address(request, state) };
    Ok(PresentedClient { client_id, presented_key, origin })
}

/// Id and key are form-encoded before base64; for ids and keys of this server, form encoding changes nothing.
fn basic(request: &HttpRequest) -> Result<Option<(String, Zeroizing<String>)>, Refusal> {
    const MALFORMED: Refusal =
        Refusal::InvalidRequest("the Authorization header is not one Basic credential");
    let values = request.headers().get_all(AUTHORIZATION).map(HeaderValue::as_bytes);
    let text = match Authorization::find(values) {
        Ok(Some(Authorization::Basic(text))) => Zeroizing::new(text),
        // An unsupported scheme: the challenge of the refusal names the supported one.
        Ok(Some(Authorization::Bearer(_) | Authorization::Other)) => return Err(Refusal::InvalidClient),
        Ok(None) => return Ok(None),
        Err(Unclear::Repeated(_)) => {
            return Err(Refusal::InvalidRequest("there is more than one Authorization header"));
        }
        Err(_) => return Err(MALFORMED),
    };
    let (id, key) = text.split_once(':').ok_or(MALFORMED)?;
    let id = decode(id).ok_or(MALFORMED)?;
    let key = Zeroizing::new(decode(key).ok_or(MALFORMED)?);
    Ok(Some((id, key)))
}

fn decode(part: &str) -> Option<String> {
    if part.contains(['&', '=']) {
        // Not form-encoded, so not issued by this server: used unchanged, it matches nothing.
        return Some(part.to_owned());
    }
    let decoded = form_urlencoded::parse(part.as_bytes()).next().map(|(name, _)| name.into_owned());
    decoded.or_else(|| part.is_empty().then(String::new)).filter(|text| !text.contains(['\0', '\u{FFFD}']))
}
