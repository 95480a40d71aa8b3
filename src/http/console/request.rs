//! What the console reads of a request, owned, so that a thread that may block can have it.

use std::net::IpAddr;
use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, USER_AGENT};
use claviger_console::{Fragment, Links, Note, Site, Theme};
use zeroize::Zeroizing;

use crate::http::client_address::client_address;
use crate::http::console::cookies::{self, KEYS, THEME};
use crate::http::console::notes;
use crate::http::console::stop::Stop;
use crate::http::observe::id_of;
use crate::http::state::AppState;
use claviger_domain::Id;

pub struct Asked {
    /// The label in the path; empty above the realms.
    pub realm: String,
    pub site: Site,
    /// Path and query, below the prefix of `public_url`.
    pub target: String,
    pub query: Vec<(String, String)>,
    pub fragment: Option<Fragment>,
    pub theme: Theme,
    pub keys_off: bool,
    /// The secret of the session, as presented.
    pub session: Option<Zeroizing<String>>,
    /// That a password was right, as presented.
    pub proof: Option<String>,
    pub user_agent: String,
    pub host: String,
    pub address: IpAddr,
    pub request_id: Option<String>,
    /// What the act before this page did.
    pub note: Option<Note>,
    pub is_get: bool,
}

/// An id in a path; what is no id is not found.
pub fn path_id<Kind>(request: &HttpRequest) -> Result<Id<Kind>, Stop> {
    let id = request.match_info().get("id").unwrap_or_default();
    id.parse().map_err(|_| Stop::NotFound)
}

/// A name in the query; what is no name is not found.
pub fn query_name<T: FromStr>(request: &HttpRequest, parameter: &str) -> Result<T, Stop> {
    let mut query = form_urlencoded::parse(request.query_string().as_bytes());
    let found = query.find(|(name, _)| name == parameter);
    found.and_then(|(_, value)| value.parse().ok()).ok_or(Stop::NotFound)
}

/// Longer ones are cut: it is shown to its owner, and stored.
const MAX_USER_AGENT: usize = 400;

impl Asked {
    pub fn of(request: &HttpRequest, state: &AppState) -> Self {
        let realm = request.match_info().get("realm").unwrap_or_default().to_owned();
        let header = |name| {
            let value = request.headers().get(name);
            value.and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        let query = form_urlencoded::parse(request.query_string().as_bytes());
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        Self {
            session: cookies::session(request, state, &realm),
            proof: cookies::proof(request, state, &realm),
            site: Site { prefix: state.path_prefix.as_str().to_owned() },
            target: format!("{}{target}", state.path_prefix.as_str()),
            query: query.map(|(name, value)| (name.into_owned(), value.into_owned())).collect(),
            fragment: header("x-fragment".parse().unwrap_or(HOST)).parse().ok(),
            theme: cookies::find(request, THEME).and_then(|text| text.parse().ok()).unwrap_or_default(),
            keys_off: cookies::find(request, KEYS).as_deref() == Some("off"),
            user_agent: header(USER_AGENT).chars().take(MAX_USER_AGENT).collect(),
            host: header(HOST).to_owned(),
            address: client_address(request, state),
            request_id: id_of(request),
            note: notes::note(request, state, &realm),
            is_get: request.method().is_safe(),
            realm,
        }
    }

    pub fn links(&self) -> Links {
        self.site.realm(&self.realm)
    }

    /// The first value of a parameter; empty if there is none.
    pub fn parameter(&self, name: &str) -> &str {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// An address of this realm's console that a page was asked to lead to; `None` for any other.
    pub fn next(&self, presented: &str) -> Option<String> {
        let below = self.links().overview().to_string();
        let is_plain = presented.bytes().all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\');
        (is_plain && presented.starts_with(&below)).then(|| presented.to_owned())
    }
}
