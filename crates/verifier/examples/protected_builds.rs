//! The service that docs/guides/protect-a-service-rust.md shows; a test compares the two.
#![expect(
    clippy::disallowed_methods,
    reason = "a service of somebody else reads its settings where it likes"
)]

use actix_web::{App, HttpServer, web};
use claviger_verifier::actix::Guard;
use claviger_verifier::{ProtectedResource, Protection, Requirement, VerifiedToken, Verifier};

async fn builds(token: VerifiedToken) -> String {
    format!("builds for {}\n", token.client_id())
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let setting = std::env::var;
    let audience = setting("CLAVIGER_AUDIENCE")?;
    let (issuer, id) = (setting("CLAVIGER_ISSUER")?, setting("CLAVIGER_CLIENT_ID")?);
    let verifier = Verifier::connect(&issuer, &audience, &id, &setting("CLAVIGER_CLIENT_KEY")?)?;
    let read = Requirement::scopes("ci:read")?;
    let resource = ProtectedResource::new(&audience, &verifier, read.as_scopes())?;
    let protection = Protection::new(verifier).with_resource(resource);
    let app = move || {
        let guard = Guard::new(protection.clone(), read.clone());
        App::new().wrap(guard).route("/builds", web::get().to(builds))
    };
    Ok(HttpServer::new(app).bind(setting("LISTEN")?)?.run().await?)
}
