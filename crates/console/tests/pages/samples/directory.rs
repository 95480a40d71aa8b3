//! Groups, resources, scopes and resource servers: lists and pages.

use claviger_console::{
    Entry, GroupRecord, GroupRow, HolderLines, ListPage, ListState, ListTab, NamedHolder, Origin, OriginKind,
    PresetRow, ReachKind, ResourceRecord, ResourceRow, ResourceTab, ScopeLine, ScopeRecord, ScopeRow,
    ScopeTab, ServerRecord, ServerRow, ServerTab, UseTab, group_list, group_page, preset_list, resource_list,
    resource_page, scope_list, scope_page, server_list, server_page,
};
use claviger_domain::Role;

use super::credentials::{ID, events};
use super::frame::{at, chosen, framed, framed_as, links, texts};
use super::lists::listed;
use super::{Sample, sample};

pub fn samples() -> Vec<Sample> {
    vec![
        sample("groups", groups(Role::AccountHolder, 3)),
        sample("groups-auditor", groups(Role::Auditor, 3)),
        sample("groups-none", none_yet()),
        sample("group", group_page(framed(Entry::Groups), group(true))),
        sample("group-empty", group_page(framed_as(Role::Auditor, Entry::Groups), group(false))),
        sample("resources", resources()),
        sample("resource", resource_page(framed(Entry::Resources), resource())),
        sample("scopes", scopes()),
        sample("scope-presets", presets()),
        sample("scope", scope_page(framed(Entry::Scopes), scope())),
        sample("resource-servers", servers()),
        sample("resource-server", server_page(framed(Entry::ResourceServers), server(None))),
        sample(
            "resource-server-replaced",
            server_page(framed(Entry::ResourceServers), server(Some("2026-11-29T18:40:00Z"))),
        ),
    ]
}

fn groups(role: Role, count: usize) -> ListPage {
    let row = |name: &str, members, credentials| GroupRow {
        name: chosen(name),
        description: chosen("People who build images."),
        scopes: texts(&[
            "source:read-update",
            "containers:read",
            "a:read",
            "b:read",
            "bucket/artifacts:read",
        ]),
        members,
        credentials,
        updated_at: at("2026-11-27T10:00:00Z"),
    };
    let rows = [row("Builders", 12, 3), row("Readers", 1, 0), row("Tech Products", 0, 0)];
    let state = listed(links().groups(), UseTab::ALL, &[3, 2, 1]);
    group_list(framed_as(role, Entry::Groups), state, &rows[..count])
}

fn none_yet() -> ListPage {
    let state = ListState { none_yet: true, ..listed(links().groups(), UseTab::ALL, &[0, 0, 0]) };
    group_list(framed(Entry::Groups), state, &[])
}

fn scope_line() -> ScopeLine {
    ScopeLine {
        scope: "source:read-update".to_owned(),
        description: chosen("Clone and push"),
        from: vec![Origin { kind: OriginKind::Group, name: chosen("Builders") }],
    }
}

fn holders() -> HolderLines {
    let named = |name: &str| NamedHolder { id: ID.to_owned(), name: chosen(name) };
    HolderLines {
        groups: vec![chosen("Builders")],
        members: vec![named("Ana Souza"), named("Rui Costa")],
        member_count: 120,
        credentials: vec![named("nightly-deploy")],
        credential_count: 1,
    }
}

fn group(full: bool) -> GroupRecord {
    GroupRecord {
        name: chosen("Builders"),
        description: if full { chosen("People who build images.") } else { String::new() },
        responsible: if full { chosen("Ana Souza") } else { String::new() },
        scopes: if full { vec![scope_line()] } else { Vec::new() },
        holders: if full { holders() } else { HolderLines::default() },
        credentials_allowed: true,
        created_at: at("2026-01-05T09:12:00Z"),
        updated_at: at("2026-11-27T10:00:00Z"),
        events: if full { events() } else { Vec::new() },
    }
}

