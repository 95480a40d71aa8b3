//! Whatever the feed answers instead of the truth: the set is dropped, the status says why, and nothing is accepted.

use claviger_verifier::Verifier;
use serde_json::{Value, json};

use crate::support::fake_issuer::FakeIssuer;
use crate::support::http_server::{Reply, Request};
use crate::support::{accepts, eventually, is_undecided};

type Lie = fn(&Request, Value) -> Reply;

fn with(mut answer: Value, member: &str, value: Value) -> Reply {
    answer[member] = value;
    Reply::json(answer.to_string())
}

/// Each with a part of what the status then says.
const LIES: [(&str, &str, Lie); 12] = [
    ("another nonce", "nonce", |_, answer| with(answer, "nonce", json!("another"))),
    ("an old answer", "nonce", |_, answer| with(answer, "nonce", json!("AAAAAAAAAAAAAAAAAAAAAA"))),
    ("a gap", "not complete", |_, mut answer| {
        answer["cluster"] = json!("another");
        with(answer, "complete", json!(false))
    }),
    ("garbage", "none of a feed", |_, _| Reply::json("<html>maintenance</html>")),
    ("nothing", "none of a feed", |_, _| Reply::json("")),
    ("a member twice", "\"cluster\" twice", |_, answer| {
        Reply::json(answer.to_string().replacen('{', "{\"cluster\":\"one\",", 1))
    }),
    ("an endless lease", "lease_ms", |_, answer| with(answer, "lease_ms", json!(60_001))),
    ("a position of no log", "position", |_, answer| with(answer, "position", json!(1_u64 << 60))),
    ("an unknown kind", "kind of entry", |_, answer| {
        with(answer, "entries", json!([{"kind": "planet", "forget_after": 1}]))
    }),
    ("half an entry", "not whole", |_, answer| {
        with(answer, "entries", json!([{"kind": "credential", "before": 1, "forget_after": 1}]))
    }),
    ("pages in a circle", "circle", |_, answer| with(answer, "next", json!("again"))),
    ("a page of another cluster", "another answer", |request, answer| {
        let first = with(answer.clone(), "next", json!("second"));
        if request.query.contains_key("cursor") { with(answer, "cluster", json!("another")) } else { first }
    }),
];

#[test]
fn every_lie_drops_the_set_and_the_truth_restores_it() {
    let fake = FakeIssuer::start();
    let verifier = fake.verifier();
    let token = fake.issuer.mint().sign();
    for (name, said, lie) in LIES {
        eventually(name, || accepts(&verifier, &token));
        // The circle and the page are answers to the whole set too: one that is taken as the end would be accepted.
        fake.lie(lie);
        let tells =
            |verifier: &Verifier| verifier.status().last_fault.is_some_and(|fault| fault.contains(said));
        eventually(name, || tells(&verifier) && is_undecided(&verifier, &token));
        let status = verifier.status();
        assert!(!status.has_lease() && status.entries == 0, "{name}: {status:?}");
        assert!(status.feed_failure.is_some_and(|why| why.contains(said)), "{name}");
        fake.be_honest();
    }
    eventually("accepted", || accepts(&verifier, &token));
    assert_eq!(verifier.status().feed_failure, None);
    assert!(!verifier.metrics().contains("claviger_verifier_faults_total 0"));
}

#[test]
fn answer_below_its_own_position_is_ignored_and_renews_no_lease() {
    let fake = FakeIssuer::start();
    fake.told().lease_ms = 400;
    let verifier = fake.verifier();
    let token = fake.issuer.mint().sign();
    let position = fake.tell(|_| json!({"kind": "token", "jti": "other", "forget_after": 4_000_000_000_u64}));
    eventually("followed", || verifier.status().position == position && accepts(&verifier, &token));
    fake.lie(move |_, answer| with(answer, "position", json!(position - 1)));
    eventually("its lease is over", || is_undecided(&verifier, &token));
    let status = verifier.status();
    assert_eq!((status.position, status.last_fault), (position, None));
    assert!(status.feed_failure.unwrap().contains("lags behind"));
    fake.be_honest();
    eventually("accepted", || accepts(&verifier, &token));
}

#[test]
fn set_that_is_too_large_is_no_set() {
    let fake = FakeIssuer::start();
    let tell = |number: u32| {
        fake.tell(|_| json!({"kind": "token", "jti": format!("{number}"), "forget_after": 4_000_000_000_u64}))
    };
    (0..3).for_each(|number| {
        tell(number);
    });
    let verifier = fake.builder().max_entries(3).connect().unwrap();
    let token = fake.issuer.mint().sign();
    eventually("accepted", || accepts(&verifier, &token) && verifier.status().entries == 3);
    tell(3);
    eventually("undecided", || is_undecided(&verifier, &token));
    assert!(verifier.status().last_fault.unwrap().contains("more entries than this verifier keeps"));
}

#[test]
fn restored_database_begins_a_new_history_with_its_whole_set() {
    let fake = FakeIssuer::start();
    let verifier = fake.verifier();
    let token = fake.issuer.mint().sign();
    fake.told().position = 100;
    eventually("followed", || verifier.status().position == 100 && accepts(&verifier, &token));
    (fake.told().cluster, fake.told().position) = ("two".to_owned(), 7);
    eventually("followed anew", || verifier.status().cluster.as_deref() == Some("two"));
    assert_eq!(verifier.status().position, 7);
    assert!(accepts(&verifier, &token));
    assert_eq!(verifier.status().last_fault, None);
}
