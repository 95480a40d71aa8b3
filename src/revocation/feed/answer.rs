//! What the feed answers, from one realm at one position. Pure.

use std::collections::BTreeMap;

use claviger_contract::{Position, Timestamp};
use serde::Serialize;

use crate::revocation::feed::cursor::Cursor;
use crate::revocation::feed::entry::{Entry, forget_after};
use crate::revocation::feed::request::FeedRequest;
use crate::snapshot::{Origin, RealmView};
use claviger_domain::{Cut, CutKey, VERIFIER_LEASE};

/// The most entries in one answer.
const PAGE: usize = 10_000;

#[derive(Debug, Serialize)]
pub struct FeedAnswer<'a> {
    pub cluster: &'a str,
    pub position: Position,
    pub nonce: &'a str,
    pub lease_ms: u128,
    pub complete: bool,
    pub next: Option<String>,
    pub entries: Vec<Entry>,
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The node has applied less than the verifier.
    Behind,
    /// The cursor is of another cluster, or goes on with increments that are no longer known.
    StaleCursor,
}

/// The time at which an answer is made.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    pub at: Timestamp,
    /// What is over by a trusted clock is left out.
    pub is_trusted: bool,
}

/// The place from which an answer goes on.
pub(super) struct Place {
    /// Of the whole answer, which may have several pages.
    position: Position,
    /// `None` for the whole set.
    after: Option<Position>,
    key: Option<CutKey>,
}

pub fn answer<'a>(
    origin: &'a Origin,
    (realm, position): (&RealmView, Position),
    request: &'a FeedRequest,
    made: Made,
) -> Result<FeedAnswer<'a>, NoAnswer> {
    if position < request.needed_in(&origin.cluster) {
        return Err(NoAnswer::Behind);
    }
    let place = place(origin, (realm, position), request)?;
    answer_from(origin, realm, request, place, made, PAGE)
}

pub(super) fn place(
    origin: &Origin,
    (realm, position): (&RealmView, Position),
    request: &FeedRequest,
) -> Result<Place, NoAnswer> {
    let known = |after: &Position| *after >= realm.cuts.known_since();
    match &request.cursor {
        None => {
            let after = request.acknowledged_in(&origin.cluster).filter(known);
            Ok(Place { position, after, key: None })
        }
        Some(cursor) if cursor.cluster == origin.cluster && cursor.after.as_ref().is_none_or(known) => {
            Ok(Place { position: cursor.position, after: cursor.after, key: Some(cursor.key.clone()) })
        }
        Some(_) => Err(NoAnswer::StaleCursor),
    }
}

pub(super) fn answer_from<'a>(
    origin: &'a Origin,
    realm: &RealmView,
    request: &'a FeedRequest,
    place: Place,
    made: Made,
    page: usize,
) -> Result<FeedAnswer<'a>, NoAnswer> {
    let mut first = first_of(realm, &place, made, page + 1);
    let mut next = None;
    if first.len() > page {
        first.pop_last();
        let last = first.last_key_value().map(|(key, _)| key.clone()).ok_or(NoAnswer::StaleCursor)?;
        let (cluster, position) = (origin.cluster.clone(), place.position);
        let cursor = Cursor { cluster, position, after: place.after, key: last };
        next = Some(cursor.to_text().map_err(|_| NoAnswer::StaleCursor)?);
    }
    Ok(FeedAnswer {
        cluster: &origin.cluster,
        position: place.position,
        nonce: request.nonce.as_str(),
        lease_ms: VERIFIER_LEASE.as_millis(),
        complete: place.after.is_none(),
        next,
        entries: first.into_values().map(|(cut, forget_after)| Entry::new(cut, forget_after)).collect(),
    })
}

/// The first `count` cuts by their keys. Of cuts with one key that with the largest `before` counts, until the last of
/// them is over.
fn first_of<'r>(
    realm: &'r RealmView,
    place: &Place,
    made: Made,
    count: usize,
) -> BTreeMap<CutKey, (&'r Cut, Timestamp)> {
    let mut first: BTreeMap<CutKey, (&Cut, Timestamp)> = BTreeMap::new();
    for kept in realm.cuts.after(place.after.unwrap_or_default()) {
        for cut in &*kept.cuts {
            let forget_after = forget_after(cut, kept.at, made.at);
            if made.is_trusted && forget_after < made.at {
                continue;
            }
            let key = cut.key();
            let is_of_this_page = place.key.as_ref().is_none_or(|last| key > *last)
                && (first.len() < count || first.last_key_value().is_some_and(|(last, _)| key <= *last));
            if !is_of_this_page {
                continue;
            }
            let (largest, latest) = first.entry(key).or_insert((cut, forget_after));
            *latest = forget_after.max(*latest);
            if cut.before() >= largest.before() {
                *largest = cut;
            }
            if first.len() > count {
                first.pop_last();
            }
        }
    }
    first
}
