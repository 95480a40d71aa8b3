//! The page for an address that is too long. It reads nothing of the request.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use claviger_console::{Alone, Problem, ProblemPage, Site};

use crate::http::console::answer::Answer;
use crate::http::state::AppState;

pub fn address_refused(state: &AppState) -> HttpResponse {
    let frame = Alone {
        site: Site { prefix: state.path_prefix.as_str().to_owned() },
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Alone::default()
    };
    let page = ProblemPage { frame, problem: Problem::TooLong };
    let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
    match Answer::page_with(status, &page, None) {
        Ok(answer) => answer.into_response(),
        Err(_) => HttpResponse::build(status).finish(),
    }
}
