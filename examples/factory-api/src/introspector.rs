//! Introspects opaque tokens at the authorization server (RFC 7662). Nothing is cached: a revoked token is refused at the
//! next request.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claviger_verifier::{RealmLabel, Scope};
use serde::Deserialize;
use ureq::Agent;
use ureq::http::StatusCode;
use ureq::http::header::{ACCEPT, AUTHORIZATION, RETRY_AFTER};

use crate::holder::{Holder, Unavailable};
use crate::settings::Settings;
use crate::tell;

pub struct Introspector {
    agent: Agent,
    endpoint: String,
    authorization: String,
}

#[derive(Deserialize)]
struct Answer {
    active: bool,
    realm: Option<RealmLabel>,
    scope: Option<String>,
}

const TIMEOUT: Duration = Duration::from_secs(5);

const MAX_ANSWER: u64 = 256 * 1024;

const RETRY_SECONDS: u64 = 5;

impl Introspector {
    pub fn new(settings: &Settings) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            // The token and the key go only to the issuer: no redirects, and no proxy from the environment.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(concat!("factory-api/", env!("CARGO_PKG_VERSION")));
        let credential = STANDARD.encode(format!("{}:{}", settings.client_id, settings.client_key));
        Self {
            agent: config.build().into(),
            endpoint: format!("{}/oauth2/introspect", settings.issuer),
            authorization: format!("Basic {credential}"),
        }
    }

    /// `None` if the token is not active. Blocks.
    pub fn ask(&self, token: &str) -> Result<Option<Holder>, Unavailable> {
        let request = self.agent.post(&self.endpoint);
        let request = request.header(AUTHORIZATION, &self.authorization).header(ACCEPT, "application/json");
        let mut answer = request
            .send_form([("token", token)])
            .map_err(|error| self.unavailable(&error.to_string(), RETRY_SECONDS))?;
        if answer.status() != StatusCode::OK {
            let seconds = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let retry_after = seconds.and_then(|seconds| seconds.parse().ok()).unwrap_or(RETRY_SECONDS);
            return Err(self.unavailable(&format!("it answered {}", answer.status()), retry_after));
        }
        let text = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_string();
        let text = text.map_err(|error| self.unavailable(&error.to_string(), RETRY_SECONDS))?;
        holder(&text).ok_or_else(|| self.unavailable("its answer says too little", RETRY_SECONDS))
    }

    fn unavailable(&self, why: &str, retry_after: u64) -> Unavailable {
        tell(&format_args!("{} was asked about a token in vain: {why}", self.endpoint));
        Unavailable { retry_after }
    }
}

/// The outer `None` means an invalid response, the inner one an inactive token.
fn holder(text: &str) -> Option<Option<Holder>> {
    let answer: Answer = serde_json::from_str(text).ok()?;
    if !answer.active {
        return Some(None);
    }
    // Unparsable scopes grant nothing here.
    let scopes = answer.scope.as_deref().unwrap_or_default().split(' ');
    let scopes = scopes.filter_map(|text| text.parse::<Scope>().ok()).collect();
    Some(Some(Holder { realm: answer.realm?, scopes }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_answer_says_who_holds_the_token() {
        assert_eq!(holder(r#"{"active":false}"#), Some(None));
        let text = r#"{"active":true,"realm":"demo","scope":"ci:read DEVICES:read x","client_id":"1"}"#;
        let found = holder(text).flatten().expect("a holder");
        assert_eq!((found.realm.as_str(), found.scopes.to_string().as_str()), ("demo", "ci:read x"));
        let bare = holder(r#"{"active":true,"realm":"demo"}"#).flatten().expect("a holder");
        assert!(bare.scopes.is_empty());
        for vague in ["", "{}", r#"{"active":"true"}"#, r#"{"active":true}"#, r#"{"active":true,"realm":7}"#]
        {
            assert_eq!(holder(vague), None, "{vague}");
        }
    }
}
