//! Forms of the directory and of the realm's settings.

use claviger_console::{
    Cell, Entry, Fault, Faults, GroupForm, MatrixRow, OfferedAction, ResourceForm, ScopeForm, ScopeWord,
    ServerForm, SettingsForm, Stale, group_form, resource_form, scope_form, server_form, server_renewal_form,
    settings_form,
};
use claviger_domain::Role;

use super::credentials::ID;
use super::frame::{at, chosen, framed, framed_as};
use super::{Sample, sample};

pub fn samples() -> Vec<Sample> {
    let name = Fault { field: "name", label: "Name", sentence: "Give it a name.".to_owned(), link: None };
    vec![
        sample("group-new", group_form(framed(Entry::Groups), group(None, Faults(vec![name.clone()])))),
        sample("group-edit", group_form(framed(Entry::Groups), group(Some("Builders"), Faults::default()))),
        sample("group-edit-stale", {
            let form = GroupForm { stale: Some(stale()), ..group(Some("Builders"), Faults::default()) };
            group_form(framed(Entry::Groups), form)
        }),
        sample("group-new-no-scopes", group_form(framed(Entry::Groups), GroupForm::default())),
        sample("resource-new", resource_form(framed(Entry::Resources), resource(None))),
        sample("resource-edit", resource_form(framed(Entry::Resources), resource(Some("bucket/artifacts")))),
        sample("scope-new", scope_form(framed(Entry::Scopes), scope(None))),
        sample("scope-edit", scope_form(framed(Entry::Scopes), scope(Some("source:read")))),
        sample("resource-server-new", {
            let form = ServerForm {
                name: chosen("factory-api"),
                audience: "https://factory.acme.example".to_owned(),
                faults: Faults(vec![name]),
                ..ServerForm::default()
            };
            server_form(framed(Entry::ResourceServers), form)
        }),
        sample(
            "resource-server-renew",
            server_renewal_form(
                framed(Entry::ResourceServers),
                ID,
                &chosen("factory-api"),
                ServerForm::default(),
            ),
        ),
        sample("settings", settings_form(framed(Entry::Organization), settings(true))),
        sample(
            "settings-admin",
            settings_form(framed_as(Role::SysAdmin, Entry::Organization), settings(false)),
        ),
    ]
}

fn group(of: Option<&str>, faults: Faults) -> GroupForm {
    let offered = |action: &str, ticked| OfferedAction {
        action: action.to_owned(),
        words: chosen("Clone and fetch"),
        ticked,
    };
    GroupForm {
        of: of.map(chosen),
        name: chosen("Builders"),
        description: chosen("People who build images."),
        responsible: chosen("Ana Souza"),
        matrix: vec![
            MatrixRow {
                of: "source".to_owned(),
                description: String::new(),
                offered: vec![offered("read", true), offered("read-update", false)],
            },
            MatrixRow {
                of: "bucket/artifacts".to_owned(),
                description: chosen("What the pipelines build."),
                offered: vec![offered("read", true)],
            },
        ],
        words: vec![ScopeWord {
            scope: "deploy".to_owned(),
            description: chosen("Deploy to production"),
            ticked: true,
        }],
        more_resources: true,
        hidden: vec![("etag", "\"7\"".to_owned())],
        faults,
        stale: None,
    }
}

pub fn stale() -> Stale {
    Stale {
        by: chosen("Rui Costa"),
        at: at("2026-11-28T18:39:52Z"),
        now: vec![
            ("Description", Cell::text_or(chosen("People who build."), "none")),
            ("Gives", Cell::codes_or(vec!["source:read".to_owned()], "nothing")),
        ],
    }
}

fn resource(of: Option<&str>) -> ResourceForm {
    ResourceForm {
        of: of.map(str::to_owned),
        kind: "bucket".to_owned(),
        name: "artifacts".to_owned(),
        description: chosen("What the pipelines build."),
        actions: "read write".to_owned(),
        ..ResourceForm::default()
    }
}

fn scope(of: Option<&str>) -> ScopeForm {
    ScopeForm {
        of: of.map(str::to_owned),
        scope: "source:read".to_owned(),
        description: chosen("Clone and fetch"),
        ..ScopeForm::default()
    }
}

fn settings(may_allow_administration: bool) -> SettingsForm {
    SettingsForm {
        display_name: chosen("Acme Robotics"),
        service_credentials: true,
        may_allow_administration,
        algorithms: vec![("ES256".to_owned(), true), ("EdDSA".to_owned(), false)],
        registry_services: "registry.acme.example".to_owned(),
        registry_token_ttl_seconds: "60".to_owned(),
        ..SettingsForm::default()
    }
}
