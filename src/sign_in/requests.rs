//! Requests to a provider, and their answers as JSON objects.

use claviger_contract::parse_strict_json;
use claviger_vault::{Outbound, Request, Response, USER_AGENT};
use serde_json::{Map, Value};
use url::Url;
use zeroize::Zeroizing;

use crate::sign_in::failure::{Endpoint, ProviderFault};

/// Of any answer. A key set of a hundred RSA keys has less than half of that.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

pub fn get(
    outbound: &dyn Outbound,
    endpoint: Endpoint,
    url: &Url,
    bearer: Option<&str>,
) -> Result<Map<String, Value>, ProviderFault> {
    let authorization = bearer.map(|token| Zeroizing::new(format!("Bearer {token}")));
    let answer = send(outbound, endpoint, "GET", url, authorization, Vec::new())?;
    match answer.status {
        200 => object(endpoint, &answer),
        status => Err(ProviderFault::Status(endpoint, status)),
    }
}

/// Answers of every status: a refusal is an object, too.
pub fn post_form(
    outbound: &dyn Outbound,
    endpoint: Endpoint,
    url: &Url,
    authorization: Option<Zeroizing<String>>,
    form: &[(&str, &str)],
) -> Result<(u16, Map<String, Value>), ProviderFault> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let answer = send(outbound, endpoint, "POST", url, authorization, body.into_bytes())?;
    match answer.status {
        status @ (200 | 400 | 401 | 403) => Ok((status, object(endpoint, &answer)?)),
        status => Err(ProviderFault::Status(endpoint, status)),
    }
}

fn send(
    outbound: &dyn Outbound,
    endpoint: Endpoint,
    method: &'static str,
    url: &Url,
    authorization: Option<Zeroizing<String>>,
    body: Vec<u8>,
) -> Result<Response, ProviderFault> {
    let header = |name: &str, value: &str| (name.to_owned(), Zeroizing::new(value.to_owned()));
    let mut headers = vec![header("accept", "application/json"), header("user-agent", USER_AGENT)];
    if method == "POST" {
        headers.push(header("content-type", "application/x-www-form-urlencoded"));
    }
    headers.extend(authorization.map(|value| ("authorization".to_owned(), value)));
    let request = Request { method, url: url.clone(), headers, body: Zeroizing::new(body) };
    outbound.send(&request).map_err(|failure| ProviderFault::NotSent(endpoint, failure))
}

fn object(endpoint: Endpoint, answer: &Response) -> Result<Map<String, Value>, ProviderFault> {
    if answer.body.len() > MAX_ANSWER_BYTES {
        return Err(ProviderFault::Malformed(endpoint, "is larger than 256 KiB"));
    }
    match parse_strict_json(&answer.body) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(ProviderFault::Malformed(endpoint, "is not a JSON object, or repeats a member")),
    }
}
