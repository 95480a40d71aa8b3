//! The audit trail.

use claviger_console::{AuditEventPage, AuditPage, AuditRow, ChainState, Choice, Entry, ListQuery, Tone};

use super::credentials::ID;
use super::frame::{at, chosen, framed, links};
use super::{Sample, sample};

pub fn samples() -> Vec<Sample> {
    let broken = AuditPage { chain: Some(ChainState::Broken { sequence: 7_001 }), ..list() };
    vec![
        sample("audit", list()),
        sample("audit-broken", AuditPage { total: None, ..broken }),
        sample("audit-none", AuditPage { rows: Vec::new(), filter_dropped: true, ..list() }),
        sample("audit-event", event()),
    ]
}

fn list() -> AuditPage {
    let any = |title: &str| vec![Choice { value: String::new(), title: title.to_owned(), chosen: true }];
    let query = ListQuery { list: links().audit(), fields: vec![("from", "2026-11-01".to_owned())] };
    AuditPage {
        frame: framed(Entry::Audit),
        actions: any("Any action"),
        actors: any("Anyone"),
        filter_dropped: false,
        rows: vec![
            row("2026-11-28T18:40:12Z", "service_credential.revoke", "28 tokens ended, confirmed in 14 ms"),
            AuditRow {
                target_address: None,
                address: String::new(),
                ..row("2026-11-27T15:58:20Z", "group.edit", "")
            },
        ],
        total: Some(12_408),
        newer: None,
        older: Some(query.at("c7")),
        query,
        chain: Some(ChainState::Whole { checked_at: at("2026-11-28T18:00:00Z") }),
    }
}

fn row(when: &str, action: &str, more: &str) -> AuditRow {
    AuditRow {
        id: "019d1a6e-0000-7d02-8f4c-b90c2e57a6d1".to_owned(),
        at: at(when),
        action: action.to_owned(),
        more: more.to_owned(),
        tone: if more.is_empty() { Tone::Info } else { Tone::Bad },
        icon: if more.is_empty() { "edit" } else { "ban" },
        target: chosen("nightly-deploy"),
        target_address: Some(links().service_credential(ID)),
        actor: chosen("Ana Souza"),
        address: "203.0.113.7".to_owned(),
    }
}

fn event() -> AuditEventPage {
    AuditEventPage {
        frame: framed(Entry::Audit),
        row: row("2026-11-28T18:40:12Z", "service_credential.revoke", "28 tokens ended, confirmed in 14 ms"),
        sequence: 12_408,
        target_kind: "service credential".to_owned(),
        target_id: ID.to_owned(),
        actor_kind: "member".to_owned(),
        actor_id: ID.to_owned(),
        request_id: "8f2c6d0e4b1a4c41".to_owned(),
        position: Some(48_211),
        before: Some("{\n  \"status\": \"active\"\n}".to_owned()),
        after: None,
    }
}
