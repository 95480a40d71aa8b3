//! Members.

use claviger_console::{
    Choice, Entry, Faults, FoundElsewhere, IdentityLine, ListPage, ListState, ListTab, MemberFault,
    MemberFormPage, MemberPage, MemberRow, MemberStanding, MemberTab, Select, member_fault, member_list,
};
use claviger_domain::Role;

use super::credentials::{ID, events};
use super::directory_forms::stale;
use super::frame::{at, chosen, framed, framed_as, links};
use super::lists::listed;
use super::{Sample, sample};

pub fn samples() -> Vec<Sample> {
    let faults = [MemberFault::EmailTaken, MemberFault::LastHolder].map(member_fault);
    vec![
        sample("members", list(Role::AccountHolder, state())),
        sample("members-auditor", list(Role::Auditor, state())),
        sample("members-none", ListPage { rows: Vec::new(), ..list(Role::AccountHolder, nothing_found()) }),
        sample(
            "member",
            member(row("Ana Souza", MemberStanding::Active, &[Role::AccountHolder, Role::Auditor])),
        ),
        sample("member-disabled", member(row("Jonas Eide", MemberStanding::Disabled, &[]))),
        sample("member-new", form(None, Faults(faults.to_vec()))),
        sample("member-edit", form(Some(ID.to_owned()), Faults::default())),
        sample(
            "member-edit-stale",
            MemberFormPage { stale: Some(stale()), ..form(Some(ID.to_owned()), Faults::default()) },
        ),
    ]
}

fn row(name: &str, standing: MemberStanding, roles: &[Role]) -> MemberRow {
    MemberRow {
        id: ID.to_owned(),
        name: chosen(name),
        email: "ana@acme.example".to_owned(),
        standing,
        roles: roles.to_vec(),
        groups: if roles.is_empty() { Vec::new() } else { vec![chosen("Builders")] },
        signs_in_by: if roles.is_empty() { String::new() } else { chosen("Acme SSO") },
        signed_in_at: (!roles.is_empty()).then(|| at("2026-11-28T16:30:00Z")),
    }
}

fn list(role: Role, state: ListState) -> ListPage {
    let rows = [
        row("Ana Souza", MemberStanding::Active, &[Role::AccountHolder]),
        row("Tomás Vidal", MemberStanding::Active, &[Role::Auditor]),
        row("Jonas Eide", MemberStanding::WaitingForRole, &[]),
    ];
    member_list(framed_as(role, Entry::Members), state, &rows)
}

fn state() -> ListState {
    let any = Choice { value: String::new(), title: "Any role".to_owned(), chosen: true };
    ListState {
        selects: vec![Select { key: "role", label: "Role", choices: vec![any] }],
        ..listed(links().members(), MemberTab::ALL, &[42, 2, 1, 7])
    }
}

fn nothing_found() -> ListState {
    let mut state = ListState { dropped: true, ..state() };
    state.query.fields.push(("q", chosen("jenkins")));
    state.elsewhere = Some(FoundElsewhere { tab: MemberTab::Disabled.words(), count: 1 });
    state
}

fn identities() -> Vec<IdentityLine> {
    let line = |id: &str, name: Option<&str>| IdentityLine {
        id: id.to_owned(),
        name: name.map(chosen),
        issuer: "https://login.acme.example".to_owned(),
        subject: chosen("248289761001"),
        asked_at: None,
        linked: None,
    };
    let linked = Some((at("2026-01-05T09:12:00Z"), chosen("ana@acme.example")));
    vec![
        IdentityLine { linked, ..line("0198a1c0-0000-7000-8000-000000000041", Some("Rui Costa")) },
        IdentityLine {
            asked_at: Some(at("2026-11-28T15:30:00Z")),
            ..line("0198a1c0-0000-7000-8000-000000000042", None)
        },
    ]
}

fn member(member: MemberRow) -> MemberPage {
    MemberPage {
        frame: framed(Entry::Members),
        created_at: at("2026-01-05T09:12:00Z"),
        editable: true,
        resettable: true,
        live_tokens: 2,
        live_application_credentials: 1,
        created_credentials: 3,
        live_sessions: 1,
        identities: if member.roles.is_empty() { Vec::new() } else { identities() },
        answers: true,
        events: if member.roles.is_empty() { Vec::new() } else { events() },
        member,
    }
}

fn form(id: Option<String>, faults: Faults) -> MemberFormPage {
    let group = |name: &str, ticked| Choice { value: chosen(name), title: chosen(name), chosen: ticked };
    MemberFormPage {
        frame: framed(Entry::Members),
        id,
        email: "rui@acme.example".to_owned(),
        name: chosen("Rui Costa"),
        roles: vec![Role::SysAdmin],
        groups: vec![group("Builders", true), group("Readers", false)],
        etag: "\"7\"".to_owned(),
        faults,
        stale: None,
    }
}
