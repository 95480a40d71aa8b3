//! A service for the tests under faults: what its verifier decides on a token, and how it is doing.
#![expect(
    clippy::disallowed_methods,
    reason = "a service of somebody else reads its settings where it likes"
)]

use actix_web::{App, HttpResponse, HttpServer, web};
use claviger_verifier::actix::Guard;
use claviger_verifier::{Protection, Requirement, VerifiedToken, Verifier};
use serde_json::json;

async fn verdict(_: VerifiedToken) -> HttpResponse {
    HttpResponse::Ok().finish()
}

async fn status(verifier: web::Data<Verifier>) -> HttpResponse {
    let status = verifier.status();
    let body = json!({
        "lease_ms": u64::try_from(status.lease_remaining.as_millis()).unwrap_or(u64::MAX),
        "position": status.position, "keys": status.keys, "entries": status.entries,
        "feed_failure": status.feed_failure, "key_failure": status.key_failure, "last_fault": status.last_fault,
    });
    HttpResponse::Ok().content_type("application/json").body(body.to_string())
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let setting = std::env::var;
    let (issuer, audience) = (setting("CLAVIGER_ISSUER")?, setting("CLAVIGER_AUDIENCE")?);
    let (id, key) = (setting("CLAVIGER_CLIENT_ID")?, setting("CLAVIGER_CLIENT_KEY")?);
    let verifier = Verifier::connect(&issuer, &audience, &id, &key)?;
    let read = Requirement::scopes("ci:read")?;
    let app = move || {
        let guard = Guard::new(Protection::new(verifier.clone()), read.clone());
        App::new()
            .app_data(web::Data::new(verifier.clone()))
            .route("/status", web::get().to(status))
            .service(web::scope("/verdict").wrap(guard).route("", web::get().to(verdict)))
    };
    // The number of workers is that of a small service.
    Ok(HttpServer::new(app).workers(1).bind(setting("LISTEN")?)?.run().await?)
}
