//! Client of the administration API of one realm, authenticated as a member.

use claviger_api::Listed;
use claviger_contract::RealmLabel;
use serde::Serialize;
use serde_json::value::RawValue;
use ureq::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use ureq::http::{HeaderValue, Method, Request};

use crate::failure::{Exit, Failure};
use crate::server::answer::Answer;
use crate::server::confirmed::{Confirmed, Consent, PreparedChange};
use crate::server::refusal::accepted;
use crate::server::transport::Transport;
use crate::terminal::output::Output;
use crate::terminal::secret_input::PresentedSecret;
use crate::values::list_flags::ListQuery;
use crate::values::shared_flags::{Settled, SignedIn, WaitFlag};

pub struct Client {
    transport: Transport,
    realm: RealmLabel,
    authorization: HeaderValue,
    noun: &'static str,
}

const JSON_LINES: &str = "application/jsonl";

/// Maximum page size of the server.
const PAGE: usize = 200;

impl Client {
    /// `noun` is the noun of the command. Hints about what to type contain it.
    pub fn connect(arguments: SignedIn, noun: &'static str, output: &mut Output) -> Result<Self, Failure> {
        Self::connect_settled(&arguments, noun, output).map(|(client, _)| client)
    }

    /// Also says where it is connected to, for a command that has another client there.
    pub fn connect_settled(
        arguments: &SignedIn,
        noun: &'static str,
        output: &mut Output,
    ) -> Result<(Self, Settled), Failure> {
        output.prefer_json(arguments.place.json);
        let settled = arguments.place.settle()?;
        settled.refuse_to_leak()?;
        let token = arguments.token(&settled, output)?;
        let token =
            token.ok_or_else(|| Failure::new(Exit::NotSignedIn, format!("not signed in. {SIGN_IN}")))?;
        Ok((Self::of(&settled, &token, noun)?, settled))
    }

    pub fn of(settled: &Settled, token: &PresentedSecret, noun: &'static str) -> Result<Self, Failure> {
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(|_| {
                Failure::new(Exit::NotSignedIn, format!("the given value is not a token. {SIGN_IN}"))
            })?;
        authorization.set_sensitive(true);
        Ok(Self { transport: settled.transport()?, realm: settled.realm.clone(), authorization, noun })
    }

    pub fn realm(&self) -> &RealmLabel {
        &self.realm
    }

    /// URL of an OAuth endpoint of the realm.
    pub fn oauth_endpoint(&self, name: &str) -> String {
        self.transport.server().at(&["realms", self.realm.as_str(), "oauth2", name])
    }

    /// What the presented token is worth at a resource server.
    pub fn bearer(&self) -> Result<Answer, Failure> {
        let url = self.transport.server().at(&["realms", self.realm.as_str(), "whoami"]);
        self.send(Method::GET, url, None)
    }

    pub fn get(&self, path: &[&str]) -> Result<Answer, Failure> {
        self.send(Method::GET, self.at(path), None).map_err(|failure| self.with_list_hint(failure))
    }

    pub fn create(&self, path: &[&str], body: &impl Serialize) -> Result<Answer, Failure> {
        self.send(Method::POST, self.at(path), Some(written(body)?))
    }

    /// Usage of the last `days` days.
    pub fn usage(&self, path: &[&str], days: u32) -> Result<Answer, Failure> {
        let answer = self.send(Method::GET, format!("{}?days={days}", self.at(path)), None);
        answer.map_err(|failure| self.with_list_hint(failure))
    }

    /// `lines` are JSON Lines. Line numbers in error messages count from `first_line`.
    pub fn import(&self, path: &[&str], first_line: usize, lines: String) -> Result<Answer, Failure> {
        let url = format!("{}?first_line={first_line}", self.at(path));
        self.send_as(JSON_LINES, Method::POST, url, Some(lines))
    }

    /// For an operation without a body.
    pub fn post(&self, path: &[&str]) -> Result<Answer, Failure> {
        self.send(Method::POST, self.at(path), None)
    }

    /// For acts on an object, such as its revocation.
    pub fn act(&self, path: &[&str], wait: WaitFlag, body: &impl Serialize) -> Result<Answer, Failure> {
        self.change(Method::POST, path, wait, Some(written(body)?))
    }

    /// For an edit that asks no question.
    pub fn edit(&self, path: &[&str], wait: WaitFlag, body: &impl Serialize) -> Result<Answer, Failure> {
        self.change(Method::PATCH, path, wait, Some(written(body)?))
    }

    /// For settings that are written as a whole.
    pub fn replace(&self, path: &[&str], wait: WaitFlag, body: &impl Serialize) -> Result<Answer, Failure> {
        self.change(Method::PUT, path, wait, Some(written(body)?))
    }

    /// An edit that may take something away.
    pub fn editing(
        &self,
        path: &[&str],
        wait: WaitFlag,
        body: &impl Serialize,
    ) -> Result<PreparedChange, Failure> {
        Ok(self.prepared(Method::PATCH, path, wait, Some(written(body)?)))
    }

