//! Revoking, renewing, removing access, and receipts.

use claviger_console::{
    ChangedMeanwhilePage, Entry, NodeLine, NodeState, Reach, ReachKind, ReceiptEnd, ReceiptOutcome,
    ReceiptPage, ReceiptRecord, RemoveGrantPage, RemovedGrant, RenewPage, RevokePage,
};

use super::credentials::{ID, NAME, resources};
use super::frame::{at, chosen, framed, links, texts};
use super::{Sample, sample};

pub fn samples() -> Vec<Sample> {
    vec![
        sample("credential-revoke", revoke(false)),
        sample("credential-revoke-wrong", revoke(true)),
        sample("credential-revoke-unused", unused()),
        sample("credential-receipt", receipt(confirmed())),
        sample("credential-receipt-waited", receipt(waited())),
        sample("credential-receipt-later", receipt(later())),
        sample("credential-receipt-failed", receipt(failed())),
        sample("credential-receipt-waiting", receipt(None)),
        sample("credential-renew", renew()),
        sample("credential-remove-group", remove(RemovedGrant::Group(chosen("Builders")))),
        sample("credential-remove-resource", remove(RemovedGrant::Resource("fleet/berlin".to_owned()))),
        sample("credential-changed", changed()),
    ]
}

pub fn reaches(revoked: bool) -> Vec<Reach> {
    let until = |text| if revoked { Some(at(text)) } else { None };
    let reach = |audience: &str, kind, heard_at: Option<&str>| Reach {
        audience: audience.to_owned(),
        kind,
        heard_at: heard_at.map(at),
        instances: if kind == ReachKind::FollowsFeed { 4 } else { 0 },
    };
    vec![
        reach("https://api.acme.example", ReachKind::FollowsFeed, Some("2026-11-28T18:40:10Z")),
        reach("https://studio.acme.example", ReachKind::AsksEveryTime, Some("2026-11-28T18:40:08Z")),
        reach(
            "hub.acme.example",
            ReachKind::OwnTokens { seconds: 120, until: until("2026-11-28T18:42:12Z") },
            None,
        ),
        reach(
            "https://legacy.acme.example",
            ReachKind::ReadsKeysOnly { until: until("2026-11-28T19:37:20Z") },
            None,
        ),
    ]
}

fn revoke(wrong_name: bool) -> RevokePage {
    RevokePage {
        frame: framed(Entry::ServiceCredentials),
        id: ID.to_owned(),
        name: chosen(NAME),
        tokens_alive: Some(28),
        tokens_end_at: Some(at("2026-11-28T19:37:20Z")),
        last_used_at: Some(at("2026-11-28T18:37:20Z")),
        issued_24_hours: Some(604),
        reaches: reaches(true),
        wrong_name,
        renewable: true,
    }
}

fn unused() -> RevokePage {
    RevokePage {
        tokens_alive: Some(0),
        tokens_end_at: None,
        last_used_at: None,
        issued_24_hours: Some(0),
        reaches: Vec::new(),
        ..revoke(false)
    }
}

pub fn line(node: &str, state: NodeState) -> NodeLine {
    NodeLine { node: node.to_owned(), instances: None, state }
}

fn service(state: NodeState) -> NodeLine {
    NodeLine { node: "factory-api".to_owned(), instances: Some(4), state }
}

pub type End = Option<(ReceiptOutcome, Vec<NodeLine>)>;

pub fn confirmed() -> End {
    let after = |after| NodeState::Confirmed { after_ms: Some(after) };
    let nodes = [line("node-a", after(1)), line("node-b", after(9))];
    let lines = nodes.into_iter().chain([service(after(12)), line("node-c", after(14))]).collect();
    Some((ReceiptOutcome::Confirmed { took_ms: Some(14) }, lines))
}

fn waited() -> End {
    let confirmed = NodeState::Confirmed { after_ms: Some(2) };
    let lines = vec![
        line("node-a", confirmed),
        line("node-b", NodeState::WaitedOut),
        service(NodeState::WaitedOut),
        NodeLine { instances: Some(1), ..service(NodeState::Confirmed { after_ms: None }) },
    ];
    let verifiers = texts(&["4 verifiers of factory-api"]);
    let outcome = ReceiptOutcome::WaitedOut { took_ms: Some(6_083), nodes: texts(&["node-b"]), verifiers };
    Some((outcome, lines))
}

fn later() -> End {
    let lines = vec![line("node-a", NodeState::Confirmed { after_ms: None })];
    Some((ReceiptOutcome::Confirmed { took_ms: None }, lines))
}

pub fn failed() -> End {
    let lines =
        vec![line("node-a", NodeState::Confirmed { after_ms: None }), line("node-b", NodeState::Silent)];
    Some((ReceiptOutcome::NotConfirmed, lines))
}

pub fn receipt(end: End) -> ReceiptPage {
    let (outcome, lines) = match end {
        Some((outcome, lines)) => (Some(outcome), lines),
        None => (None, Vec::new()),
    };
    ReceiptPage {
        frame: framed(Entry::ServiceCredentials),
        id: ID.to_owned(),
        name: chosen(NAME),
        revoked_by: chosen("Ana Souza"),
        revoked_at: at("2026-11-28T18:40:12Z"),
        has_services: true,
        lines,
        end: outcome.map(|outcome| ReceiptEnd {
            record: (outcome != ReceiptOutcome::NotConfirmed).then(record),
            reaches: reaches(true),
            outcome,
        }),
    }
}

fn record() -> ReceiptRecord {
    ReceiptRecord {
        position: 48_211,
        on_two_machines: true,
        json: r#"{"position":48211,"outcome":"confirmed"}"#.to_owned(),
    }
}

fn renew() -> RenewPage {
    RenewPage {
        frame: framed(Entry::ServiceCredentials),
        id: ID.to_owned(),
        name: chosen(NAME),
        expires_at: Some(at("2026-12-04T09:12:00Z")),
        validity_days: Some(90),
        idempotency_key: "1f0c".to_owned(),
        wrong_overlap: false,
    }
}

fn remove(what: RemovedGrant) -> RemoveGrantPage {
    let nothing = matches!(what, RemovedGrant::Resource(_));
    RemoveGrantPage {
        frame: framed(Entry::ServiceCredentials),
        id: ID.to_owned(),
        credential: chosen(NAME),
        what,
        lost: if nothing { Vec::new() } else { texts(&["source:read-update", "containers:read"]) },
        tokens_alive: Some(28),
        etag: "\"7\"".to_owned(),
    }
}

fn changed() -> ChangedMeanwhilePage {
    ChangedMeanwhilePage {
        frame: framed(Entry::ServiceCredentials),
        id: ID.to_owned(),
        name: chosen(NAME),
        changed_by: chosen("Rui Costa"),
        changed_at: at("2026-11-28T18:39:52Z"),
        groups: vec![chosen("Builders"), chosen("Readers")],
        resources: resources(),
        action: links().add_groups(ID).to_string(),
        fields: vec![("groups".to_owned(), chosen("Payments"))],
        etag: "\"8\"".to_owned(),
    }
}
