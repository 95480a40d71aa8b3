//! Refuses forms that another site sent, or that belong to another session.

use actix_web::HttpRequest;

use crate::http::console::form::Form;
use crate::issuance::Issuer;

const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// The hidden field of every form that posts.
pub const CSRF: &str = "csrf";

/// Whether the browser says that another site made this request. Browsers have said so since 2023 (Fetch Metadata
/// Request Headers §2.3); what says nothing is no browser, and is asked for the token.
pub fn is_cross_site(request: &HttpRequest) -> bool {
    let site = request.headers().get(SEC_FETCH_SITE);
    site.is_some_and(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"))
}

/// Whether the form was made for this session.
pub fn is_of_session(issuer: &Issuer, form: &Form, secret: &str) -> bool {
    issuer.is_form_token(secret, form.text(CSRF))
}
