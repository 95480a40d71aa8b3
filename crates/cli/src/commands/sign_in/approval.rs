//! A sign-in that a member approves in the console: opened in the browser of this machine, or by a code that is pasted.

use std::time::Duration;

use claviger_api::{ApprovedSignIn, CreatedMemberToken};
use claviger_contract::Timestamp;
use ureq::http::header::{ACCEPT, CONTENT_TYPE};
use ureq::http::{Method, Request};

use crate::commands::sign_in::browser;
use crate::commands::sign_in::loopback::{Decided, Loopback, Shown};
use crate::commands::sign_in::proof_key::ProofKey;
use crate::environment::machine_name;
use crate::failure::{Exit, Failure};
use crate::server::answer::Answer;
use crate::server::profile::MadeToken;
use crate::server::refusal::accepted;
use crate::terminal::output::Output;
use crate::terminal::secret_input::SecretSource;
use crate::values::shared_flags::Settled;

/// Time enough to sign in at the company's provider, with a second factor.
const PATIENCE: Duration = Duration::from_secs(600);

/// The operation that ends a sign-in, as the description of the API names it.
const OPERATION: &str = "\"exchangeApprovedSignIn\"";

/// How the answer comes to this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The browser of this machine brings it.
    Loopback,
    /// The person pastes it.
    Code,
}

/// The token that the server made, which nothing else has, and when it expires.
pub type Made = (MadeToken, Timestamp);

pub fn approved(settled: &Settled, way: Way, output: &mut Output) -> Result<Made, Failure> {
    ensure_offered(settled)?;
    let key = ProofKey::generate()?;
    match way {
        Way::Loopback => by_browser(settled, &key, output),
        Way::Code => by_code(settled, &key, output),
    }
}

fn by_browser(settled: &Settled, key: &ProofKey, output: &mut Output) -> Result<Made, Failure> {
    let loopback = Loopback::listen()?;
    let address = address(settled, key, Some(loopback.port));
    let note = match browser::open(&address) {
        true => "Approve the sign-in in the browser. If it does not open, open this address on this machine:",
        false => "Open this address in a browser on this machine, and approve the sign-in there:",
    };
    output.note(&format!("{note}\n{address}"));
    output.note("Waiting for the answer of the browser. Ctrl-C stops it.");
    let arrival = loopback.wait(key.state(), PATIENCE)?;
    match &arrival.decided {
        Decided::Denied => {
            arrival.reply(Shown::Canceled);
            let message = "the sign-in was canceled in the browser: nothing was saved";
            Err(Failure::new(Exit::Forbidden, message))
        }
        Decided::Approved(code) => {
            let made = exchanged(settled, key, code);
            arrival.reply(if made.is_ok() { Shown::SignedIn } else { Shown::NotSignedIn });
            made
        }
    }
}

fn by_code(settled: &Settled, key: &ProofKey, output: &mut Output) -> Result<Made, Failure> {
    let address = address(settled, key, None);
    output.note(&format!(
        "Open this address in any browser, and approve the sign-in there. Paste the code that it shows within a \
         minute:\n{address}"
    ));
    let code = SecretSource::StandardInput.read("code", output)?;
    exchanged(settled, key, code.expose())
}

/// The page of the console that asks the member.
fn address(settled: &Settled, key: &ProofKey, port: Option<u16>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("challenge", &key.challenge()).append_pair("name", &machine_name());
    if let Some(port) = port {
        query.append_pair("port", &port.to_string()).append_pair("state", key.state());
    }
    format!("{}?{}", settled.url.at(&["console", settled.realm.as_str(), "cli"]), query.finish())
}

/// Before the browser opens: whether the server is there, knows the realm, and can do this.
fn ensure_offered(settled: &Settled) -> Result<(), Failure> {
    let transport = settled.transport()?;
    let ask = |segments: &[&str]| {
        let request = Request::builder().uri(settled.url.at(segments)).body(None);
        transport.send(request.map_err(|error| Failure::usage(error.to_string()))?)
    };
    let description = accepted(ask(&["api", "openapi.json"])?)?;
    if !description.contains(OPERATION) {
        let message = "the server is of a version without sign-in in the browser: add --with-token, and give it a \
                       personal access token";
        return Err(Failure::new(Exit::Failure, message));
    }
    let keys = ask(&["realms", settled.realm.as_str(), "oauth2", "jwks"])?;
    if keys.status.as_u16() == 404 {
        let message = format!("there is no realm {} at {}", settled.realm, settled.url);
        return Err(Failure::new(Exit::NotFound, message));
    }
    accepted(keys).map(drop)
}

/// The code works once, so nothing is tried twice.
fn exchanged(settled: &Settled, key: &ProofKey, code: &str) -> Result<Made, Failure> {
    let malformed = |_| Failure::new(Exit::Invalid, "this is no code of the console");
    let body = ApprovedSignIn {
        code: code.parse().map_err(malformed)?,
        verifier: key.verifier().parse().map_err(malformed)?,
    };
    let body =
        serde_json::to_string(&body).map_err(|error| Failure::new(Exit::Failure, error.to_string()))?;
    let realm = settled.realm.as_str();
    let path = ["api", "v1", "realms", realm, "personal-access-tokens", "exchange"];
    let request = Request::builder()
        .method(Method::POST)
        .uri(settled.url.at(&path))
        .header(ACCEPT, "application/json, application/problem+json")
        .header(CONTENT_TYPE, "application/json")
        .body(Some(body))
        .map_err(|error| Failure::usage(format!("the request cannot be built: {error}")))?;
    let again = "Run `claviger login` again";
    let answer = accepted(settled.transport()?.send(request)?);
    let answer = answer.map_err(|failure| failure.with_hint(Exit::Invalid, again))?;
    let made: CreatedMemberToken = Answer::new(answer).decode()?;
    let secret = made.token.expose().parse().unwrap_or_else(|never| match never {});
    Ok((MadeToken { id: made.shown.id, secret }, made.shown.expires_at))
}
