//! Requests to a service: is this token accepted?

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use ureq::Agent;
use ureq::http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL};
use ureq::http::{HeaderValue, Request, StatusCode};
use url::Url;

use crate::failure::{Exit, Failure};
use crate::server::authorities::Authorities;
use crate::server::helped_server::is_this_machine;

/// `AUDIENCE=URL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeTarget {
    /// The audience of a resource server, or its name.
    pub audience: String,
    pub url: Url,
}

/// Both parts may contain `=`: the second one begins with its scheme.
impl FromStr for ProbeTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let places = ["=http://", "=https://"].into_iter().filter_map(|scheme| text.find(scheme));
        let example = "such as https://api.example.org=https://api.example.org/health";
        let at =
            places.min().filter(|at| *at > 0).ok_or_else(|| format!("must be AUDIENCE=URL, {example}"))?;
        let (audience, url) = text.split_at(at);
        let url = Url::parse(url.trim_start_matches('=')).map_err(|error| format!("{error}: {example}"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the URL must not contain a user name or password".to_owned());
        }
        if url.fragment().is_some() {
            return Err("the URL must not contain a fragment".to_owned());
        }
        Ok(Self { audience: audience.to_owned(), url })
    }
}

impl ProbeTarget {
    /// A token is sent there.
    pub fn refuse_to_leak(&self) -> Result<(), Failure> {
        match self.url.scheme() == "https" || is_this_machine(&self.url) {
            true => Ok(()),
            false => Err(Failure::usage(format!(
                "{} is not encrypted, so the token could be read in transit: use https://, or add --insecure \
                 (CLAVIGER_INSECURE=1) if the network is private",
                self.url
            ))),
        }
    }
}

/// What a service says of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Accepted,
    Refused(StatusCode),
    /// It neither accepted nor refused it.
    Undecided(String),
}

pub struct Probe {
    pub audience: String,
    pub url: Url,
    agent: Agent,
    authorization: HeaderValue,
}

const TIMEOUT: Duration = Duration::from_secs(5);

/// In bytes.
const MAX_BODY: u64 = 64 * 1024;

impl Probe {
    pub fn new(
        audience: String,
        url: Url,
        token: &str,
        authorities: Option<&Authorities>,
    ) -> Result<Self, Failure> {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("claviger/", env!("CARGO_PKG_VERSION"), " revocation-drill"));
        if is_this_machine(&url) {
            // A proxy on another machine cannot reach this service.
            config = config.proxy(None);
        }
        if let Some(authorities) = authorities {
            config = config.tls_config(authorities.tls_config());
        }
        let mut authorization = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|_| Failure::new(Exit::Failure, "the server issued something that is no token"))?;
        authorization.set_sensitive(true);
        Ok(Self { audience, url, agent: config.build().into(), authorization })
    }

    /// One GET request. No redirect is followed, because the token would be sent along.
    pub fn ask(&self) -> Verdict {
        let request = Request::get(self.url.as_str())
            .header(AUTHORIZATION, self.authorization.clone())
            .header(ACCEPT, "*/*")
            // A cache must not answer for the service.
            .header(CACHE_CONTROL, "no-cache")
            .body(());
        let sent = request.map_err(ureq::Error::from).and_then(|request| self.agent.run(request));
        match sent {
            Ok(mut answer) => {
                // The connection serves again once the body is read. What it says does not matter.
                let _ = answer.body_mut().with_config().limit(MAX_BODY).read_to_vec();
                verdict(answer.status())
            }
            Err(error) => Verdict::Undecided(error.to_string()),
        }
    }
}

fn verdict(status: StatusCode) -> Verdict {
    match status {
        status if status.is_success() => Verdict::Accepted,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Verdict::Refused(status),
        other => Verdict::Undecided(format!("it answered {other}")),
    }
}

/// Authorities for services with https: those of the file, or of the system.
pub fn authorities(targets: &[ProbeTarget], file: Option<&PathBuf>) -> Result<Option<Authorities>, Failure> {
    match file {
        Some(file) => Authorities::read(file).map(Some),
        None if targets.iter().any(|target| target.url.scheme() == "https") => {
            Authorities::of_the_system().map(Some)
        }
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audience_and_address_are_told_apart() {
        for (text, audience, url) in [
            ("https://a.example=https://a.example/x", "https://a.example", "https://a.example/x"),
            ("https://a.example/?x=1=http://127.0.0.1:1/", "https://a.example/?x=1", "http://127.0.0.1:1/"),
            ("builds=https://a.example/?to=https://b", "builds", "https://a.example/?to=https://b"),
        ] {
            let target: ProbeTarget = text.parse().expect(text);
            assert_eq!((target.audience.as_str(), target.url.as_str()), (audience, url));
        }
        for bad in [
            "",
            "builds",
            "https://a.example",
            "=https://a.example",
            "builds=ftp://a",
            "builds=a.example",
            "builds=https://u:p@a.example",
            "builds=https://a.example#f",
            "builds=https://",
        ] {
            assert!(bad.parse::<ProbeTarget>().is_err(), "{bad}");
        }
    }

    #[test]
    fn token_is_sent_encrypted_or_stays_on_this_machine() {
        for (text, is_private) in
            [("a=https://a.example", true), ("a=http://127.0.0.1:1", true), ("a=http://a.example", false)]
        {
            let target: ProbeTarget = text.parse().expect(text);
            assert_eq!(target.refuse_to_leak().is_ok(), is_private, "{text}");
        }
    }

    #[test]
    fn only_401_and_403_are_refusals() {
        for (status, decided) in [
            (200, Some(true)),
            (204, Some(true)),
            (401, Some(false)),
            (403, Some(false)),
            (302, None),
            (404, None),
            (503, None),
        ] {
            let verdict = verdict(StatusCode::from_u16(status).expect("a status"));
            let found = match verdict {
                Verdict::Accepted => Some(true),
                Verdict::Refused(_) => Some(false),
                Verdict::Undecided(_) => None,
            };
            assert_eq!(found, decided, "{status}");
        }
    }
}
