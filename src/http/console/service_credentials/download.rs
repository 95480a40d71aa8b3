//! Answers a key that the page just showed as a file. The browser sends it back: this server has forgotten it.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use crate::http::console::answer::Answer;
use crate::http::console::form::Form;
use crate::http::console::stop::Stop;
use crate::http::console::visit::{Visit, act};
use crate::http::state::AppState;
use claviger_domain::ServiceCredentialId;

/// Keys are shorter; a longer one is none of ours.
const MAX_KEY: usize = 200;

pub async fn download(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    act(request, payload, state, file).await
}

fn file(visit: &Visit, form: &Form) -> Result<Answer, Stop> {
    let id: ServiceCredentialId = form.text("client_id").parse().map_err(|_| Stop::Malformed)?;
    let key = form.text("client_key");
    let is_key = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_key || key.is_empty() || key.len() > MAX_KEY {
        return Err(Stop::Malformed);
    }
    let (url, realm) = (&visit.state.administration.public_url, &visit.session.realm.record.label);
    Ok(match form.text("as") {
        "json" => {
            let body = json!({"url": url, "realm": realm, "client_id": id, "client_key": key});
            let text =
                serde_json::to_string_pretty(&body).map_err(|error| Stop::Broken(error.to_string()))?;
            Answer::file(format!("claviger-{id}.json"), "application/json", text + "\n")
        }
        _ => {
            let text = format!(
                "CLAVIGER_URL={url}\nCLAVIGER_REALM={realm}\nCLAVIGER_CLIENT_ID={id}\nCLAVIGER_CLIENT_KEY={key}\n"
            );
            Answer::file(format!("claviger-{id}.env"), "text/plain; charset=utf-8", text)
        }
    })
}
