//! The list of service credentials.

use claviger_console::{
    Choice, CredentialCounts, CredentialListPage, CredentialRow, CredentialTab, Draft, Elsewhere, Entry,
    Example, Lifecycle, ListQuery, NoCredentialsPage, Pager,
};
use claviger_domain::Role;

use super::credentials::{ID, NAME};
use super::frame::{at, chosen, framed, framed_as, links};
use super::{Sample, sample};

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
    ]
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
