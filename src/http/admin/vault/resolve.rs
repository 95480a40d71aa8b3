//! `/sources/{id}/resolve` and `/report`: for pipelines, by the token of a service credential. People never get secrets back.

use actix_web::web::{Data, Payload, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{ResolvedSource, SourceReport, SourceReportView};
use serde::Serialize;

use crate::administration::{Pipeline, may_resolve, report_source, resolve_source};
use crate::http::admin::body::body;
use crate::http::admin::problem::Problem;
use crate::http::admin::vault::pipeline::{Asked, for_pipeline, pipeline_of};
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;
use claviger_contract::RealmLabel;

pub fn operations() -> Vec<Operation> {
    vec![
        Operation::new("post", "/sources/{id}/resolve", "resolveSource", Who::Bearer, || post().to(resolve))
            .says("Get what a pipeline needs to call the provider of a source")
            .more(
                "By an access token of a service credential for the whole realm, with the scope \
                 `vault/{slug}:use` of the source's credential, or `vault:use`. Each answer is in the audit trail.",
            )
            .refuses(&[409])
            .replies::<ResolvedSource>(),
        Operation::new("post", "/sources/{id}/report", "reportSource", Who::Bearer, || post().to(report))
            .says("Report that the provider of a source has refused its credential")
            .more(
                "By a token that may resolve the source. The credential is validated again within a minute; further \
                 reports cause no further validation until then. Each report is in the audit trail.",
            )
            .takes::<SourceReport>()
            .refuses(&[409])
            .replies::<SourceReportView>(),
    ]
}

pub async fn resolve(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    for_pipeline(request, state, resolved).await
}

pub async fn report(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    let report = body::<SourceReport>(&request, payload).await;
    for_pipeline(request, state, move |state, asked, realm, pipeline| {
        let (administration, act) = (&state.administration, asked.act(realm));
        json(&report_source(administration, &act, pipeline, asked.id, &report?)?)
    })
    .await
}

fn resolved(
    state: &AppState,
    asked: &Asked,
    realm: &RealmLabel,
    pipeline: &Pipeline,
) -> Result<Vec<u8>, Problem> {
    let resolved = resolve_source(&state.administration, &asked.act(realm), pipeline, asked.id)?;
    let now = state.issuer.now();
    // A deletion or an edit that was answered meanwhile is applied by this server, or it has no lease.
    asked.recognized(state, |bearer| {
        let still = may_resolve(&bearer.realm, &pipeline_of(&bearer), asked.id, now)?;
        match still.is_version(resolved.source_credential_id, resolved.version) {
            true => Ok(()),
            false => Err(Problem::unavailable("the source was edited: retry")),
        }
    })?;
    json(&resolved)
}

fn json(answer: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(answer).map_err(|error| Problem::unavailable(error.to_string()))
}
