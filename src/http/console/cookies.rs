//! Cookies of the console: a session and what the last act did, for each realm; the theme; the switch of the shortcuts.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use zeroize::Zeroizing;

use crate::administration::{PasswordProof, SESSION_SECONDS};
use crate::http::state::AppState;

pub const THEME: &str = "theme";
pub const KEYS: &str = "keys";

/// Shown for choice.
const MAX_REALMS: usize = 50;

/// As long as a sign-in at the provider may take.
const JOURNEY_SECONDS: i64 = 600;

/// The next page follows at once.
const NOTE_SECONDS: i64 = 60;

/// How long a browser keeps what somebody prefers.
const PREFERENCE_DAYS: i64 = 365;

/// A browser may be signed in to several realms. Over https, no other host and no plain connection can set this cookie
/// (RFC 6265bis §4.1.3.2).
fn session_name(state: &AppState, realm: &str) -> String {
    format!("{}claviger-{realm}", prefix(state))
}

fn note_name(state: &AppState, realm: &str) -> String {
    format!("{}note-{realm}", prefix(state))
}

fn proof_name(state: &AppState, realm: &str) -> String {
    format!("{}code-{realm}", prefix(state))
}

fn prefix(state: &AppState) -> &'static str {
    if is_secure(state) { "__Host-" } else { "" }
}

fn is_secure(state: &AppState) -> bool {
    state.administration.public_url.starts_with("https://")
}

fn journey_name(state: &AppState, realm: &str) -> String {
    format!("{}sign-in-{realm}", prefix(state))
}

pub fn session(request: &HttpRequest, state: &AppState, realm: &str) -> Option<Zeroizing<String>> {
    only(request, &session_name(state, realm))
}

/// What a browser keeps that set out to the identity provider.
pub fn journey(request: &HttpRequest, state: &AppState, realm: &str) -> Option<Zeroizing<String>> {
    only(request, &journey_name(state, realm))
}

/// Of several cookies of this name, none counts: one of them is not ours.
fn only(request: &HttpRequest, name: &str) -> Option<Zeroizing<String>> {
    let cookies = request.cookies().ok()?;
    let mut found = cookies.iter().filter(|cookie| cookie.name() == name);
    let value = found.next()?.value().to_owned();
    found.next().is_none().then(|| Zeroizing::new(value))
}

/// The realms that this browser has a session of, sorted; the sessions may have ended.
pub fn realms_signed_in(request: &HttpRequest, state: &AppState) -> Vec<String> {
    let prefix = session_name(state, "");
    let cookies = request.cookies().ok();
    let names = cookies.iter().flat_map(|cookies| cookies.iter().map(Cookie::name));
    let mut realms: Vec<String> =
        names.filter_map(|name| name.strip_prefix(&prefix)).take(MAX_REALMS).map(str::to_owned).collect();
    realms.sort();
    realms
}

/// What the last act did, said on the next page.
pub fn note(request: &HttpRequest, state: &AppState, realm: &str) -> Option<String> {
    find(request, &note_name(state, realm))
}

/// Nothing deletes the cookie.
pub fn noted(state: &AppState, realm: &str, value: String) -> Cookie<'static> {
    let seconds = if value.is_empty() { 0 } else { NOTE_SECONDS };
    ours(state, note_name(state, realm), value, seconds)
}

/// That the password was right, sealed, until the second factor is presented.
pub fn proof(request: &HttpRequest, state: &AppState, realm: &str) -> Option<String> {
    find(request, &proof_name(state, realm))
}

pub fn proven(state: &AppState, realm: &str, sealed: String) -> Cookie<'static> {
    ours(state, proof_name(state, realm), sealed, PasswordProof::LIFETIME_SECONDS)
}

/// Deletes the cookie.
pub fn proof_used(state: &AppState, realm: &str) -> Cookie<'static> {
    ours(state, proof_name(state, realm), String::new(), 0)
}

pub fn find(request: &HttpRequest, name: &str) -> Option<String> {
    request.cookie(name).map(|cookie| cookie.value().to_owned())
}

pub fn signed_in(state: &AppState, realm: &str, secret: &str) -> Cookie<'static> {
    session_cookie(state, realm, secret, SESSION_SECONDS)
}

/// Deletes the cookie.
pub fn signed_out(state: &AppState, realm: &str) -> Cookie<'static> {
    session_cookie(state, realm, "", 0)
}

/// A sign-in later than this is refused.
pub fn set_out(state: &AppState, realm: &str, sealed: String) -> Cookie<'static> {
    ours(state, journey_name(state, realm), sealed, JOURNEY_SECONDS)
}

/// Deletes the cookie.
pub fn arrived(state: &AppState, realm: &str) -> Cookie<'static> {
    ours(state, journey_name(state, realm), String::new(), 0)
}

fn session_cookie(state: &AppState, realm: &str, value: &str, seconds: i64) -> Cookie<'static> {
    ours(state, session_name(state, realm), value.to_owned(), seconds)
}

/// No script reads it, and no other site's page sends it.
fn ours(state: &AppState, name: String, value: String, seconds: i64) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .secure(is_secure(state))
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(Duration::seconds(seconds))
        .finish()
}

/// What the script may set too.
pub fn preference(path: &str, name: &'static str, value: &str) -> Cookie<'static> {
    Cookie::build(name, value.to_owned())
        .path(path.to_owned())
        .same_site(SameSite::Strict)
        .max_age(Duration::days(PREFERENCE_DAYS))
        .finish()
}
