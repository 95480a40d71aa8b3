//! What a proxy says of the request that it asks about. Only a trusted one is heard.

use actix_web::HttpRequest;
use claviger_contract::RealmLabel;

use crate::http::AppState;
use crate::http::client_address::is_trusted_peer;
use crate::issuance::{Need, WireRules};

/// Every method and address that it may have been.
///
/// A proxy sets one pair of headers and may pass the other pair on as its client sent it: so all that is said counts, and a
/// request is allowed only if it would be under each.
pub struct Forwarded {
    methods: Vec<String>,
    uris: Vec<String>,
}

const METHODS: [&str; 2] = ["x-original-method", "x-forwarded-method"];
const URIS: [&str; 3] = ["x-original-uri", "x-original-url", "x-forwarded-uri"];

impl Forwarded {
    /// `below` is what stands behind this endpoint's own path: a proxy that appends the original path keeps its method too.
    pub fn of(request: &HttpRequest, state: &AppState, below: &str) -> Self {
        if !below.is_empty() {
            let query = request.query_string();
            let uri = if query.is_empty() { below.to_owned() } else { format!("{below}?{query}") };
            return Self { methods: vec![request.method().to_string()], uris: vec![uri] };
        }
        if !is_trusted_peer(request, state) {
            return Self { methods: Vec::new(), uris: Vec::new() };
        }
        let values = |names: &[&str]| {
            let all = names.iter().flat_map(|name| request.headers().get_all(*name));
            all.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
        };
        Self { methods: values(&METHODS), uris: values(&URIS) }
    }

    /// Everything that must be met.
    pub fn needs(&self, rules: WireRules, realm: &RealmLabel) -> Vec<Need> {
        if self.uris.is_empty() {
            let why = "the proxy must send X-Original-URI and X-Original-Method, or X-Forwarded-Uri and \
                       X-Forwarded-Method, and its address must be one of trusted_proxies";
            return vec![Need::Refused(why)];
        }
        let of_uri = |uri: &String| -> Vec<Need> {
            if self.methods.is_empty() {
                return vec![rules.need(realm, None, uri)];
            }
            self.methods.iter().map(|method| rules.need(realm, Some(method), uri)).collect()
        };
        self.uris.iter().flat_map(of_uri).collect()
    }
}