fn resources() -> ListPage {
    let row = |name: &str| ResourceRow {
        resource: name.to_owned(),
        description: chosen("What the pipelines build."),
        actions: texts(&["read", "write"]),
        groups: 1,
        credentials: 0,
        updated_at: at("2026-11-27T10:00:00Z"),
    };
    let state = listed(links().resources(), ResourceTab::ALL, &[2, 2, 0]);
    resource_list(framed(Entry::Resources), state, &[row("bucket/artifacts"), row("fleet/berlin")])
}

fn resource() -> ResourceRecord {
    ResourceRecord {
        resource: "bucket/artifacts".to_owned(),
        description: chosen("What the pipelines build."),
        actions: texts(&["read", "write"]),
        holders: holders(),
        created_at: at("2026-01-05T09:12:00Z"),
        updated_at: at("2026-11-27T10:00:00Z"),
        events: events(),
    }
}

fn scopes() -> ListPage {
    let row = |scope: &str, groups: &[&str]| ScopeRow {
        scope: scope.to_owned(),
        description: chosen("Clone and push"),
        groups: groups.iter().map(|name| chosen(name)).collect(),
        updated_at: at("2026-11-27T10:00:00Z"),
    };
    let state = listed(links().scopes(), ScopeTab::ALL, &[2, 1, 1]);
    let rows = [row("source:read-update", &["Builders"]), row("deploy", &[])];
    scope_list(framed(Entry::Scopes), state, &rows)
}

fn presets() -> ListPage {
    let row = PresetRow {
        name: "git".to_owned(),
        description: "clone, fetch and push".to_owned(),
        scopes: texts(&["source:read", "source:read-update"]),
    };
    let state = ListState { tabs: Vec::new(), ..listed(links().scope_presets(), &[ScopeTab::All], &[1]) };
    preset_list(framed(Entry::Scopes), state, &[row])
}

fn scope() -> ScopeRecord {
    ScopeRecord {
        scope: "source:read-update".to_owned(),
        description: chosen("Clone and push"),
        holders: holders(),
        created_at: at("2026-01-05T09:12:00Z"),
        updated_at: at("2026-11-27T10:00:00Z"),
        events: Vec::new(),
    }
}

fn servers() -> ListPage {
    let row = |name: &str, kind, heard: Option<&str>, overlap: Option<&str>| ServerRow {
        id: ID.to_owned(),
        name: chosen(name),
        audience: "https://factory.acme.example".to_owned(),
        kind,
        heard_at: heard.map(at),
        instances: if kind == ReachKind::FollowsFeed { 3 } else { 0 },
        overlap_ends_at: overlap.map(at),
        created_at: at("2026-01-05T09:12:00Z"),
    };
    let keys = ReachKind::ReadsKeysOnly { until: None };
    let rows = [
        row("factory-api", ReachKind::AsksEveryTime, Some("2026-11-28T18:40:00Z"), None),
        row("registry", ReachKind::FollowsFeed, Some("2026-11-28T18:40:10Z"), None),
        row("reports", keys, None, None),
        row("reports", keys, None, Some("2026-11-29T18:40:00Z")),
    ];
    let state = listed(links().resource_servers(), ServerTab::ALL, &[4, 1, 1, 1, 1]);
    server_list(framed(Entry::ResourceServers), state, &rows)
}

fn server(overlap: Option<&str>) -> ServerRecord {
    ServerRecord {
        id: ID.to_owned(),
        name: chosen("factory-api"),
        audience: "https://factory.acme.example".to_owned(),
        kind: match overlap {
            None => ReachKind::FollowsFeed,
            Some(_) => ReachKind::ReadsKeysOnly { until: None },
        },
        instances: if overlap.is_none() { 3 } else { 0 },
        heard_at: overlap.is_none().then(|| at("2026-11-28T18:40:00Z")),
        created_at: at("2026-01-05T09:12:00Z"),
        predecessor: overlap.is_none().then(|| ID.to_owned()),
        successor: overlap.map(|_| ID.to_owned()),
        overlap_ends_at: overlap.map(at),
        introspection_endpoint: "https://auth.acme.example/realms/acme/oauth2/introspect".to_owned(),
        jwks_uri: "https://auth.acme.example/realms/acme/oauth2/jwks".to_owned(),
        token_endpoint: "https://auth.acme.example/realms/acme/oauth2/token".to_owned(),
        events: events(),
    }
}
