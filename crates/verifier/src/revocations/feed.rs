//! How a verifier follows the feed: what it asks next, and what an answer is worth. Pure: no IO, no clock.

use std::collections::HashSet;
use std::time::Duration;

use crate::revocations::answer::{Answer, Fault};
use crate::revocations::set::RevocationSet;
use crate::revocations::shard::Entry;

/// Pages of one answer: ten million entries.
const MAX_PAGES: usize = 1_000;

/// A request, and when it was sent on the boot clock. The request acknowledges `after` in `cluster`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) after: Option<Place>,
    pub(crate) cursor: Option<String>,
    /// Random; the answer must repeat it.
    pub(crate) nonce: String,
    pub(crate) sent: Duration,
}

/// A position of one history of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) cluster: String,
    pub(crate) position: u64,
}

#[derive(Debug)]
pub(crate) enum Step {
    /// The set, and until when on the boot clock it may be used; together they are published.
    Applied { set: RevocationSet, lease_end: Duration, withdrawn_keys: Vec<String> },
    /// There is another page to ask for.
    Page,
    /// Older than what is known: it says nothing.
    Ignored,
}

#[derive(Debug)]
pub(crate) struct Feed {
    held: Option<(Place, RevocationSet)>,
    paging: Option<Paging>,
    /// The highest position that was applied, also before a set was dropped.
    highest: Option<Place>,
    max_entries: usize,
}

#[derive(Debug)]
struct Paging {
    /// That of the first page's request.
    sent: Duration,
    first: Place,
    last_position: u64,
    complete: bool,
    lease_ms: u64,
    cursors: HashSet<String>,
    next: String,
    entries: Vec<Entry>,
    withdrawn_keys: Vec<String>,
}

impl Feed {
    pub(crate) fn new(max_entries: usize) -> Self {
        Self { held: None, paging: None, highest: None, max_entries }
    }

    pub(crate) fn ask(&self, nonce: String, now: Duration) -> Asked {
        Asked {
            after: self.held.as_ref().map(|(place, _)| place.clone()),
            cursor: self.paging.as_ref().map(|paging| paging.next.clone()),
            nonce,
            sent: now,
        }
    }

    pub(crate) fn place(&self) -> Option<&Place> {
        self.held.as_ref().map(|(place, _)| place)
    }

    /// No usable answer came: paging starts again.
    pub(crate) fn interrupt(&mut self) {
        self.paging = None;
    }

    /// Drops the set: the whole one is asked for next.
    pub(crate) fn drop_set(&mut self) {
        self.paging = None;
        self.held = None;
    }

    /// Takes a body that was answered with 200. A fault drops the set. `now` is in epoch seconds.
    pub(crate) fn take(&mut self, asked: &Asked, body: &[u8], now: u32) -> Result<Step, Fault> {
        let taken = Answer::read(body).and_then(|answer| self.step(asked, answer, now));
        if taken.is_err() {
            self.drop_set();
        }
        taken
    }

    fn step(&mut self, asked: &Asked, answer: Answer, now: u32) -> Result<Step, Fault> {
        if answer.nonce != asked.nonce {
            return Err(Fault::Nonce);
        }
        let place = Place { cluster: answer.cluster.clone(), position: answer.position };
        let paging = self.paging.take();
        let continues = asked.after.as_ref().is_some_and(|after| after.cluster == place.cluster);
        if !answer.complete && !continues {
            return Err(Fault::Gap);
        }
        if let Some(paging) = &paging
            && (paging.first.cluster != place.cluster || paging.complete != answer.complete)
        {
            return Err(Fault::OtherPages);
        }
        // A node that has not read as far as another did knows less than this verifier.
        if self.highest.as_ref().is_some_and(|highest| place.is_before(highest)) {
            return Ok(Step::Ignored);
        }
        let mut paging = match paging {
            Some(paging) if place.position < paging.last_position => return Err(Fault::OtherPages),
            Some(paging) => paging,
            None => Paging::of(asked.sent, place.clone(), &answer),
        };
        paging.last_position = place.position;
        paging.lease_ms = paging.lease_ms.min(answer.lease_ms);
        paging.entries.extend(answer.entries);
        paging.withdrawn_keys.extend(answer.withdrawn_keys);
        if paging.entries.len() > self.max_entries {
            return Err(Fault::SetTooLarge);
        }
        if let Some(next) = answer.next {
            if paging.cursors.len() >= MAX_PAGES || !paging.cursors.insert(next.clone()) {
                return Err(Fault::EndlessPages);
            }
            paging.next = next;
            self.paging = Some(paging);
            return Ok(Step::Page);
        }
        self.apply(paging, now)
    }

    fn apply(&mut self, paging: Paging, now: u32) -> Result<Step, Fault> {
        let Paging { sent, first, complete, lease_ms, entries, withdrawn_keys, .. } = paging;
        let base = match self.held.take() {
            Some((_, set)) if !complete => set,
            _ => RevocationSet::default(),
        };
        let set = base.with(entries, now);
        if set.len() > self.max_entries {
            return Err(Fault::SetTooLarge);
        }
        self.highest = Some(first.clone());
        self.held = Some((first, set.clone()));
        let lease_end = sent.saturating_add(Duration::from_millis(lease_ms));
        Ok(Step::Applied { set, lease_end, withdrawn_keys })
    }
}

impl Asked {
    /// The query of the request, without the id of the verifier.
    pub(crate) fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = vec![("wait", "1".to_owned()), ("nonce", self.nonce.clone())];
        if let Some(after) = &self.after {
            query.push(("after", after.position.to_string()));
            query.push(("cluster", after.cluster.clone()));
        }
        if let Some(cursor) = &self.cursor {
            query.push(("cursor", cursor.clone()));
        }
        query
    }
}

impl Place {
    fn is_before(&self, other: &Self) -> bool {
        self.cluster == other.cluster && self.position < other.position
    }
}

impl Paging {
    fn of(sent: Duration, first: Place, answer: &Answer) -> Self {
        Self {
            sent,
            last_position: first.position,
            first,
            complete: answer.complete,
            lease_ms: answer.lease_ms,
            cursors: HashSet::new(),
            next: String::new(),
            entries: Vec::new(),
            withdrawn_keys: Vec::new(),
        }
    }
}
