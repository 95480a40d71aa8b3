//! The forwarded request as a proxy describes it. Only trusted proxies are believed.

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use claviger_contract::RealmLabel;

use crate::issuance::{Need, Original, WireRules};

/// Every method and URI that the original request may have had.
///
/// A proxy sets one pair of headers and may pass on the client's other pair unchanged. All values count: a request is
/// allowed only if each of them would be.
pub struct Forwarded {
    methods: Vec<String>,
    uris: Vec<String>,
    has_form: bool,
}

const METHODS: [&str; 2] = ["x-original-method", "x-forwarded-method"];
const URIS: [&str; 3] = ["x-original-uri", "x-original-url", "x-forwarded-uri"];

impl Forwarded {
    /// `appended` is the text after this endpoint's own path. A proxy that appends the original path keeps its method.
    /// Headers of a peer that is not trusted are ignored.
    pub fn of(request: &HttpRequest, is_trusted_peer: bool, appended: &str) -> Self {
        let values = |names: &[&str]| -> Vec<String> {
            if !is_trusted_peer {
                return Vec::new();
            }
            let all = names.iter().flat_map(|name| request.headers().get_all(*name));
            all.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
        };
        let (mut methods, mut uris) = (values(&METHODS), values(&URIS));
        if !appended.is_empty() {
            methods.push(request.method().to_string());
            uris.push(match request.query_string() {
                "" => appended.to_owned(),
                query => format!("{appended}?{query}"),
            });
        }
        let is_form = |value: &HeaderValue| {
            let value = value.as_bytes().to_ascii_lowercase();
            [&b"form"[..], b"multipart"]
                .iter()
                .any(|part| value.windows(part.len()).any(|window| window == *part))
        };
        let has_form = request.headers().get_all(CONTENT_TYPE).any(is_form);
        Self { methods, uris, has_form }
    }

    /// Everything that must be met.
    pub fn needs(&self, rules: WireRules, realm: &RealmLabel) -> Vec<Need> {
        if self.uris.is_empty() {
            let why = "the proxy must send X-Original-URI and X-Original-Method, or X-Forwarded-Uri and \
                       X-Forwarded-Method, and its address must be one of trusted_proxies";
            return vec![Need::Refused(why)];
        }
        let of_uri = |uri: &String| -> Vec<Need> {
            let original = Original { method: None, uri, has_form: self.has_form };
            if self.methods.is_empty() {
                return vec![rules.need(realm, original)];
            }
            let with = |method| rules.need(realm, Original { method: Some(method), ..original });
            self.methods.iter().map(|method| with(method)).collect()
        };
        self.uris.iter().flat_map(of_uri).collect()
    }
}
