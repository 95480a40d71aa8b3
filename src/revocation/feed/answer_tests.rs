//! Tests of the answers of the feed: pages, positions, and the members of entries.

use claviger_contract::{Position, Timestamp};

use crate::revocation::feed::answer::{Made, NoAnswer, answer, answer_from, place};
use crate::revocation::feed::cursor::Cursor;
use crate::revocation::feed::entry::Entry;
use crate::revocation::feed::request::{Acknowledged, FeedRequest};
use crate::snapshot::{Origin, RealmView};
use claviger_domain::{ClientId, Cut, CutKey, Realm, RealmSettings, ResourceServerId};
use std::collections::BTreeSet;

const NOW: Timestamp = Timestamp::from_epoch_seconds(1_800_000_000);
const TRUSTED: Made = Made { at: NOW, is_trusted: true };

fn realm(since: u64) -> RealmView {
    let record = Realm {
        label: "acme".parse().expect("a label"),
        display_name: "".parse().expect("a text"),
        settings: RealmSettings::default(),
        suspended_at: None,
        deleted_at: None,
        created_at: NOW,
        updated_at: NOW,
    };
    RealmView::new(record, "https://auth.example/realms/acme".into(), Position::new(since))
}

fn cut(client: u128, before: u64) -> Cut {
    Cut::Client { id: ClientId::from_u128(client), before: Position::new(before) }
}

fn origin() -> Origin {
    Origin { cluster: "c".to_owned(), incarnation: "i".to_owned() }
}

fn request(after: Option<u64>, cursor: Option<&str>) -> FeedRequest {
    FeedRequest {
        realm: "acme".parse().expect("a label"),
        resource_server: ResourceServerId::from_u128(1),
        verifier: "0123456789abcdef".parse().expect("an id"),
        nonce: "n".parse().expect("a nonce"),
        after: after
            .map(|position| Acknowledged { cluster: "c".to_owned(), position: Position::new(position) }),
        cursor: cursor.map(|text| text.parse().expect("a cursor")),
    }
}

/// Pages of three entries. What they say, the position, and whether it is the whole set.
fn pages(
    realm: &mut RealmView,
    after: Option<u64>,
    mut between: impl FnMut(&mut RealmView),
) -> (Vec<(u128, u64)>, u64, bool) {
    let (origin, mut told, mut next) = (origin(), Vec::new(), None::<String>);
    loop {
        let position = realm.cuts.last().max(Position::new(10));
        let request = request(after, next.as_deref());
        let place = place(&origin, (realm, position), &request).expect("a place");
        let page = answer_from(&origin, realm, &request, place, TRUSTED, 3).expect("a page");
        assert!(page.entries.len() <= 3);
        for entry in &page.entries {
            let Entry::Credential { client_id, before, .. } = entry else { panic!("{entry:?}") };
            told.push((client_id.as_u128(), before.as_u64()));
        }
        let (position, complete) = (page.position.as_u64(), page.complete);
        next = page.next;
        if next.is_none() {
            return (told, position, complete);
        }
        between(realm);
    }
}

#[test]
fn pages_together_say_everything_once() {
    let mut realm = realm(0);
    realm.cuts.note(Position::new(5), Some(NOW), (1..=7).map(|client| cut(client, 5)).collect());
    realm.cuts.note(Position::new(6), Some(NOW), vec![cut(3, 6), cut(8, 6)]);
    let all = vec![(1, 5), (2, 5), (3, 6), (4, 5), (5, 5), (6, 5), (7, 5), (8, 6)];
    assert_eq!(pages(&mut realm, None, |_| {}), (all, 10, true));
    assert_eq!(pages(&mut realm, Some(5), |_| {}), (vec![(3, 6), (8, 6)], 10, false));
    assert_eq!(pages(&mut realm, Some(6), |_| {}), (vec![], 10, false));
    // Exactly one page has no next.
    let mut exact = self::realm(0);
    exact.cuts.note(Position::new(5), Some(NOW), (1..=3).map(|client| cut(client, 5)).collect());
    assert_eq!(pages(&mut exact, None, |_| panic!("one page")).0.len(), 3);
}

/// Whatever is cut between two pages, they hold everything up to the position of the first.
#[test]
fn cuts_between_pages_are_on_a_later_page_or_in_the_next_increment() {
    let mut realm = realm(0);
    realm.cuts.note(Position::new(5), Some(NOW), (1..=9).map(|client| cut(client, 5)).collect());
    let mut at = 10;
    let cut_again = |realm: &mut RealmView| {
        at += 1;
        realm.cuts.note(Position::new(at), Some(NOW), vec![cut(1, at), cut(9, at), cut(20, at)]);
    };
    let (told, position, complete) = pages(&mut realm, None, cut_again);
    assert_eq!((position, complete), (10, true));
    let clients: BTreeSet<u128> = told.iter().map(|(client, _)| *client).collect();
    assert!((1..=9).all(|client| clients.contains(&client)), "{told:?}");
    assert_eq!(clients.len(), told.len(), "each once");
    let (increment, _, complete) = pages(&mut realm, Some(position), |_| {});
    assert!(increment.iter().any(|(client, before)| *client == 1 && *before > 10) && !complete);
}

