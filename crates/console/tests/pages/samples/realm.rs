//! Signing keys, the organization, and acts that ask first.

use claviger_console::{
    ActPage, Entry, Fault, Faults, ImpactLine, KeyRow, KeyUse, NodeRow, OrganizationPage, RuleFit, RuleRow,
    SignInSettingsPage, SignInTriedPage, SigningKeysPage, Tone, TracePage, TraceResult, TracedLine,
    TriedRule,
};
use claviger_domain::{NodeStatus, Role, Status, TracedKind};

use super::frame::{at, chosen, framed, framed_as, links, texts};
use super::{Sample, sample};

pub fn samples() -> Vec<Sample> {
    vec![
        sample("signing-keys", keys()),
        sample("signing-keys-auditor", {
            SigningKeysPage {
                frame: framed_as(Role::Auditor, Entry::SigningKeys),
                tokens_alive: None,
                ..keys()
            }
        }),
        sample("signing-key-withdraw", withdraw()),
        sample("member-disable", disable(false)),
        sample("member-disable-wrong", disable(true)),
        sample("organization", organization()),
        sample("sign-in-settings", sign_in_settings(Faults::default())),
        sample("sign-in-settings-wrong", sign_in_settings(sign_in_faults())),
        sample("sign-in-settings-none", {
            SignInSettingsPage {
                is_set: false,
                rules: Vec::new(),
                keeps_secret: false,
                ..sign_in_settings(Faults::default())
            }
        }),
        sample("sign-in-settings-auditor", {
            SignInSettingsPage {
                frame: framed_as(Role::Auditor, Entry::Organization),
                editable: false,
                ..sign_in_settings(Faults::default())
            }
        }),
        sample("sign-in-tried", tried(true)),
        sample("sign-in-tried-refused", tried(false)),
        sample("trace", TracePage { frame: framed(Entry::Organization), result: None }),
        sample("trace-unknown", traced(TraceResult::Unknown)),
        sample("trace-live", traced(found(Status::Active))),
        sample("trace-revoked", traced(found(Status::Revoked))),
        sample("trace-command", traced(registry_login())),
    ]
}

fn keys() -> SigningKeysPage {
    let key = |kid: &str, published_at: &str, state| KeyRow {
        kid: kid.to_owned(),
        algorithm: "ES256".to_owned(),
        published_at: at(published_at),
        state,
    };
    let withdrawn = KeyUse::Withdrawn { at: at("2026-07-04T10:12:00Z"), by: chosen("Rui Costa") };
    SigningKeysPage {
        frame: framed(Entry::SigningKeys),
        keys: vec![
            key(
                "mGk2aaaaaaaaZt9Q",
                "2026-09-25T00:00:00Z",
                KeyUse::Active { since: at("2026-10-02T00:00:00Z") },
            ),
            key("7fWaaaaaaaaae1Bc", "2026-10-02T00:00:00Z", KeyUse::Next),
            key(
                "Lx0daaaaaaaa4HsY",
                "2026-07-04T00:00:00Z",
                KeyUse::Retired { until: at("2026-11-29T02:00:00Z") },
            ),
            key("c9Qe", "2026-01-04T00:00:00Z", withdrawn),
        ],
        key_set: "https://auth.acme.example/realms/acme/oauth2/jwks".to_owned(),
        tokens_alive: Some(742),
    }
}

fn withdraw() -> ActPage {
    ActPage {
        frame: framed(Entry::SigningKeys),
        up: (links().signing_keys(), "Signing keys"),
        of: None,
        verb: "Withdraw",
        name: "mGk2…Zt9Q".to_owned(),
        sentence: "Every token it signed is dead at once. The next key signs from then on.".to_owned(),
        lines: Vec::new(),
        type_name: false,
        wrong_name: false,
        action: links().withdraw_key("mGk2aaaaaaaaZt9Q"),
        fields: vec![("etag", "\"7\"".to_owned())],
        back: links().signing_keys(),
        destroys: true,
    }
}

fn disable(wrong_name: bool) -> ActPage {
    let line = |icon, words: &str, more: &str| ImpactLine {
        tone: Tone::Bad,
        icon,
        words: words.to_owned(),
        more: more.to_owned(),
    };
    ActPage {
        frame: framed(Entry::Members),
        up: (links().members(), "Members"),
        of: Some((links().members(), chosen("Mina Park"))),
        verb: "Disable",
        name: chosen("Mina Park"),
        sentence: "They cannot sign in any more, and their sessions end at once.".to_owned(),
        lines: vec![
            line("token", "2 API tokens end", "They end with this act."),
            line("key", "3 service credentials they created go on", ""),
        ],
        type_name: true,
        wrong_name,
        action: links().members(),
        fields: Vec::new(),
        back: links().members(),
        destroys: true,
    }
}

