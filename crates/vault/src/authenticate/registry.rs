//! The token authentication of container registries: a challenge names the server that gives tokens.

use url::Url;
use zeroize::Zeroizing;

use crate::authenticate::credential::{Authorized, Credential, Granted};
use crate::authenticate::exchange::Exchange;
use crate::authenticate::refusal::{Refused, outcome_of_status, provider_message};
use crate::catalog::{Answered, Outcome, text_of};
use crate::outbound::Request;

struct BearerChallenge {
    realm: Url,
    service: Option<String>,
}

pub fn registry_credential(
    base: &str,
    user: &str,
    pass: &str,
    scope: &str,
    exchange: &Exchange<'_>,
) -> Result<Authorized, Refused> {
    let say = "The registry URL is not complete.";
    let ping = Url::parse(&format!("{}/v2/", base.trim_end_matches('/')))
        .map_err(|_| Refused::new(Outcome::WrongUrl, Some(say), None))?;
    let answered = exchange.send(get(ping.clone(), None, exchange)).map_err(Refused::unsent)?;
    let refused = |answered: &Answered, outcome| {
        Refused::new(outcome, None, exchange.with_masker(|masker| provider_message(answered, masker)))
    };
    if answered.is_success() {
        let say = "The registry answers anyone, so the credential cannot be verified.";
        return Err(Refused::new(Outcome::Unknown, Some(say), None));
    }
    if answered.status() != 401 {
        return Err(refused(&answered, outcome_of_status(&answered)));
    }
    let challenges: Vec<&str> = answered.response.headers("www-authenticate").collect();
    let Some(bearer) = challenges.iter().find_map(|challenge| bearer_challenge(challenge)) else {
        let is_basic = challenges.iter().any(|challenge| challenge.to_ascii_lowercase().starts_with("basic"));
        let basic = Credential::basic(user, pass);
        return if is_basic { Ok(basic.into()) } else { Err(refused(&answered, Outcome::WrongUrl)) };
    };
    // The password must not leave TLS because a registry says so.
    if bearer.realm.scheme() != "https" && bearer.realm.scheme() != ping.scheme() {
        let say = "The registry names a token server without TLS.";
        return Err(Refused::new(Outcome::ProviderError, Some(say), None));
    }
    let mut url = bearer.realm;
    url.query_pairs_mut()
        .extend_pairs(bearer.service.iter().map(|service| ("service", service.as_str())))
        .append_pair("scope", scope);
    let request = get(url, Some(Credential::basic(user, pass)), exchange);
    let answered = exchange.send(request).map_err(Refused::unsent)?;
    let token = ["/token", "/access_token"].iter().find_map(|at| answered.pointer(at).and_then(text_of));
    match token.filter(|_| answered.is_success()) {
        Some(token) => {
            exchange.hide(&token);
            Ok(Authorized {
                credential: Credential::bearer(&token),
                granted: Granted::RegistryToken(Zeroizing::new(token)),
                is_proved: true,
            })
        }
        None if answered.is_success() || answered.status() == 403 => {
            Err(refused(&answered, Outcome::InvalidCredential))
        }
        None => Err(refused(&answered, outcome_of_status(&answered))),
    }
}

fn get(url: Url, credential: Option<Credential>, exchange: &Exchange<'_>) -> Request {
    let mut headers = vec![
        ("user-agent".to_owned(), Zeroizing::new(exchange.environment.user_agent.to_owned())),
        ("accept".to_owned(), Zeroizing::new("application/json".to_owned())),
    ];
    if let Some(Credential::Headers(own)) = credential {
        headers.extend(own);
    }
    Request { method: "GET", url, headers, body: Zeroizing::default() }
}

/// `Bearer realm="…",service="…"`, with parameters in any order.
fn bearer_challenge(text: &str) -> Option<BearerChallenge> {
    let (scheme, parameters) = text.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let (mut realm, mut service) = (None, None);
    let mut rest = parameters;
    while let Some((name, after)) = rest.split_once('=') {
        let (value, left) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        match name.trim().trim_start_matches(',').trim() {
            "realm" => realm = Url::parse(value).ok(),
            "service" => service = Some(value.to_owned()),
            _ => {}
        }
        rest = left.trim_start().trim_start_matches(',');
    }
    Some(BearerChallenge { realm: realm?, service })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_read_in_any_order() {
        for (text, expected) in [
            (
                r#"Bearer realm="https://a.io/token",service="r.io""#,
                Some(("https://a.io/token", Some("r.io"))),
            ),
            (
                r#"bearer service="r, io", scope="a:b:c", realm="https://a.io/t""#,
                Some(("https://a.io/t", Some("r, io"))),
            ),
            (r#"Bearer realm=https://a.io/t"#, Some(("https://a.io/t", None))),
            (r#"Bearer service="r.io""#, None),
            (r#"Bearer realm="no url""#, None),
            (r#"Basic realm="https://a.io""#, None),
            ("Bearer", None),
            ("", None),
        ] {
            let found = bearer_challenge(text).map(|found| (found.realm.to_string(), found.service));
            let expected = expected.map(|(realm, service)| (realm.to_owned(), service.map(str::to_owned)));
            assert_eq!(found, expected, "{text}");
        }
    }
}
