//! `/service-credentials/import`: one JSON line per credential, as for creation; all or nothing.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data, Payload, post};
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::{Body, FieldError, ImportedCredential, Items, NewCredential};
use claviger_contract::{RealmLabel, parse_strict_json};
use serde_json::{Value, json};

use crate::administration::{MAX_IMPORTED, field_of_line, import_credentials};
use crate::http::admin::caller::{administer, refused_caller};
use crate::http::admin::outcome::Outcome;
use crate::http::admin::path::PathParts;
use crate::http::admin::problem::Problem;
use crate::http::limits::{MAX_IMPORT_BYTES, read_body_of};
use crate::http::openapi::schema::between;
use crate::http::openapi::{Operation, Who};
use crate::http::state::AppState;

const MEDIA_TYPES: [&str; 2] = ["application/jsonl", "application/x-ndjson"];

pub fn operation() -> Operation {
    Operation::new(
        "post",
        "/service-credentials/import",
        "importServiceCredentials",
        Who::Administrator,
        || post().to(import),
    )
    .says("Create up to 1,000 service credentials; their keys are shown only once")
    .more("One JSON object per line, as for a single creation. All are created or none. At most 2 MiB.")
    .query("first_line", "Line number of the first line, for a file that is imported in parts", || {
        between(1, 1_000_000_000)
    })
    .takes_as("application/jsonl", || json!({"type": "string"}), true)
    .refuses(&[409])
    .made::<Items<ImportedCredential>>()
}

/// An unauthorized caller is refused before the large body is read.
pub async fn import(request: HttpRequest, payload: Payload, state: Data<AppState>) -> HttpResponse {
    if let Some(answer) = refused_caller(&request, &state) {
        return answer;
    }
    let realm = PathParts::of(&request).realm();
    let first_line = first_line(&request);
    let body = read(&request, payload).await;
    administer(request, state, move |state, act| {
        let first_line = first_line?;
        let new = new_credentials(realm.as_ref(), first_line, &body?)?;
        let items = import_credentials(&state.administration, act, first_line, new)?;
        Outcome::created(&Items { items })
    })
    .await
}

/// `?first_line=`: line number of the first credential in a file imported in parts; default 1.
fn first_line(request: &HttpRequest) -> Result<usize, Problem> {
    let mut query = form_urlencoded::parse(request.query_string().as_bytes());
    let Some((_, value)) = query.find(|(name, _)| name == "first_line") else { return Ok(1) };
    value.parse().ok().filter(|first| (1..=1_000_000_000).contains(first)).ok_or_else(|| {
        Problem::invalid(vec![FieldError::new("first_line", "must be a whole number from 1 to 1000000000")])
    })
}

async fn read(request: &HttpRequest, payload: Payload) -> Result<Bytes, Problem> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !MEDIA_TYPES.iter().any(|known| media_type.eq_ignore_ascii_case(known)) {
        return Err(Problem::lines_expected());
    }
    read_body_of(MAX_IMPORT_BYTES, payload).await.map_err(|error| Problem::body(&error))
}

/// Reports every invalid line with its field.
fn new_credentials(
    realm: Option<&RealmLabel>,
    first_line: usize,
    body: &[u8],
) -> Result<Vec<NewCredential>, Problem> {
    let lines: Vec<&[u8]> = body.strip_suffix(b"\n").unwrap_or(body).split(|byte| *byte == b'\n').collect();
    if lines.len() > MAX_IMPORTED || body.is_empty() {
        let detail = format!("must have 1 to {MAX_IMPORTED} lines, one credential each");
        return Err(Problem::invalid(vec![FieldError::new("body", detail)]));
    }
    let mut errors = Vec::new();
    let mut new = Vec::with_capacity(lines.len());
    for (number, line) in (first_line..).zip(lines) {
        match new_of_line(realm, line) {
            Ok(credential) => new.push(credential),
            Err(wrong) => errors.extend(wrong.into_iter().map(|error| {
                let field = match error.field.as_str() {
                    "" => format!("line {number}"),
                    field => field_of_line(number, field),
                };
                FieldError { field, ..error }
            })),
        }
    }
    if errors.is_empty() { Ok(new) } else { Err(Problem::invalid(errors)) }
}

fn new_of_line(realm: Option<&RealmLabel>, line: &[u8]) -> Result<NewCredential, Vec<FieldError>> {
    let whole = |detail: String| vec![FieldError::new("", detail)];
    match parse_strict_json(line) {
        Ok(Value::Object(members)) => NewCredential::read(realm, members).map_err(|faults| faults.errors),
        Ok(_) => Err(whole("must be a JSON object".to_owned())),
        Err(error) => Err(whole(format!("{}: column {}", error.what, error.column))),
    }
}