fn sign_in_faults() -> Faults {
    let fault = |field, label| Fault { field, label, sentence: "Must be another.".to_owned(), link: None };
    Faults(vec![fault("issuer", "Issuer"), fault("rules", "Rules")])
}

fn sign_in_settings(faults: Faults) -> SignInSettingsPage {
    let rule = |claim: &str, value: &str, role: &str| RuleRow {
        claim: claim.to_owned(),
        value: chosen(value),
        role: role.to_owned(),
    };
    SignInSettingsPage {
        frame: framed(Entry::Organization),
        editable: true,
        is_set: true,
        provider_name: chosen("Acme SSO"),
        issuer: "https://login.acme.example".to_owned(),
        client_id: "claviger".to_owned(),
        keeps_secret: true,
        secret_lost: !faults.is_empty(),
        public_client: false,
        groups_claim: "groups".to_owned(),
        allowed_domains: "acme.example".to_owned(),
        admission: "by_rule".to_owned(),
        rules: vec![
            rule("group", "/it/claviger-holders", "account_holder"),
            rule("group", "/it/platform", "sys_admin"),
            rule("email", "tomas@audit.example", "auditor"),
            rule("domain", "acme.example", "member"),
        ],
        redirect_uri: "https://auth.acme.example/console/acme/sign-in/callback".to_owned(),
        etag: "\"7\"".to_owned(),
        faults,
    }
}

fn tried(signs_in: bool) -> SignInTriedPage {
    let rule = |value: &str, role, verdict| TriedRule {
        claim: "group".to_owned(),
        value: chosen(value),
        role,
        verdict,
    };
    SignInTriedPage {
        frame: framed(Entry::Organization),
        provider: chosen("Acme SSO"),
        claims: vec![
            ("sub".to_owned(), "248289761001".to_owned()),
            ("email".to_owned(), chosen("ana@acme.example")),
            ("groups".to_owned(), "[\"/it\",\"/it/platform\"]".to_owned()),
        ],
        rules: vec![
            rule("/it/claviger-holders", "Account Holder", RuleFit::Differs),
            rule("/it/platform", "Sys_Admin", if signs_in { RuleFit::Fits } else { RuleFit::Absent }),
            rule("/it", "Member", RuleFit::Fits),
        ],
        signs_in,
        outcome: chosen("This person signs in as ana@acme.example: Sys_Admin."),
    }
}

fn traced(result: TraceResult) -> TracePage {
    TracePage { frame: framed(Entry::Organization), result: Some(result) }
}

fn found(status: Status) -> TraceResult {
    TraceResult::Found(Box::new(TracedLine {
        kind: TracedKind::ApiToken,
        name: chosen("laptop"),
        owner: Some("ana.souza@acme.example".to_owned()),
        status,
        id: "019d2b6e-1c00-7000-8000-0000000000a1".to_owned(),
        page: Some(("Revoke", links().api_tokens().with("id", "1"))),
        command: None,
    }))
}

fn registry_login() -> TraceResult {
    TraceResult::Found(Box::new(TracedLine {
        kind: TracedKind::RegistryToken,
        name: chosen("hub.acme.example"),
        owner: None,
        status: Status::Active,
        id: "019d2b6e-1c00-7000-8000-0000000000a2".to_owned(),
        page: None,
        command: Some("claviger registry-token revoke 019d2b6e-1c00-7000-8000-0000000000a2".to_owned()),
    }))
}

fn organization() -> OrganizationPage {
    let node = |name: &str, status, seen| NodeRow {
        name: name.to_owned(),
        status,
        position: 48_211,
        version: Some("0.1.0".to_owned()).filter(|_| name != "node-c"),
        last_seen_at: at(seen),
        answers: name == "node-a",
    };
    OrganizationPage {
        frame: framed(Entry::Organization),
        issuer: "https://auth.acme.example/realms/acme".to_owned(),
        service_credentials_allowed: true,
        resource_required: false,
        default_algorithm: "ES256".to_owned(),
        registry_services: texts(&["hub.acme.example"]),
        audit_kept_days: None,
        nodes: vec![
            node("node-a", NodeStatus::InStep, "2026-11-28T18:40:12Z"),
            node("node-b", NodeStatus::Behind, "2026-11-28T18:40:11Z"),
            node("node-c", NodeStatus::Silent, "2026-11-28T18:38:00Z"),
        ],
        live_credentials: 96,
        active_members: 42,
        sign_in: format!("{}, and 1 local account for emergencies.", chosen("Acme SSO")),
    }
}
