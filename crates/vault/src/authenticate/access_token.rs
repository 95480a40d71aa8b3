//! The client credentials grant (RFC 6749 §4.4), with a secret or a signed assertion (RFC 7523).

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use url::Url;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use crate::authenticate::credential::Credential;
use crate::authenticate::exchange::Exchange;
use crate::authenticate::refusal::{Refused, outcome_of_status, provider_message};
use crate::authenticate::request::encoded_form;
use crate::catalog::{Answered, Auth, Outcome, Profile, text_of};
use crate::fields::Variables;
use crate::outbound::Request;
use crate::signing::{SigningKey, signed_jwt};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ASSERTION_LIFETIME: TimeDelta = TimeDelta::minutes(5);
const MARGIN: TimeDelta = TimeDelta::seconds(60);
const MAX_LIFETIME_SECONDS: i64 = 30 * 24 * 3600;

/// A token that a service app was given. `Debug` does not show it.
pub struct AccessToken {
    secret: Zeroizing<String>,
    /// When it must be fetched again; at once if the server does not tell.
    pub usable_until: DateTime<Utc>,
    /// Separated by blanks.
    pub scope: String,
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessToken(until {})", self.usable_until)
    }
}

impl AccessToken {
    /// It is not used in its last minute.
    pub(crate) fn new(secret: String, ends_at: DateTime<Utc>, scope: String) -> Self {
        Self { secret: Zeroizing::new(secret), usable_until: ends_at - MARGIN, scope }
    }

    /// Never log or store it.
    pub fn secret(&self) -> &str {
        &self.secret
    }
}

struct Client<'a> {
    token_url: Url,
    id: String,
    proof: Proof,
    say: &'a BTreeMap<String, String>,
}

enum Proof {
    Secret(Zeroizing<String>),
    Assertion(Box<SigningKey>),
}

/// Asks for the scope of the whole profile, and after `invalid_scope` once more for what the profile requires.
pub fn fetch_access_token(
    variables: &Variables<'_>,
    profile: &Profile,
    exchange: &Exchange<'_>,
) -> Result<AccessToken, Refused> {
    let Auth::OauthClientCredentials { token_url, client_id, client_secret, private_key, scope, say, .. } =
        &variables.mode.auth
    else {
        let say = "This way to authenticate has no access token.";
        return Err(Refused::new(Outcome::Unknown, Some(say), None));
    };
    let incomplete = || Refused::new(Outcome::Unknown, Some("The credential is not complete."), None);
    let token_url =
        variables.render(token_url).and_then(|url| Url::parse(&url).ok()).ok_or_else(incomplete)?;
    let id = variables.render(client_id).ok_or_else(incomplete)?;
    let proof = match (client_secret, private_key) {
        (Some(secret), _) => Proof::Secret(Zeroizing::new(variables.render(secret).ok_or_else(incomplete)?)),
        (None, key) => {
            let key = key.as_ref().and_then(|key| variables.render(key)).map(Zeroizing::new);
            let key = SigningKey::parse(&key.ok_or_else(incomplete)?, exchange.environment.random);
            let refused = |fault| format!("The private key {fault}.");
            let key =
                key.map_err(|fault| Refused::new(Outcome::InvalidCredential, Some(&refused(fault)), None))?;
            Proof::Assertion(Box::new(key))
        }
    };
    let client = Client { token_url, id, proof, say };
    let whole = variables.render_scope(scope, profile, true).ok_or_else(incomplete)?;
    let required = variables.render_scope(scope, profile, false).ok_or_else(incomplete)?;
    match client.ask(&whole, exchange)? {
        Answer::Token(token) => Ok(token),
        Answer::InvalidScope(_) if required != whole => match client.ask(&required, exchange)? {
            Answer::Token(token) => Ok(token),
            Answer::InvalidScope(refused) => Err(refused),
        },
        Answer::InvalidScope(refused) => Err(refused),
    }
}

enum Answer {
    Token(AccessToken),
    InvalidScope(Refused),
}

