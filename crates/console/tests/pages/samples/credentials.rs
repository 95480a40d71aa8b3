//! One service credential, and what others share of it.

use claviger_console::{
    Audience, CredentialPage, Draft, Entry, EventLine, GroupLine, Lifecycle, Origin, OriginKind,
    ResourceLine, ScopeLine, Spot, Tone, Usage, UsageAudience, UsageDay,
};
use claviger_contract::Timestamp;
use claviger_domain::Role;

use super::frame::{at, chosen, framed, framed_as, texts};
use super::{Sample, sample};

pub fn samples() -> Vec<Sample> {
    vec![
        sample("credential", detail(|_| ())),
        sample("credential-revoked", detail(revoked)),
        sample(
            "credential-expired",
            detail(|page| page.lifecycle.expires_at = Some(at("2026-11-20T09:12:00Z"))),
        ),
        sample("credential-replaced", detail(replaced)),
        sample("credential-auditor", {
            let mut page = detail(|_| ());
            page.frame = framed_as(Role::Auditor, Entry::ServiceCredentials);
            page
        }),
    ]
}

pub const ID: &str = "019c2f6a-7b1e-7c40-9d55-2f0a6c1e88b3";

pub const NAME: &str = "nightly-deploy";

pub fn groups() -> Vec<GroupLine> {
    let group = |name: &str, description: &str, responsible: &str| GroupLine {
        name: chosen(name),
        description: chosen(description),
        responsible: chosen(responsible),
    };
    vec![
        group("Builders", "Pushes code, pulls containers, reads builds", "Platform team, #platform"),
        group("Readers", "Reads targets, devices and builds", ""),
    ]
}

pub fn resources() -> Vec<ResourceLine> {
    vec![ResourceLine {
        resource: "fleet/berlin".to_owned(),
        description: "Robots at the Berlin site".to_owned(),
        actions: texts(&["read", "deploy"]),
    }]
}

pub fn scopes() -> Vec<ScopeLine> {
    let group = |name: &str| Origin { kind: OriginKind::Group, name: chosen(name) };
    let line = |scope: &str, description: &str, from| ScopeLine {
        scope: scope.to_owned(),
        description: chosen(description),
        from,
    };
    let berlin = Origin { kind: OriginKind::Resource, name: "fleet/berlin".to_owned() };
    vec![
        line("source:read-update", "Push to existing branches, clone and fetch", vec![group("Builders")]),
        line("ci:read", "See builds", vec![group("Builders"), group("Readers")]),
        line("fleet/berlin:deploy", "Deploy to the Berlin fleet", vec![berlin.clone()]),
        line("fleet/berlin:delete", "", vec![berlin]),
    ]
}

fn usage() -> Usage {
    let day = |index: i64| {
        let issued = [604, 760, 398, 420, 751, 744, 730][usize::try_from(index % 7).expect("small")];
        let refused = if index == 22 { 14 } else { u64::from(index % 6 == 0) };
        UsageDay {
            day: Timestamp::from_epoch_seconds(1_795_824_000 - index * 86_400),
            tokens: Spot { issued, refused },
        }
    };
    let audience = |audience, issued, refused| UsageAudience { audience, tokens: Spot { issued, refused } };
    Usage {
        tokens_alive: Some(28),
        tokens_end_at: Some(at("2026-11-28T19:37:20Z")),
        last_24_hours: Spot { issued: 604, refused: 1 },
        days: (0..30).rev().map(day).collect(),
        audiences: vec![
            audience(Audience::Realm, 15_902, 13),
            audience(Audience::Named("https://api.acme.example".to_owned()), 2_246, 0),
            audience(Audience::Unknown, 0, 14),
        ],
    }
}

pub fn events() -> Vec<EventLine> {
    let event = |tone, icon, actor: &str, words: &str, when: &str, more: &[&str]| EventLine {
        tone,
        icon,
        actor: chosen(actor),
        words: words.to_owned(),
        target: None,
        at: at(when),
        more: texts(more),
        added: Vec::new(),
        removed: Vec::new(),
    };
    let mut edited =
        event(Tone::Info, "edit", "Ana Souza", "edited access", "2026-11-27T16:02:11Z", &["203.0.113.7"]);
    edited.added = texts(&["resource fleet/berlin: read, deploy"]);
    edited.removed = vec![chosen("group Release managers")];
    vec![
        edited,
        event(
            Tone::Off,
            "plus",
            "Ana Souza",
            "created it",
            "2026-09-05T09:12:00Z",
            &["203.0.113.7", "90 days"],
        ),
    ]
}

fn detail(change: impl FnOnce(&mut CredentialPage)) -> CredentialPage {
    let mut page = CredentialPage {
        frame: framed(Entry::ServiceCredentials),
        id: ID.to_owned(),
        name: chosen(NAME),
        description: chosen("Deploys the fleet every night at 02:00"),
        lifecycle: Lifecycle {
            created_at: at("2026-09-05T09:12:00Z"),
            expires_at: Some(at("2026-12-04T20:12:00Z")),
            revoked_at: None,
            overlap_ends_at: None,
            last_used_at: Some(at("2026-11-28T18:37:20Z")),
        },
        revoked_by: String::new(),
        successor: None,
        predecessor: Some("019b8e10-22c4-7d19-8a07-91c3f0d2a415".to_owned()),
        token_ttl_seconds: 3_600,
        groups: groups(),
        resources: resources(),
        scopes: scopes(),
        admin_scopes: Vec::new(),
        updated_at: at("2026-11-27T16:02:11Z"),
        updated_by: chosen("Ana Souza"),
        created_by: chosen("Ana Souza"),
        usage: usage(),
        late_audiences: texts(&["https://legacy.acme.example"]),
        events: events(),
        draft: Draft { name: chosen(NAME), ..Draft::default() },
    };
    change(&mut page);
    page
}

fn revoked(page: &mut CredentialPage) {
    page.lifecycle.revoked_at = Some(at("2026-11-28T18:40:12Z"));
    page.revoked_by = chosen("Ana Souza");
}

fn replaced(page: &mut CredentialPage) {
    page.lifecycle.overlap_ends_at = Some(at("2026-11-29T18:40:12Z"));
    page.successor = Some("019d1a6e-1b77-7d02-8f4c-b90c2e57a6d1".to_owned());
    page.admin_scopes = texts(&["admin:groups:read", "admin:resources:write"]);
}
