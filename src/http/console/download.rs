//! Answers a secret that a page just showed as a file. The browser sends it back: this server has forgotten it.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value};

use crate::http::console::answer::Answer;
use crate::http::console::form::Form;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act};
use crate::http::state::AppState;
use claviger_domain::ClientId;

/// Secrets are shorter; a longer one is none of ours.
const MAX_SECRET: usize = 200;

pub async fn download(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, file).await
}

/// A token, or a client id with its key; and where they are for.
fn file(visit: &Visit, form: &Form) -> Result<Answer, Stop> {
    let (url, realm) = (&visit.state.administration.public_url, &visit.session.realm.record.label);
    let mut values = vec![("url", url.clone()), ("realm", realm.to_string())];
    let name = match form.text("token") {
        "" => {
            let id: ClientId = form.text("client_id").parse().map_err(|_| Stop::Malformed)?;
            values.push(("client_id", id.to_string()));
            values.push(("client_key", secret(form, "client_key")?));
            format!("claviger-{id}")
        }
        _ => {
            values.push(("token", secret(form, "token")?));
            "claviger-token".to_owned()
        }
    };
    Ok(match form.text("as") {
        "json" => {
            let values = values.into_iter().map(|(name, value)| (name.to_owned(), value.into()));
            let body = Value::Object(values.collect::<Map<_, _>>());
            let text =
                serde_json::to_string_pretty(&body).map_err(|error| Stop::Broken(error.to_string()))?;
            Answer::file(format!("{name}.json"), "application/json", text + "\n")
        }
        _ => {
            let lines = values
                .iter()
                .map(|(name, value)| format!("CLAVIGER_{}={value}\n", name.to_ascii_uppercase()));
            Answer::file(format!("{name}.env"), "text/plain; charset=utf-8", lines.collect())
        }
    })
}

fn secret(form: &Form, field: &str) -> Result<String, Stop> {
    let secret = form.text(field);
    let is_plain = secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match is_plain && !secret.is_empty() && secret.len() <= MAX_SECRET {
        true => Ok(secret.to_owned()),
        false => Err(Stop::Malformed),
    }
}