impl Client<'_> {
    fn ask(&self, scope: &str, exchange: &Exchange<'_>) -> Result<Answer, Refused> {
        let request = self.request(scope, exchange).ok_or_else(|| {
            Refused::new(Outcome::InvalidCredential, Some("The private key cannot sign."), None)
        })?;
        let answered = exchange.send(request).map_err(Refused::unsent)?;
        if answered.is_success()
            && let Some(token) = answered.pointer("/access_token").and_then(text_of)
        {
            exchange.hide(&token);
            return Ok(Answer::Token(token_of(&answered, token, scope, exchange.now())));
        }
        let code = answered.pointer("/error").and_then(text_of).unwrap_or_default();
        let said = exchange.with_masker(|masker| provider_message(&answered, masker));
        let refused = |outcome, say| Refused::new(outcome, say, said.clone());
        if let Some(say) = self.say.get(&code) {
            return Err(refused(Outcome::InvalidCredential, Some(say.as_str())));
        }
        match code.as_str() {
            "invalid_client" | "invalid_grant" => Err(refused(Outcome::InvalidCredential, None)),
            "invalid_scope" => Ok(Answer::InvalidScope(refused(Outcome::InsufficientPermission, None))),
            "unauthorized_client" => Err(refused(Outcome::InsufficientPermission, None)),
            // A token endpoint that answers 2xx without a token is none.
            _ if answered.is_success() => Err(refused(Outcome::InvalidCredential, None)),
            _ => Err(refused(outcome_of_status(&answered), None)),
        }
    }

    fn request(&self, scope: &str, exchange: &Exchange<'_>) -> Option<Request> {
        let mut form = vec![
            ("grant_type".to_owned(), "client_credentials".to_owned()),
            ("scope".to_owned(), scope.to_owned()),
        ];
        let mut headers = vec![
            ("user-agent".to_owned(), Zeroizing::new(exchange.environment.user_agent.to_owned())),
            ("accept".to_owned(), Zeroizing::new("application/json".to_owned())),
            ("content-type".to_owned(), Zeroizing::new("application/x-www-form-urlencoded".to_owned())),
        ];
        match &self.proof {
            Proof::Secret(secret) => {
                // RFC 6749 §2.3.1: both are form-encoded before they are joined.
                let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
                if let Credential::Headers(own) = Credential::basic(&encoded(&self.id), &encoded(secret)) {
                    headers.extend(own);
                }
            }
            Proof::Assertion(key) => {
                let assertion = self.assertion(key, exchange)?;
                exchange.hide(&assertion);
                form.push(("client_assertion_type".to_owned(), ASSERTION_TYPE.to_owned()));
                form.push(("client_assertion".to_owned(), assertion));
            }
        }
        let body = Zeroizing::new(encoded_form(&form).into_bytes());
        Some(Request { method: "POST", url: self.token_url.clone(), headers, body })
    }

    fn assertion(&self, key: &SigningKey, exchange: &Exchange<'_>) -> Option<String> {
        let random = exchange.environment.random;
        let mut id = [0; 16];
        random.fill(&mut id).ok()?;
        let now = exchange.now();
        let claims = json!({
            "iss": self.id,
            "sub": self.id,
            "aud": self.token_url.as_str(),
            "jti": BASE64_URL_SAFE_NO_PAD.encode(id),
            "iat": now.timestamp(),
            "exp": (now + ASSERTION_LIFETIME).timestamp(),
        });
        signed_jwt(key, &claims, random)
    }
}

fn token_of(answered: &Answered, token: String, asked: &str, now: DateTime<Utc>) -> AccessToken {
    let seconds = answered.pointer("/expires_in").and_then(|value| match value.as_str() {
        Some(text) => text.parse().ok(),
        None => value.as_i64(),
    });
    let lifetime = TimeDelta::seconds(seconds.unwrap_or(0).clamp(0, MAX_LIFETIME_SECONDS));
    // RFC 6749 §5.1: an answer without scope grants what was asked for.
    let scope = answered.pointer("/scope").and_then(text_of).unwrap_or_else(|| asked.to_owned());
    AccessToken::new(token, now + lifetime, scope)
}
