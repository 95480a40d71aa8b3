//! Service credentials: list, detail, revoke, receipt, renew.

use claviger_console::{
    Audience, Choice, CredentialCounts, CredentialExamplesPage, CredentialKeyAgainPage, CredentialKeyPage,
    CredentialListPage, CredentialPage, CredentialRow, CredentialTab, Draft, Elsewhere, Entry, EventLine,
    Example, FirstUseLine, GroupLine, Lifecycle, ListQuery, NoCredentialsPage, NodeLine, NodeState, Origin,
    OriginKind, Pager, Reach, ReachKind, ReceiptEnd, ReceiptOutcome, ReceiptPage, RemoveGrantPage,
    RemovedGrant, RenewPage, ResourceLine, RevokePage, ScopeLine, Spot, Tone, Usage, UsageAudience, UsageDay,
};
use claviger_contract::Timestamp;
use claviger_domain::Role;

use super::frame::{at, chosen, framed, framed_as, links, texts};
use super::{Sample, sample};

pub const ID: &str = "019c2f6a-7b1e-7c40-9d55-2f0a6c1e88b3";
const NAME: &str = "nightly-deploy";

pub fn samples() -> Vec<Sample> {
    vec![
        sample("credentials", list(rows(), "", None)),
        sample("credentials-none", list(Vec::new(), &chosen("jenkins"), Some(1))),
        sample("credentials-no-tab", list(Vec::new(), "", None)),
        sample("credentials-empty", empty(true)),
        sample("credentials-off", empty(false)),
        sample("credentials-auditor", {
            let mut page = list(rows(), "", None);
            page.frame = framed_as(Role::Auditor, Entry::ServiceCredentials);
            page
        }),
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
        sample("credential-revoke", revoke(false)),
        sample("credential-revoke-wrong", revoke(true)),
        sample("credential-revoke-unused", unused()),
        sample("credential-receipt", receipt(confirmed())),
        sample("credential-receipt-waited", receipt(waited())),
        sample("credential-receipt-failed", receipt(failed())),
        sample("credential-receipt-waiting", receipt(None)),
        sample("credential-renew", renew()),
        sample("credential-remove-group", remove(RemovedGrant::Group(chosen("Builders")))),
        sample("credential-remove-resource", remove(RemovedGrant::Resource("fleet/berlin".to_owned()))),
        sample("credential-examples", examples()),
        sample("show-once", shown_once(false)),
        sample("show-once-renewed", shown_once(true)),
        sample("show-once-again", {
            let frame = framed(Entry::ServiceCredentials);
            CredentialKeyAgainPage { frame, id: ID.to_owned(), name: chosen(NAME) }
        }),
    ]
}

/// The answer to the poll of the page that shows a key.
pub fn first_use(works: bool) -> FirstUseLine {
    FirstUseLine { first_used_at: works.then(|| at("2026-11-28T18:41:07Z")), poll: links().first_use(ID) }
}

struct Line(
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    u64,
    Option<&'static str>,
    Option<&'static str>,
);

fn rows() -> Vec<CredentialRow> {
    let long = "Nightly reconciliation of settlements between the bank and the ledger of the European entity";
    let lines = [
        Line(
            ID,
            NAME,
            "Deploys the fleet every night at 02:00",
            &["Builders", "Readers"],
            1,
            Some("2026-12-05T09:12:00Z"),
            Some("2026-11-28T18:37:20Z"),
        ),
        Line(
            "019b8e10-22c4-7d19-8a07-91c3f0d2a415",
            "studio-provisioner",
            "Creates and manages Studios for Tech Products",
            &["Tech Products"],
            0,
            Some("2027-05-01T09:12:00Z"),
            Some("2026-11-28T18:28:00Z"),
        ),
        Line(
            "019d02b7-5e90-7a31-b6e2-6d44a8f90c27",
            "ci-docs",
            "Builds the documentation",
            &["Readers"],
            0,
            Some("2026-12-01T19:12:00Z"),
            Some("2026-11-28T17:40:00Z"),
        ),
        Line(
            "0198c4d3-9f02-7b68-a1d9-0be7732c5516",
            "registry-mirror",
            "Pulls containers to the Lisbon site",
            &[],
            2,
            Some("2027-03-01T09:12:00Z"),
            Some("2026-11-28T18:39:32Z"),
        ),
        Line(
            "0197aa51-3c7f-7e05-92bb-f4d81e6a7739",
            "grafana-metrics",
            "Read-only dashboards",
            &["Readers"],
            0,
            None,
            Some("2026-11-28T18:39:47Z"),
        ),
        Line(
            "019ce9f0-6d13-7f52-8c40-3a9b07d5e1f8",
            "payments-batch-settlement-reconciliation-eu-central-1",
            long,
            &["Builders", "Payments"],
            6,
            Some("2027-03-01T09:12:00Z"),
            Some("2026-11-28T02:40:00Z"),
        ),
        Line(
            "019d1a44-08b2-7c9e-b0f3-5520c7e1d96a",
            "نشر-ليلي",
            "Plans and applies production",
            &["Builders"],
            3,
            Some("2027-03-01T09:12:00Z"),
            None,
        ),
        Line(
            "0196f2c8-41da-7d77-9e65-c81f5b3a0e92",
            "load-test",
            "",
            &["Readers"],
            0,
            Some("2027-02-11T09:12:00Z"),
            Some("2026-08-26T09:12:00Z"),
        ),
    ];
    let row = |Line(id, name, description, groups, resources, expires_at, last_used_at)| CredentialRow {
        id: id.to_owned(),
        name: chosen(name),
        description: chosen(description),
        lifecycle: Lifecycle {
            created_at: at("2026-09-05T09:12:00Z"),
            expires_at: expires_at.map(at),
            revoked_at: None,
            overlap_ends_at: None,
            last_used_at: last_used_at.map(at),
        },
        groups: groups.iter().map(|group| chosen(group)).collect(),
        resources,
        updated_at: at("2026-11-27T16:02:11Z"),
        updated_by: chosen("Ana Souza"),
        created_by: chosen(if resources == 6 { "Rui Costa" } else { "Ana Souza" }),
    };
    lines.into_iter().map(row).collect()
}

