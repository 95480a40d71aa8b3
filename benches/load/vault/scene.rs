//! Source credentials, sources, and a pipeline that may resolve them.

use serde_json::{Value, json};

use crate::failure::{Attempt, while_doing};
use crate::growth::Caller;
use crate::servers::claviger::Claviger;
use crate::servers::quickstart::ClientCredential;
use crate::traffic::connection::Connection;
use crate::traffic::request::token_request;
use crate::traffic::shape::access_token;

/// The id of the object that a request creates.
pub fn created(caller: &mut Caller, path: &str, body: &Value) -> Attempt<String> {
    text(&caller.ask("POST", path, &body.to_string())?.1, "id")
}

/// Stored without asking a provider.
pub fn unverified(name: &str, source_type: &str, fields: &Value) -> Value {
    json!({"name": name, "source_type": source_type, "fields": fields, "validate": false})
}

/// An access token of a new service credential that may resolve the source credential with this slug.
pub fn pipeline_token(claviger: &Claviger, caller: &mut Caller, slug: &str) -> Attempt<String> {
    let body = json!({
        "name": "pipeline", "validity_days": 30, "token_ttl_seconds": 3600,
        "resources": [{"resource": format!("vault/{slug}"), "actions": ["use"]}],
    });
    let made = caller.ask("POST", "/service-credentials", &body.to_string())?.1;
    let client =
        ClientCredential { client_id: text(&made, "client_id")?, client_key: text(&made, "client_key")? };
    let mut connection = Connection::open(claviger.address, None).map_err(while_doing("connecting"))?;
    let request = token_request(&claviger.quickstart.realm, &client);
    let answer = connection.exchange(&request).map_err(while_doing("getting the pipeline's token"))?;
    access_token(answer.body)
}

fn text(object: &Value, name: &str) -> Attempt<String> {
    object[name].as_str().map(str::to_owned).ok_or_else(|| format!("There is no {name} in {object}."))
}

/// By this token, without a body.
pub fn post(claviger: &Claviger, path: &str, token: &str) -> Vec<u8> {
    format!(
        "POST /api/v1/realms/{}{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n",
        claviger.quickstart.realm
    )
    .into_bytes()
}
