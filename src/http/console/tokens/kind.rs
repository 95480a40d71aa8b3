//! Which kind a request is about.

use actix_web::HttpRequest;
use claviger_console::{Entry, TokenKind};

use crate::administration::AdministrationError;
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;

/// By the segment `kind` of the path, which is that of [`claviger_console::Links::tokens`].
pub fn path_kind(request: &HttpRequest) -> Result<TokenKind, Stop> {
    match request.match_info().get("kind") {
        Some("api-tokens") => Ok(TokenKind::Api),
        Some("personal-access-tokens") => Ok(TokenKind::Personal),
        Some("application-credentials") => Ok(TokenKind::Application),
        _ => Err(Stop::NotFound),
    }
}

/// Everyone has personal tokens.
pub fn ensure_opens(visit: &Visit, kind: TokenKind) -> Result<(), Stop> {
    kind.entry().map_or(Ok(()), |entry| visit.ensure_opens(entry))
}

pub fn stop(kind: TokenKind, error: AdministrationError) -> Stop {
    Stop::of(error, kind.entry().unwrap_or(Entry::Overview))
}

/// In a sentence; the kind for one without a description.
pub fn title_or_kind(kind: TokenKind, title: &str) -> String {
    if title.is_empty() { format!("The {}", kind.one()) } else { title.to_owned() }
}
