//! One verifier that follows the feed of revocations, as the crate does: what it asks next, and what an answer is worth.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::servers::quickstart::Quickstart;
use crate::traffic::connection::Answer;

/// It keeps no entries: which tokens they end is not measured here.
pub struct Follower {
    /// The beginning of the request, and its end after the query.
    head: String,
    tail: String,
    id: String,
    asked: u64,
    held: Option<Place>,
    paging: Option<Paging>,
}

#[derive(Clone, PartialEq, Eq)]
struct Place {
    cluster: String,
    position: u64,
}

struct Paging {
    /// Of the first page, which counts when the last one is in.
    first: Place,
    cursor: String,
}

#[derive(Deserialize)]
struct Told {
    cluster: String,
    position: u64,
    nonce: String,
    lease_ms: u64,
    complete: bool,
    next: Option<String>,
    entries: Vec<IgnoredAny>,
}

/// What an answer is worth.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The next request acknowledges more than the last one.
    News,
    /// Nothing new. The server holds a request for a second before it says so.
    Nothing,
    /// Another page is to be asked for.
    Page,
    /// No answer, or one that a verifier must not believe. The whole set is asked for next.
    Fault,
}

impl Follower {
    pub fn new(quickstart: &Quickstart, number: usize) -> Self {
        let Quickstart { realm, resource_server, .. } = quickstart;
        let pair = format!("{}:{}", resource_server.client_id, resource_server.client_key);
        Self {
            head: format!("GET /realms/{realm}/revocations?"),
            tail: format!(
                " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nAuthorization: Basic {}\r\n\r\n",
                BASE64_STANDARD.encode(pair)
            ),
            id: format!("verifier-of-the-bench-{number}"),
            asked: 0,
            held: None,
            paging: None,
        }
    }

    /// Whether it has a set, and so a lease.
    pub fn is_attached(&self) -> bool {
        self.held.is_some()
    }

    /// The request is the acknowledgment of everything that was taken before.
    pub fn ask(&mut self) -> Vec<u8> {
        self.asked += 1;
        let Self { head, tail, id, asked, .. } = self;
        let mut request = format!("{head}verifier={id}&nonce={asked}&wait=1");
        if let Some(Place { cluster, position }) = &self.held {
            request.push_str(&format!("&after={position}&cluster={cluster}"));
        }
        if let Some(Paging { cursor, .. }) = &self.paging {
            request.push_str(&format!("&cursor={cursor}"));
        }
        request.push_str(tail);
        request.into_bytes()
    }

    pub fn take(&mut self, answer: &Answer<'_>) -> Taken {
        let told = (answer.status == 200).then(|| serde_json::from_slice::<Told>(answer.body).ok());
        match told.flatten().and_then(|told| self.believe(told)) {
            Some(taken) => taken,
            None => {
                self.lose();
                Taken::Fault
            }
        }
    }

    /// There was no answer, or a wrong one.
    pub fn lose(&mut self) {
        (self.held, self.paging) = (None, None);
    }

    fn believe(&mut self, told: Told) -> Option<Taken> {
        let Told { cluster, position, nonce, lease_ms, complete, next, entries } = told;
        let place = Place { cluster, position };
        let is_of_this_cluster = self.held.as_ref().is_some_and(|held| held.cluster == place.cluster);
        let is_older = is_of_this_cluster && self.held.as_ref().is_some_and(|held| position < held.position);
        let is_right = nonce == self.asked.to_string() && lease_ms > 0 && !is_older;
        if !is_right || (!complete && !is_of_this_cluster) {
            return None;
        }
        let first = self.paging.take().map_or(place, |paging| paging.first);
        if let Some(cursor) = next {
            self.paging = Some(Paging { first, cursor });
            return Some(Taken::Page);
        }
        let is_news = !entries.is_empty() || self.held.as_ref() != Some(&first);
        self.held = Some(first);
        Some(if is_news { Taken::News } else { Taken::Nothing })
    }
}