    /// An act that ends an object for good.
    pub fn ending(
        &self,
        path: &[&str],
        wait: WaitFlag,
        body: &impl Serialize,
    ) -> Result<PreparedChange, Failure> {
        Ok(self.prepared(Method::POST, path, wait, Some(written(body)?)))
    }

    pub fn deletion(&self, path: &[&str], wait: WaitFlag) -> PreparedChange {
        self.prepared(Method::DELETE, path, wait, None)
    }

    pub fn carry_out(&self, confirmed: Confirmed) -> Result<Answer, Failure> {
        match confirmed.0 {
            Consent::DryRun(change) => self.try_out(&change),
            Consent::Given(PreparedChange { method, url, body }) => {
                self.send(method, url, body).map_err(|failure| self.with_list_hint(failure))
            }
        }
    }

    /// Whom the change would affect. A server that does not know the parameter would carry it out, so it is asked first.
    pub fn try_out(&self, change: &PreparedChange) -> Result<Answer, Failure> {
        let description =
            self.send(Method::GET, self.transport.server().at(&["api", "openapi.json"]), None)?;
        if !description.as_str().contains("\"dry_run\"") {
            let message = "the server is of a version without dry runs: nothing was changed";
            return Err(Failure::new(Exit::Failure, message));
        }
        let PreparedChange { method, url, body } = change.clone();
        let separator = if url.contains('?') { '&' } else { '?' };
        let answer = self.send(method, format!("{url}{separator}dry_run=true"), body);
        answer.map(Answer::of_dry_run).map_err(|failure| self.with_list_hint(failure))
    }

    /// Requests page after page, until there are no more or `limit` items are there. A single page is returned byte for
    /// byte.
    pub fn list(&self, path: &[&str], limit: Option<u32>, asked: &ListQuery) -> Result<Answer, Failure> {
        let limit = limit.map(|limit| limit as usize);
        let mut items = Vec::new();
        let mut cursor = None::<String>;
        loop {
            let wanted = limit.map_or(PAGE, |limit| limit.saturating_sub(items.len()).clamp(1, PAGE));
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("limit", &wanted.to_string());
            query.extend_pairs(asked);
            if let Some(cursor) = &cursor {
                query.append_pair("cursor", cursor);
            }
            let answer = self.send(Method::GET, format!("{}?{}", self.at(path), query.finish()), None)?;
            let page: Listed<Box<RawValue>> = answer.decode()?;
            let is_last = page.next_cursor.is_none()
                || limit.is_some_and(|limit| items.len() + page.items.len() >= limit);
            if is_last && items.is_empty() {
                return Ok(answer);
            }
            items.extend(page.items);
            if is_last {
                return written(&Listed { items, next_cursor: page.next_cursor }).map(Answer::new);
            }
            cursor = page.next_cursor;
        }
    }

    /// `wait` selects whose confirmations the receipt waits for.
    fn change(
        &self,
        method: Method,
        path: &[&str],
        wait: WaitFlag,
        body: Option<String>,
    ) -> Result<Answer, Failure> {
        let PreparedChange { method, url, body } = self.prepared(method, path, wait, body);
        self.send(method, url, body).map_err(|failure| self.with_list_hint(failure))
    }

    fn prepared(
        &self,
        method: Method,
        path: &[&str],
        wait: WaitFlag,
        body: Option<String>,
    ) -> PreparedChange {
        let query = wait.parameter().map(|(name, whom)| format!("?{name}={whom}")).unwrap_or_default();
        PreparedChange { method, url: format!("{}{query}", self.at(path)), body }
    }

    fn at(&self, path: &[&str]) -> String {
        let mut segments = vec!["api", "v1", "realms", self.realm.as_str()];
        segments.extend(path);
        self.transport.server().at(&segments)
    }

    fn send(&self, method: Method, url: String, body: Option<String>) -> Result<Answer, Failure> {
        self.send_as("application/json", method, url, body)
    }

    fn send_as(
        &self,
        media_type: &str,
        method: Method,
        url: String,
        body: Option<String>,
    ) -> Result<Answer, Failure> {
        let mut request = Request::builder()
            .method(method)
            .uri(url)
            .header(AUTHORIZATION, self.authorization.clone())
            .header(ACCEPT, "application/json, application/problem+json");
        if body.is_some() {
            request = request.header(CONTENT_TYPE, media_type);
        }
        let request = request
            .body(body)
            .map_err(|error| Failure::usage(format!("the request cannot be built: {error}")))?;
        let answer = self.transport.send(request)?;
        accepted(answer).map(Answer::new).map_err(|failure| failure.with_hint(Exit::NotSignedIn, SIGN_IN))
    }

    pub(super) fn with_list_hint(&self, failure: Failure) -> Failure {
        failure.with_hint(Exit::NotFound, &format!("`claviger {} list` shows what exists", self.noun))
    }
}

pub const SIGN_IN: &str = "Sign in with `claviger login`, or put a personal access token of this realm into CLAVIGER_TOKEN or a --token-file \
    (on the server's machine, `claviger member token EMAIL` prints one)";

fn written(body: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(body).map_err(|error| Failure::new(Exit::Failure, error.to_string()))
}
