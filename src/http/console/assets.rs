//! Style, script and icons, compiled in. A name contains the hash of its content, so browsers keep them for good.

use actix_web::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, VARY};
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::find_asset;

use crate::http::console::answer::protect;

pub async fn asset(request: HttpRequest) -> HttpResponse {
    let name = request.match_info().get("name").unwrap_or_default();
    let Some(asset) = find_asset(name) else { return HttpResponse::NotFound().finish() };
    let mut answer = HttpResponse::Ok();
    protect(&mut answer);
    answer.insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"));
    answer.insert_header((VARY, "Accept-Encoding"));
    answer.content_type(asset.content_type);
    match asset.gzip.as_deref().filter(|_| accepts_gzip(&request)) {
        Some(gzip) => answer.insert_header((CONTENT_ENCODING, "gzip")).body(gzip.to_vec()),
        None => answer.body(asset.bytes),
    }
}

/// Whether a coding of the list is gzip and is not refused (RFC 9110 §12.5.3).
fn accepts_gzip(request: &HttpRequest) -> bool {
    let header = request.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    header.unwrap_or_default().split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight.split_once('=').is_some_and(|(_, q)| q.trim().parse() == Ok(0.0_f32));
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}
