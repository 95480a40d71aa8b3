//! Members.

use claviger_console::{
    Choice, Entry, Faults, ListQuery, MemberCounts, MemberFault, MemberFormPage, MemberListPage, MemberPage,
    MemberRow, MemberStanding, MemberTab, Pager, member_fault,
};
use claviger_domain::Role;

use super::credentials::{ID, events};
use super::frame::{at, chosen, framed, framed_as, links};
use super::{Sample, sample};

pub fn samples() -> Vec<Sample> {
    let faults = [MemberFault::EmailTaken, MemberFault::LastHolder].map(member_fault);
    vec![
        sample("members", list()),
        sample(
            "members-auditor",
            MemberListPage { frame: framed_as(Role::Auditor, Entry::Members), ..list() },
        ),
        sample("members-none", MemberListPage { rows: Vec::new(), filter_dropped: true, ..list() }),
        sample(
            "member",
            member(row("Ana Souza", MemberStanding::Active, &[Role::AccountHolder, Role::Auditor])),
        ),
        sample("member-disabled", member(row("Jonas Eide", MemberStanding::Disabled, &[]))),
        sample("member-new", form(None, Faults(faults.to_vec()))),
        sample("member-edit", form(Some(ID.to_owned()), Faults::default())),
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

fn list() -> MemberListPage {
    let any = Choice { value: String::new(), title: "Any role".to_owned(), chosen: true };
    MemberListPage {
        frame: framed(Entry::Members),
        tab: MemberTab::Active,
        counts: MemberCounts { active: 42, holders: 2, waiting: 1, disabled: 7 },
        query: ListQuery { list: links().members(), fields: vec![("status", "active".to_owned())] },
        roles: vec![any],
        filter_dropped: false,
        rows: vec![
            row("Ana Souza", MemberStanding::Active, &[Role::AccountHolder]),
            row("Tomás Vidal", MemberStanding::Active, &[Role::Auditor]),
            row("Jonas Eide", MemberStanding::WaitingForRole, &[]),
        ],
        pager: Pager { first: None, shown: 3, total: 42, previous: None, next: None },
    }
}

fn member(member: MemberRow) -> MemberPage {
    MemberPage {
        frame: framed(Entry::Members),
        created_at: at("2026-01-05T09:12:00Z"),
        editable: true,
        live_tokens: 2,
        live_application_credentials: 1,
        created_credentials: 3,
        live_sessions: 1,
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
    }
}