#[test]
fn node_goes_on_where_another_stopped_or_refuses() {
    let mut followed = realm(0);
    followed.cuts.note(Position::new(5), Some(NOW), (1..=9).map(|client| cut(client, 5)).collect());
    // Loaded at 10: the same cuts, known from there.
    let mut loaded = realm(10);
    loaded.cuts.note(Position::new(10), None, (1..=9).map(|client| cut(client, 5)).collect());
    let mut is_first = true;
    let (told, position, _) = pages(&mut followed, None, |realm| {
        if std::mem::take(&mut is_first) {
            *realm = loaded.clone();
        }
    });
    assert_eq!((told, position), ((1..=9).map(|client| (client, 5)).collect(), 10));

    let origin = origin();
    let at = Position::new(12);
    let cursor = |after: Option<u64>| {
        let after = after.map(Position::new);
        let key = CutKey::Realm;
        Cursor { cluster: "c".to_owned(), position: Position::new(11), after, key }.to_text().expect("text")
    };
    let ask = |request: &FeedRequest, at| answer(&origin, (&loaded, at), request, TRUSTED).map(|_| ());
    assert_eq!(ask(&request(None, Some(&cursor(None))), at), Ok(()));
    assert_eq!(ask(&request(Some(10), Some(&cursor(Some(10)))), at), Ok(()));
    let lost = request(Some(9), Some(&cursor(Some(9))));
    assert_eq!(ask(&lost, at), Err(NoAnswer::StaleCursor), "increments from before 10 are not known");
    let behind = request(None, Some(&cursor(None)));
    assert_eq!(ask(&behind, Position::new(10)), Err(NoAnswer::Behind), "the first page was at 11");
    let other = Origin { cluster: "d".to_owned(), ..origin.clone() };
    let of_other = answer(&other, (&loaded, at), &behind, TRUSTED).map(|_| ());
    assert_eq!(of_other, Err(NoAnswer::StaleCursor));
}

#[test]
fn nobody_is_answered_below_what_it_knows() {
    let (origin, realm) = (origin(), realm(3));
    let ask = |after: u64, at: u64| {
        let request = request(Some(after), None);
        answer(&origin, (&realm, Position::new(at)), &request, TRUSTED).map(|answer| answer.complete)
    };
    assert_eq!(ask(8, 7), Err(NoAnswer::Behind));
    assert_eq!(ask(7, 7), Ok(false));
    assert_eq!(ask(2, 7), Ok(true), "known from 3 on");
    // Positions of another history say nothing here.
    let other = Origin { cluster: "d".to_owned(), ..origin.clone() };
    let request = request(Some(8), None);
    let whole = answer(&other, (&realm, Position::new(7)), &request, TRUSTED).map(|answer| answer.complete);
    assert_eq!(whole, Ok(true));
}

#[test]
fn what_is_over_is_left_out_by_a_trusted_clock_alone() {
    let mut realm = realm(0);
    let expires_at = NOW.plus_seconds(900);
    let token = Cut::Token { jti: "j".into(), expires_at };
    realm.cuts.note(Position::new(1), Some(NOW), vec![token, cut(1, 1)]);
    let told = |at: Timestamp, is_trusted: bool| {
        let (origin, request) = (origin(), request(None, None));
        let made = Made { at, is_trusted };
        let entries = answer(&origin, (&realm, Position::new(1)), &request, made).expect("an answer").entries;
        entries.len()
    };
    assert_eq!(told(expires_at.plus_seconds(60), true), 2);
    assert_eq!(told(expires_at.plus_seconds(61), true), 1);
    assert_eq!(told(NOW.plus_seconds(25 * 3_600 + 1), true), 0);
    assert_eq!(told(NOW.plus_seconds(25 * 3_600 + 1), false), 2);
}

#[test]
fn entries_have_the_documented_members() {
    let mut realm = realm(0);
    let (before, from) = (Position::new(7), NOW.plus_seconds(600));
    let id = ClientId::from_u128(1);
    realm.cuts.note(
        Position::new(7),
        Some(NOW),
        vec![
            Cut::Realm { before },
            Cut::Key { kid: "k".into() },
            Cut::ResourceServer { audience: "urn:a".parse().expect("an audience"), before },
            Cut::end_of(id),
            Cut::ClientFrom { id, from },
            Cut::Token { jti: "j".into(), expires_at: from },
        ],
    );
    let (origin, request) = (origin(), request(None, None));
    let told = answer(&origin, (&realm, before), &request, TRUSTED).expect("an answer");
    let json = serde_json::to_string_pretty(&told).expect("JSON");
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&json).expect("JSON"),
        serde_json::json!({
            "cluster": "c", "position": 7, "nonce": "n", "lease_ms": 3_000, "complete": true, "next": null,
            "entries": [
                {"kind": "realm", "before": 7, "forget_after": 1_800_090_000},
                {"kind": "key", "kid": "k", "forget_after": 1_800_090_000},
                {"kind": "resource_server", "audience": "urn:a", "before": 7, "forget_after": 1_800_090_000},
                {"kind": "credential", "client_id": id, "before": 9_007_199_254_740_991_u64,
                 "forget_after": 1_800_090_000},
                {"kind": "credential", "client_id": id, "before": 9_007_199_254_740_991_u64,
                 "from": 1_800_000_600, "forget_after": 1_800_090_000},
                {"kind": "token", "jti": "j", "forget_after": 1_800_000_660},
            ],
        })
    );
}