fn list(rows: Vec<CredentialRow>, q: &str, elsewhere: Option<u64>) -> CredentialListPage {
    let choice = |value: &str, title: &str| Choice {
        value: value.to_owned(),
        title: title.to_owned(),
        chosen: value.is_empty(),
    };
    let fields = [("status", "live"), ("q", q), ("sort", "name")];
    let query = ListQuery {
        list: links().service_credentials(),
        fields: fields.map(|(name, value)| (name, value.to_owned())).to_vec(),
    };
    let shown = u64::try_from(rows.len()).expect("a few");
    let next = (shown > 0).then(|| query.at("c8"));
    CredentialListPage {
        frame: framed(Entry::ServiceCredentials),
        allowed: true,
        tab: CredentialTab::Live,
        counts: CredentialCounts {
            live: 96,
            expiring_soon: 2,
            unused: 11,
            never_expire: 7,
            expired: 3,
            revoked: 1_414,
        },
        query,
        groups: vec![choice("", "Any group"), choice("Builders", "Builders"), choice("Readers", "Readers")],
        creators: vec![choice("", "Created by anyone"), choice("7", "Ana Souza")],
        filter_dropped: q.is_empty() && shown == 0,
        rows,
        pager: Pager { first: Some(1), shown, total: 96, previous: None, next },
        elsewhere: elsewhere.map(|count| Elsewhere { tab: CredentialTab::Revoked, count }),
    }
}

fn empty(allowed: bool) -> NoCredentialsPage {
    let example = |title, words: &str| Example {
        title,
        words: words.to_owned(),
        draft: Draft { days: "90".to_owned(), ttl: "900".to_owned(), ..Draft::default() },
    };
    NoCredentialsPage {
        frame: framed(Entry::ServiceCredentials),
        allowed,
        examples: vec![
            example("Deploy from CI", "90 days, tokens of 15 minutes, group Builders"),
            example("Read-only monitoring", "180 days, tokens of 1 hour, group Readers"),
        ],
    }
}

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

pub fn reaches(revoked: bool) -> Vec<Reach> {
    let until = |text| if revoked { Some(at(text)) } else { None };
    let reach = |audience: &str, kind, heard_at: Option<&str>| Reach {
        audience: audience.to_owned(),
        kind,
        heard_at: heard_at.map(at),
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
        issued_24_hours: 604,
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
        issued_24_hours: 0,
        reaches: Vec::new(),
        ..revoke(false)
    }
}

pub fn line(node: &str, state: NodeState) -> NodeLine {
    NodeLine { node: node.to_owned(), state }
}

pub type End = Option<(ReceiptOutcome, Vec<NodeLine>)>;

pub fn confirmed() -> End {
    let after = |after| NodeState::Confirmed { after_ms: Some(after) };
    let lines = vec![line("node-a", after(1)), line("node-b", after(9)), line("node-c", after(14))];
    Some((ReceiptOutcome::Confirmed { took_ms: 14 }, lines))
}

fn waited() -> End {
    let confirmed = NodeState::Confirmed { after_ms: Some(2) };
    let lines = vec![line("node-a", confirmed), line("node-b", NodeState::WaitedOut)];
    Some((ReceiptOutcome::WaitedOut { took_ms: 3_083, nodes: texts(&["node-b"]) }, lines))
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
        lines,
        end: outcome.map(|outcome| ReceiptEnd {
            outcome,
            reaches: reaches(true),
            position: 48_211,
            on_two_machines: true,
            json: r#"{"position":48211,"outcome":"confirmed"}"#.to_owned(),
        }),
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

fn examples() -> CredentialExamplesPage {
    CredentialExamplesPage {
        frame: framed(Entry::ServiceCredentials),
        id: ID.to_owned(),
        name: chosen(NAME),
        token_endpoint: "https://auth.acme.example/realms/acme/oauth2/token".to_owned(),
        server_url: "https://auth.acme.example".to_owned(),
        registry: None,
    }
}

pub fn shown_once(renewed: bool) -> CredentialKeyPage {
    CredentialKeyPage {
        frame: framed(Entry::ServiceCredentials),
        id: "019d1a6e-1b77-7d02-8f4c-b90c2e57a6d1".to_owned(),
        name: chosen(NAME),
        client_key: "clvk_7Qm2xV9tRb4LsW0pYc8HdZ3nKf6GjA1uE0aB1c".to_owned(),
        token_endpoint: "https://auth.acme.example/realms/acme/oauth2/token".to_owned(),
        server_url: "https://auth.acme.example".to_owned(),
        curl: " curl -sS https://auth.acme.example/realms/acme/oauth2/token \\\n   -u 019d1a6e-1b77-7d02-8f4c-b90c2e57a6d1:clvk_7Qm2xV9tRb4LsW0pYc8HdZ3nKf6GjA1uE0aB1c \\\n   -d grant_type=client_credentials"
            .to_owned(),
        registry: Some("hub.acme.example".to_owned()),
        old_one_ends_at: renewed.then(|| at("2026-11-29T18:40:00Z")),
        receipt: None,
    }
}
